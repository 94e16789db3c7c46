/*
 * Where the two processors of a measurement stand to each other.
 *
 * A virtual machine's host moves its processors: at one moment they are siblings of a core, at the next on
 * two chiplets, and a cache line takes up to nine times as long between them. The round trip of one cache
 * line, taken before and after each run, tells; only runs of one placement can be compared.
 *
 * Threads: one; a probe brings a second of its own. Units: nanoseconds.
 */
#ifndef TS_BENCH_PLACEMENT_H
#define TS_BENCH_PLACEMENT_H

#include "base/err.h"
#include "base/thread.h"

#include <stdbool.h>
#include <stdint.h>

enum ts_placement { TS_PLACEMENT_SIBLINGS, TS_PLACEMENT_NEAR, TS_PLACEMENT_FAR, TS_PLACEMENT_COUNT };

/* "siblings" (a core's two threads), "near" (one last-level cache), "far". */
const char *ts_placement_name(enum ts_placement placement);
enum ts_placement ts_placement_of(double rtt_ns);

/* The two processors that the process may use first. TS_ENVIRONMENT: it may use only one. */
ts_err ts_placement_choose(int processors[2], struct ts_diag *diag);
/* Starts the body on processors[1] and binds the calling thread to processors[0]: it may spin there at once,
 * whatever its priority. */
void ts_placement_start(struct ts_thread *thread, const int processors[2], ts_thread_body body,
                        void *argument);
/* Binds the calling thread, and the threads that it starts from now on. */
void ts_placement_bind(int processor);
/* Involuntary context switches of the calling thread so far. */
uint64_t ts_placement_switches(void);

/* How a thread waits for the other: TIGHT looks all the time, PAUSE with the spin instruction between two
 * looks. */
enum ts_spin { TS_SPIN_TIGHT, TS_SPIN_PAUSE };

/* The mean round trip of one cache line. rolling: each takes the next line of a ring, as a queue would,
 * instead of the same one. Binds the calling thread to processors[0]. */
double ts_placement_round_trip(const int processors[2], uint64_t round_trips, enum ts_spin spin,
                               bool rolling);
/* The probe taken before and after a run: some hundred microseconds. */
double ts_placement_probe(const int processors[2]);
/* The same for who runs unbound and goes on so. 0: it may use one processor only. */
double ts_placement_look(void);

/* One processor writes, the other reads, buffer by buffer, with nothing done to the words but their sum: what
 * 64 bytes cost at the least, whatever the queue. */
double ts_placement_stream_line_ns(const int processors[2], uint64_t bytes);

#endif

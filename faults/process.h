/*
 * Faults of the process as a whole: where its threads run, who competes with them, what interrupts them. Part
 * of a spec (spec.h), beside the probes:
 *
 *   process.pin: one | split | migrate(TIME)   all threads on one processor; the library's apart from the
 *                                              host's; each moved to another one about so often
 *   process.hogs: N                            N processes that only spin, 1 to 16
 *   process.stop: TIME/TIME                    stopped for about the first (SIGSTOP), about every second
 *   process.storm: RATE                        so many signals a second (500Hz, 1kHz), each to one thread,
 *                                              handled by doing nothing: what can be interrupted, is
 *
 * The worker pins its threads and handles the signal; the supervisor does the rest, from outside, with the
 * life's seed, and takes no time of its own making for a hang.
 *
 * Threads: parsing is pure; apply before other threads start, place in each new thread (no libc, no order).
 * Errors: TS_UNKNOWN with the name as the diag's subject; TS_MALFORMED says what it wants.
 */
#ifndef TS_FAULTS_PROCESS_H
#define TS_FAULTS_PROCESS_H

#include "base/err.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define TS_PROCESS_PREFIX    "process."
#define TS_PROCESS_SIGNAL    SIGUSR2
#define TS_PROCESS_HOGS_MAX  16
#define TS_PROCESS_TEXT_SIZE 160

enum ts_process_pin { TS_PIN_NONE, TS_PIN_ONE, TS_PIN_SPLIT, TS_PIN_MIGRATE };

struct ts_process_faults {
    enum ts_process_pin pin;
    uint64_t migrate_ns;
    uint32_t hogs;
    uint64_t stop_ns, stop_every_ns; /* 0: never */
    uint32_t storm_hz;
};

/* "process.hogs" and what follows its ':', up to the end or ';'. */
ts_err ts_process_faults_parse(const char *name, const char *value, struct ts_process_faults *faults,
                               struct ts_diag *diag);

/* Whether there is any. */
bool ts_process_faults_any(const struct ts_process_faults *faults);

/* The items that parse to these faults, separated by "; ". Returns text. */
const char *ts_process_faults_text(const struct ts_process_faults *faults, char text[TS_PROCESS_TEXT_SIZE]);

/* The worker's part. The calling thread is the host. */
void ts_process_faults_apply(const struct ts_process_faults *faults);
/* A new thread of the library. */
void ts_process_faults_place(const struct ts_process_faults *faults, uint64_t lineage);

#endif

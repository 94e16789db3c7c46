/*
 * What the queue adds to a result's way, beside one hand-off between the two processors measured in the same
 * round.
 *
 * Two threads are busy and no more: the host, bound to one processor, and the engine's one thread, which
 * spins, bound to the other ("pipeline": "one-thread", "waiting": "spin"). A tick goes from the host to the
 * engine; in queued mode its result comes back, in the others on_factor runs there. So queued minus direct is
 * the queue: push, publish, the line's way back, poll and pop.
 *
 *   host spins   it polls until the next tick is due
 *   host sleeps  on the queue's event (queued), or until the next tick is due: queued minus direct is the
 * wake-up hand-off     half the round trip of a cache line, and of lines that roll as a queue's must wake-up
 * from before the write to an event descriptor to the return of the ppoll that slept on it
 *
 * Threads: the calling one is bound to a processor. Errors: as part.h; TS_BENCH_REFUSED with one processor.
 */
#ifndef TS_BENCH_HANDOFF_H
#define TS_BENCH_HANDOFF_H

#include "bench/bench.h"

int ts_bench_handoff(const struct ts_bench_options *options);

#endif

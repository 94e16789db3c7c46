/*
 * What each thread does and whom it waits for, from two samples and the stacks.
 *
 * Threads: any; pure computation on its arguments.
 */
#ifndef TS_HANG_WAITS_H
#define TS_HANG_WAITS_H

#include "hang/hang.h"
#include "hang/sample.h"

/* Fills the threads' doing, shares, address and holder. hang->threads match after->looks index by index. */
void ts_hang_judge(struct ts_hang *hang, const struct ts_hang_sample *before,
                   const struct ts_hang_sample *after);

/* Fills hang->cycle, which has room for all threads, with the first cycle of stuck threads. */
void ts_hang_find_cycle(struct ts_hang *hang);

/* The thread that a stuck thread waits for, TS_HANG_NOBODY without one. */
size_t ts_hang_next(const struct ts_hang *hang, size_t index);

#endif

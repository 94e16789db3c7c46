/* Records for queues that carry pointers: twice as many as can be under way, used in turn, so that the one
 * that is being read is never written. At 8 bytes the pointer is the record. */
#ifndef TS_BENCH_QUEUES_POOL_H
#define TS_BENCH_QUEUES_POOL_H

#include "bench/queues/contest.h"

#include <stdint.h>
#include <stdlib.h>

static inline unsigned char *pool_create(void)
{
    return (unsigned char *)aligned_alloc(64, 2 * TS_CONTEST_BYTES);
}

/* Builds the record; what is to be carried. Numbers begin at 0, which some queues take for nothing. */
TS_CONTEST_INLINE void *pool_write(unsigned char *pool, uint64_t number, uint32_t size, uint32_t slot,
                                   const struct ts_contest_plan *plan)
{
    if (slot == 8) {
        return (void *)(uintptr_t)(number + 1);
    }
    void *room = pool + number % (2 * ts_contest_slots(slot)) * slot;
    ts_contest_write(room, number, size, plan);
    return room;
}

TS_CONTEST_INLINE void pool_read(const void *carried, uint32_t size, uint32_t slot,
                                 struct ts_contest_sink *sink)
{
    if (slot == 8) {
        uint64_t number = (uint64_t)(uintptr_t)carried - 1;
        ts_contest_read(&number, 8, sink);
        return;
    }
    ts_contest_read(carried, size, sink);
}

#endif

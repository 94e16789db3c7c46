// A record of one size, for queues that carry values: built where the queue constructs it, where it lets one.
#ifndef TS_BENCH_QUEUES_FIXED_HPP
#define TS_BENCH_QUEUES_FIXED_HPP

#include "bench/queues/contest.h"

template <unsigned SLOT> struct alignas(8) Fixed {
    uint64_t words[SLOT / 8];

    Fixed()
    {
    }

    Fixed(uint64_t number, uint32_t size, const ts_contest_plan *plan)
    {
        ts_contest_write(words, number, size, plan);
    }
};

#endif

// boost::lockfree::spsc_queue: copies in, reads in place.
#include "bench/queues/fixed.hpp"

#include <boost/lockfree/spsc_queue.hpp>

template <unsigned SLOT>
using Queue =
    boost::lockfree::spsc_queue<Fixed<SLOT>, boost::lockfree::capacity<TS_CONTEST_BYTES / SLOT - 1>>;
#define QUEUE_OF(slot) Queue<slot>

template <class Q>
TS_CONTEST_INLINE bool put(Q *queue, uint64_t number, uint32_t size, uint32_t, const ts_contest_plan *plan)
{
    return queue->push(typename Q::value_type(number, size, plan));
}

template <class Q> TS_CONTEST_INLINE bool get(Q *queue, uint32_t size, uint32_t, ts_contest_sink *sink)
{
    return queue->consume_one([&](const auto &record) { ts_contest_read(record.words, size, sink); });
}

template <class Q> static inline void put_end(Q *)
{
}

template <class Q> static inline void get_end(Q *)
{
}

static void *create_queue(uint32_t slot, const ts_contest_plan *)
{
    return slot == 8    ? static_cast<void *>(new Queue<8>)
           : slot == 64 ? static_cast<void *>(new Queue<64>)
                        : static_cast<void *>(new Queue<512>);
}

template <class Q> static void destroy_queue(Q *queue, uint32_t)
{
    delete queue;
}

#define CONTESTANT      ts_contest_boost
#define CONTESTANT_NAME "boost spsc_queue"
#include "bench/queues/loops.h"

// atomic_queue in its mode for one producer and one consumer, with the pool's pointers, which is what its
// atomic slots are made for.
#include "bench/queues/pool.h"

#include <atomic_queue/atomic_queue.h>

template <unsigned SLOT> struct Queue {
    atomic_queue::AtomicQueue<void *, TS_CONTEST_BYTES / SLOT, nullptr, true, true, false, true> queue;
    unsigned char *pool = pool_create();

    ~Queue()
    {
        free(pool);
    }
};
#define QUEUE_OF(slot) Queue<slot>

template <unsigned SLOT>
TS_CONTEST_INLINE bool put(Queue<SLOT> *queue, uint64_t number, uint32_t size, uint32_t slot,
                       const ts_contest_plan *plan)
{
    return !queue->queue.was_full() &&
           queue->queue.try_push(pool_write(queue->pool, number, size, slot, plan));
}

template <unsigned SLOT>
TS_CONTEST_INLINE bool get(Queue<SLOT> *queue, uint32_t size, uint32_t slot, ts_contest_sink *sink)
{
    void *carried;
    if (!queue->queue.try_pop(carried)) {
        return false;
    }
    pool_read(carried, size, slot, sink);
    return true;
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

#define CONTESTANT      ts_contest_atomic_queue
#define CONTESTANT_NAME "atomic_queue"
#include "bench/queues/loops.h"

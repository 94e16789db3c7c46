// moodycamel::ConcurrentQueue with the tokens of its one producer and consumer: many of each are what it is
// made for.
#include "bench/queues/fixed.hpp"

#include <concurrentqueue/concurrentqueue.h>

template <unsigned SLOT> struct Queue {
    moodycamel::ConcurrentQueue<Fixed<SLOT>> queue;
    moodycamel::ProducerToken producer;
    moodycamel::ConsumerToken consumer;

    Queue() : queue(ts_contest_slots(SLOT), 1, 0), producer(queue), consumer(queue)
    {
    }
};
#define QUEUE_OF(slot) Queue<slot>

template <unsigned SLOT>
TS_CONTEST_INLINE bool put(Queue<SLOT> *queue, uint64_t number, uint32_t size, uint32_t,
                       const ts_contest_plan *plan)
{
    return queue->queue.try_enqueue(queue->producer, Fixed<SLOT>(number, size, plan));
}

template <unsigned SLOT>
TS_CONTEST_INLINE bool get(Queue<SLOT> *queue, uint32_t size, uint32_t, ts_contest_sink *sink)
{
    Fixed<SLOT> record;
    if (!queue->queue.try_dequeue(queue->consumer, record)) {
        return false;
    }
    ts_contest_read(record.words, size, sink);
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

#define CONTESTANT      ts_contest_concurrentqueue
#define CONTESTANT_NAME "concurrentqueue"
#include "bench/queues/loops.h"

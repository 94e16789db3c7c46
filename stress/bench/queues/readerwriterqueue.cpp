// moodycamel::ReaderWriterQueue: constructs and reads in place.
#include "bench/queues/fixed.hpp"

#include <readerwriterqueue/readerwriterqueue.h>

template <unsigned SLOT> using Queue = moodycamel::ReaderWriterQueue<Fixed<SLOT>>;
#define QUEUE_OF(slot) Queue<slot>

template <unsigned SLOT>
TS_CONTEST_INLINE bool put(moodycamel::ReaderWriterQueue<Fixed<SLOT>> *queue, uint64_t number, uint32_t size,
                       uint32_t, const ts_contest_plan *plan)
{
    return queue->try_emplace(number, size, plan);
}

template <unsigned SLOT>
TS_CONTEST_INLINE bool get(moodycamel::ReaderWriterQueue<Fixed<SLOT>> *queue, uint32_t size, uint32_t,
                       ts_contest_sink *sink)
{
    Fixed<SLOT> *record = queue->peek();
    if (record == nullptr) {
        return false;
    }
    ts_contest_read(record->words, size, sink);
    queue->pop();
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
    uint32_t slots = ts_contest_slots(slot) - 1; // it rounds slots + 1 up to a power of two
    return slot == 8    ? static_cast<void *>(new Queue<8>(slots))
           : slot == 64 ? static_cast<void *>(new Queue<64>(slots))
                        : static_cast<void *>(new Queue<512>(slots));
}

template <class Q> static void destroy_queue(Q *queue, uint32_t)
{
    delete queue;
}

#define CONTESTANT      ts_contest_readerwriterqueue
#define CONTESTANT_NAME "readerwriterqueue"
#include "bench/queues/loops.h"

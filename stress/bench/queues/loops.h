/*
 * The loops of one contestant, for every payload and way to wait. Included once by each adapter, which has
 * defined:
 *
 *   QUEUE_OF(slot)   the type of its queue for records of up to so many bytes
 *   put(queue, number, size, slot, plan)   one record in, in the order of the numbers; false when there is no
 * room get(queue, size, slot, sink)           one record out, if there is one; size is what it was put with
 *   put_end(queue), get_end(queue)         what was held back goes to the other side; called before a side
 * waits too create_queue(slot, plan), destroy_queue(queue, slot) CONTESTANT, CONTESTANT_NAME            the
 * identifier and the name of the ts_contestant that this file defines
 *
 * For every loop the size is a constant, but in the mix.
 */
#include "bench/queues/contest.h"

#define ALWAYS_INLINE TS_CONTEST_INLINE

ALWAYS_INLINE void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

ALWAYS_INLINE uint32_t back_off(enum ts_wait wait, uint32_t turns)
{
    if (wait == TS_WAIT_HARD) {
        relax();
    } else if (wait == TS_WAIT_RELAXED) {
        for (uint32_t i = 0; i < turns; i++) {
            relax();
        }
        return turns < 256 ? turns * 2 : turns;
    }
    return turns;
}

#define LOOPS_SLOT    8
#define LOOPS_SIZE(i) 8
#define LOOPS(name)   name##_8
#include "bench/queues/loop_bodies.h"

#define LOOPS_SLOT    64
#define LOOPS_SIZE(i) 64
#define LOOPS(name)   name##_64
#include "bench/queues/loop_bodies.h"

#define LOOPS_SLOT    512
#define LOOPS_SIZE(i) 512
#define LOOPS(name)   name##_512
#include "bench/queues/loop_bodies.h"

#define LOOPS_SLOT    512
#define LOOPS_SIZE(i) plan->mix[(i) % TS_CONTEST_MIX]
#define LOOPS(name)   name##_mix
#include "bench/queues/loop_bodies.h"

static void *create_any(uint32_t slot, const struct ts_contest_plan *plan)
{
    return create_queue(slot, plan);
}

static void destroy_any(void *queue, uint32_t slot)
{
    if (slot == 8) {
        destroy_queue((QUEUE_OF(8) *)queue, 8);
    } else if (slot == 64) {
        destroy_queue((QUEUE_OF(64) *)queue, 64);
    } else {
        destroy_queue((QUEUE_OF(512) *)queue, 512);
    }
}

#define WAYS(name)     {name##_tight, name##_hard, name##_relaxed}
#define LOOPS_OF(name) {WAYS(name##_8), WAYS(name##_64), WAYS(name##_512), WAYS(name##_mix)}

#ifdef __cplusplus
extern "C"
#endif
    const struct ts_contestant CONTESTANT;
#ifdef __cplusplus
extern "C"
#endif
    const struct ts_contestant CONTESTANT = {CONTESTANT_NAME,   create_any,        destroy_any,
                                             LOOPS_OF(produce), LOOPS_OF(consume), LOOPS_OF(ask),
                                             LOOPS_OF(answer)};

#include "explore/core/handoff.h"

#include "explore/core/sys.h"

#include <stddef.h>

/* No spinning first: on two cores it takes the time of the thread that is waited for. */
static void wait_for_turn(struct ts_context *self)
{
    while (atomic_load_explicit(&self->resume, memory_order_acquire) == 0) { /* HANDOFF acquire */
        ts_sys_futex_wait(&self->resume, 0);
    }
    /* Relaxed: only the thread whose turn it is writes the word until it gives the turn away. */
    atomic_store_explicit(&self->resume, 0, memory_order_relaxed);
}

static void give_turn(struct ts_context *to)
{
    atomic_store_explicit(&to->resume, 1, memory_order_release); /* HANDOFF release */
    ts_sys_futex_wake(&to->resume);
}

static bool usable(void)
{
    return true;
}

static void park(struct ts_context *self)
{
    atomic_store_explicit(&self->parked, 1, memory_order_release); /* HANDOFF release */
    ts_sys_futex_wake(&self->parked);
    wait_for_turn(self);
}

static void swap(struct ts_context *from, struct ts_context *to)
{
    give_turn(to);
    wait_for_turn(from);
}

static void leave(struct ts_context *from, struct ts_context *to)
{
    (void)from;
    give_turn(to);
}

const struct ts_handoff ts_handoff_futex = {
    .name = "futex", .usable = usable, .park = park, .swap = swap, .leave = leave};

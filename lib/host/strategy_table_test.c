#include "base/clock.h"
#include "base/thread.h"
#include "host/pure_virtual.h"
#include "host/strategy_table.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct counted {
    struct ts_strategy base;
    int *destroyed;
    _Atomic int calls;
    _Atomic int hold;                                    /* on_factor waits while it is 1 */
    const struct ts_strategy_vtable *table_seen_by_base; /* set between the two destructors */
};

static void on_depth(struct ts_strategy *base, const struct wingchun_depth *depth)
{
    (void)base;
    (void)depth;
}

static void on_factor(struct ts_strategy *base, const char *symbol, int64_t time_ns, const double *values,
                      int count)
{
    struct counted *self = (struct counted *)base;
    (void)symbol;
    (void)time_ns;
    (void)values;
    (void)count;
    atomic_fetch_add(&self->calls, 1);
    while (atomic_load(&self->hold) == 1) {
        sched_yield();
    }
}

static void destructor(struct ts_strategy *base)
{
    struct counted *self = (struct counted *)base;
    ++*self->destroyed;
    ts_strategy_fini(base);
    cr_assert_eq(base->vtable, &ts_strategy_base_vtable, "the base's destructor puts the base's table back");
}

static struct counted *new_strategy(int *destroyed)
{
    static struct ts_strategy_vtable vtable;
    static uint64_t epoch;
    if (vtable.destructor == NULL) { /* once: later strategies are made while others are being called */
        vtable = ts_strategy_base_vtable;
        vtable.on_depth = on_depth;
        vtable.on_factor = on_factor;
        vtable.destructor = destructor;
    }
    struct counted *self = calloc(1, sizeof *self);
    cr_assert_eq(ts_strategy_init(&self->base, &vtable, ++epoch, -1, NULL), TS_OK);
    self->destroyed = destroyed;
    return self;
}

static void deliver(struct ts_strategy_table *table, const char *symbol, int64_t time_ns)
{
    double values[2] = {1.0, 0.8};
    ts_strategy_table_on_factor(table, symbol, time_ns, values, 2);
}

Test(strategy, a_call_after_the_base_destructor_is_a_pure_virtual_call, .signal = SIGABRT)
{
    int destroyed = 0;
    struct counted *self = new_strategy(&destroyed);
    double values[2] = {1.0, 0.8};
    ts_strategy_fini(&self->base);
    self->base.vtable->on_factor(&self->base, "btcusdt", 1, values, 2);
}

Test(table, results_go_to_live_subscribers_only)
{
    for (int mode = 0; mode < TS_DELIVERY_COUNT; mode++) {
        struct ts_strategy_table table;
        int destroyed = 0;
        uint32_t all, some, late;
        ts_strategy_table_init(&table, (enum ts_delivery_mode)mode, 3);
        struct counted *a = new_strategy(&destroyed), *b = new_strategy(&destroyed),
                       *c = new_strategy(&destroyed);
        cr_assert_eq(ts_strategy_table_add(&table, &a->base, NULL, 0, &all), TS_OK);
        cr_assert_eq(ts_strategy_table_add(&table, &b->base, "ethusdt", 0, &some), TS_OK);
        cr_assert_eq(ts_strategy_table_add(&table, &c->base, NULL, 100, &late), TS_OK);
        struct counted *extra = new_strategy(&destroyed);
        cr_assert_eq(ts_strategy_table_add(&table, &extra->base, NULL, 0, &all), TS_FULL);
        ts_strategy_destroy(&extra->base);
        deliver(&table, "btcusdt", 50);
        deliver(&table, "ethusdt", 150);
        cr_assert(a->calls == 2 && b->calls == 1 && c->calls == 1);
        struct ts_strategy_table_stats stats = ts_strategy_table_stats(&table);
        cr_assert(stats.factor_calls == 4 && stats.stale_skipped == 1);
        cr_assert_eq(ts_strategy_table_remove(&table, some, TS_TEARDOWN_DESTROY_FIRST), TS_OK);
        cr_assert_eq(ts_strategy_table_remove(&table, some, TS_TEARDOWN_DESTROY_FIRST), TS_EMPTY);
        deliver(&table, "ethusdt", 160);
        cr_assert(a->calls == 3 && c->calls == 2 && destroyed == 2);
        ts_strategy_table_fini(&table);
        cr_assert_eq(destroyed, 4);
    }
}

static void deliver_once(void *argument)
{
    deliver(argument, "btcusdt", 1);
}

/* The heart of guarded mode: no teardown under a callback, no callback after the removal. */
Test(table, guarded_teardown_waits_for_the_callback_in_flight)
{
    struct ts_strategy_table table;
    struct ts_thread thread = {0};
    int destroyed = 0;
    uint32_t slot;
    ts_strategy_table_init(&table, TS_DELIVERY_GUARDED, 1);
    struct counted *self = new_strategy(&destroyed);
    atomic_store(&self->hold, 1);
    cr_assert_eq(ts_strategy_table_add(&table, &self->base, NULL, 0, &slot), TS_OK);
    cr_assert_eq(ts_thread_start(&thread, "scan", deliver_once, &table, NULL), TS_OK);
    while (atomic_load(&self->calls) == 0) {
        sched_yield();
    }
    cr_assert(ts_strategy_table_in_flight(&table, slot));
    cr_assert_eq(ts_strategy_table_remove(&table, slot, TS_TEARDOWN_DESTROY_FIRST), TS_OK);
    cr_assert_eq(ts_strategy_table_reap(&table), 1);
    cr_assert_eq(destroyed, 0);
    cr_assert_null(ts_strategy_table_get(&table, slot));
    deliver(&table, "btcusdt", 2); /* skipped: it is dying */
    cr_assert_eq(self->calls, 1);
    atomic_store(&self->hold, 0);
    ts_thread_join(&thread);
    cr_assert_eq(ts_strategy_table_reap(&table), 0);
    cr_assert_eq(destroyed, 1);
    struct ts_strategy_table_stats stats = ts_strategy_table_stats(&table);
    cr_assert(stats.deferred == 1 && stats.dying_skipped == 1 && stats.removed == 1);
    ts_strategy_table_fini(&table);
}

static _Atomic int stop_delivering;

static void deliver_all_the_time(void *argument)
{
    int64_t time_ns = 1;
    while (atomic_load_explicit(&stop_delivering, memory_order_relaxed) == 0) {
        deliver(argument, "btcusdt", time_ns++);
    }
}

Test(table, guarded_churn_is_clean)
{
    struct ts_strategy_table table;
    struct ts_thread thread = {0};
    int destroyed = 0;
    uint32_t slot;
    ts_strategy_table_init(&table, TS_DELIVERY_GUARDED, 2);
    cr_assert_eq(ts_thread_start(&thread, "scan", deliver_all_the_time, &table, NULL), TS_OK);
    for (int i = 0; i < 3000; i++) {
        struct counted *self = new_strategy(&destroyed);
        while (ts_strategy_table_add(&table, &self->base, NULL, 0, &slot) != TS_OK) {
            ts_strategy_table_reap(&table);
            sched_yield();
        }
        if (i % 2 == 0) {
            sched_yield();
        }
        cr_assert_eq(ts_strategy_table_remove(&table, slot, TS_TEARDOWN_UNLIST_FIRST), TS_OK);
    }
    atomic_store_explicit(&stop_delivering, 1, memory_order_relaxed);
    ts_thread_join(&thread);
    ts_strategy_table_fini(&table);
    cr_assert_eq(destroyed, 3000);
}

#include "scenario/ema_strategy.h"

#include "base/clock.h"
#include "base/thread.h"
#include "engine/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW     64
#define ORDERS_MAX 32
#define ALIVE      UINT32_C(0x454d4131)
#define DEAD       UINT32_C(0xdeadc0de)

struct order {
    uint64_t number;
    double price;
    double volume;
};

struct ema_strategy {
    struct ts_strategy base;
    struct ts_ema_options options;
    uint32_t state;  /* ALIVE until the destructor */
    double last_mid; /* written by on_depth, read by on_factor: shared, plain, and that is the point */
    double *window;  /* the latest signals */
    uint64_t factors;
    uint64_t depths;
    double average;
    struct order *orders[ORDERS_MAX];
    uint32_t open_orders;
    uint64_t order_number;
};

static struct ema_strategy *self_of(struct ts_strategy *base)
{
    return (struct ema_strategy *)base;
}

static void spin_for(int64_t duration_ns)
{
    int64_t start_ns = ts_clock_ns();
    while (ts_clock_within(start_ns, duration_ns)) {
        ts_cpu_relax();
    }
}

/* Busy as a host is with a slow strategy; ticks go on coming due meanwhile, at the flood's schedule. */
static void be_busy(struct ema_strategy *self)
{
    int64_t start_ns = ts_clock_ns();
    spin_for(self->options.depth_busy_us * TS_NS_PER_US);
    uint64_t arrived = (uint64_t)(ts_clock_ns() - start_ns) / TS_FLOOD_INTERVAL_NS;
    ts_board_add(self->options.board, TS_COUNTER_ticks_while_busy, arrived);
}

/* Values as they stand on the wire, unaligned. */
static void watch_values(const struct ema_strategy *self, const void *values, size_t count, const char *where)
{
    for (size_t i = 0; self->options.check_values && i < count; i++) {
        double value;
        memcpy(&value, (const char *)values + i * sizeof value, sizeof value);
        if (!isfinite(value)) {
            ts_board_violation(self->options.board, "not-finite", "%s got %g as value %zu", where, value, i);
        }
    }
}

static void on_depth(struct ts_strategy *base, const struct wingchun_depth *depth)
{
    struct ema_strategy *self = self_of(base);
    watch_values(self, (const char *)depth + offsetof(struct wingchun_depth, bid_price),
                 4 * (size_t)WINGCHUN_DEPTH_LEVELS, "on_depth");
    self->last_mid = (depth->bid_price[0] + depth->ask_price[0]) / 2;
    self->depths++;
    if (self->options.depth_busy_every != 0 && self->depths % self->options.depth_busy_every == 0) {
        be_busy(self);
    }
}

static void place_order(struct ema_strategy *self, const char *symbol)
{
    struct order *order = malloc(sizeof *order);
    if (order == NULL) {
        return; /* no memory, no order: the strategy goes on */
    }
    *order = (struct order){.number = ++self->order_number, .price = self->last_mid, .volume = self->average};
    self->orders[self->open_orders++] = order;
    ts_strategy_log(&self->base, "order %llu %.32s %.8g at %.8g", (unsigned long long)order->number, symbol,
                    order->volume, order->price);
}

static void cancel_orders(struct ema_strategy *self)
{
    while (self->open_orders > 0) {
        struct order *order = self->orders[--self->open_orders];
        ts_strategy_log(&self->base, "cancel %llu", (unsigned long long)order->number);
        free(order);
    }
}

static double average_of(const double *window)
{
    double average = window[0];
    for (int i = 1; i < WINDOW; i++) {
        average += (window[i] - average) * 0.1;
    }
    return average;
}

static void watch_thread(struct ema_strategy *self)
{
    if (pthread_equal(pthread_self(), self->base.owner)) {
        return;
    }
    ts_board_add(self->options.board, TS_COUNTER_foreign_calls, 1);
    if (self->options.mode == TS_DELIVERY_QUEUED) {
        ts_board_violation(self->options.board, "thread",
                           "on_factor ran on a thread that does not own the strategy");
    }
}

static void on_factor(struct ts_strategy *base, const char *symbol, int64_t timestamp_ns,
                      const double *values, int count)
{
    struct ema_strategy *self = self_of(base);
    uint64_t epoch = base->epoch;
    if (self->options.watch != NULL && count == TS_CHECKED_VALUES) {
        ts_tick_watch_seen(self->options.watch, (uint64_t)values[TS_CHECKED_SEQUENCE]);
    }
    watch_thread(self);
    watch_values(self, values, (size_t)count, "on_factor");
    if (timestamp_ns < base->joined_ns) {
        ts_board_violation(self->options.board, "strategy-epoch",
                           "strategy %llu got a result of a tick from before its time",
                           (unsigned long long)epoch);
    }
    self->window[self->factors % WINDOW] = values[0] * (count > 1 ? values[1] : 1.0) * self->last_mid;
    self->factors++;
    self->average = average_of(self->window);
    if (self->factors % 4 == 0) {
        place_order(self, symbol);
    }
    if (self->open_orders >= ORDERS_MAX) {
        cancel_orders(self);
    }
    if (self->options.factor_spin_ns != 0) {
        spin_for(self->options.factor_spin_ns);
    }
    if (self->options.factor_sleep_every != 0 && self->factors % self->options.factor_sleep_every == 0) {
        ts_sleep_ns(self->options.factor_sleep_us * TS_NS_PER_US);
    }
    if (self->options.on_factor != NULL) {
        self->options.on_factor(self->options.user_data, base);
    }
    if (base->epoch != epoch || self->state != ALIVE) {
        ts_board_violation(self->options.board, "strategy-epoch",
                           "strategy %llu was another one, or dead, when its on_factor ended",
                           (unsigned long long)epoch);
    }
}

static void destructor(struct ts_strategy *base)
{
    struct ema_strategy *self = self_of(base);
    cancel_orders(self);
    self->state = DEAD;
    free(self->window);
    self->window = NULL;
    ts_strategy_fini(base);
}

static void log_start(struct ts_strategy *base)
{
    ts_strategy_log(base, "start %llu", (unsigned long long)base->epoch);
}

static void log_stop(struct ts_strategy *base)
{
    ts_strategy_log(base, "stop %llu", (unsigned long long)base->epoch);
}

static void on_ticker(struct ts_strategy *base, const struct wingchun_ticker *ticker)
{
    watch_values(self_of(base), (const char *)ticker + offsetof(struct wingchun_ticker, bid_price), 4,
                 "on_ticker");
}

static void on_trade(struct ts_strategy *base, const struct wingchun_trade *trade)
{
    watch_values(self_of(base), (const char *)trade + offsetof(struct wingchun_trade, price), 2, "on_trade");
}

static void do_nothing(struct ts_strategy *base)
{
    (void)base;
}

static const struct ts_strategy_vtable ema_vtable = {
    .pre_start = do_nothing,
    .post_start = log_start,
    .on_depth = on_depth,
    .on_ticker = on_ticker,
    .on_trade = on_trade,
    .on_factor = on_factor,
    .pre_stop = log_stop,
    .post_stop = do_nothing,
    .destructor = destructor,
};

ts_err ts_ema_strategy_create(const struct ts_ema_options *options, struct ts_strategy **strategy,
                              struct ts_diag *diag)
{
    struct ema_strategy *self = calloc(1, sizeof *self);
    double *window = calloc(WINDOW, sizeof *window);
    ts_err error = TS_NO_MEMORY;
    if (self == NULL || window == NULL) {
        ts_fail(diag, TS_NO_MEMORY, "create strategy", NULL, "%zu bytes", sizeof *self);
        goto cleanup;
    }
    error = ts_strategy_init(&self->base, &ema_vtable, options->epoch, options->journal_file, diag);
    if (error != TS_OK) {
        goto cleanup;
    }
    self->options = *options;
    self->window = window;
    self->state = ALIVE;
    *strategy = &self->base;
    return TS_OK;
cleanup:
    free(window);
    free(self);
    return error;
}

size_t ts_ema_strategy_size(void)
{
    return sizeof(struct ema_strategy);
}

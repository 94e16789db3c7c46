#include "trader/tape_feed.h"

#include "base/clock.h"
#include "base/probe.h"
#include "base/thread.h"
#include "base/wake.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#define NEVER_NS 4e18 /* 126 years */

struct tape_feed {
    struct ts_feed base;
    struct ts_tape_feed_options options;
    struct ts_feed_sink sink;
    struct ts_thread thread;
    struct ts_wake wake;
    bool running; /* the owner's */
    _Atomic int stop;
    /* Written by the feed's thread alone, read by any: gauges, relaxed. */
    _Atomic uint64_t ticks, connects, disconnects, lost;
    _Atomic int state;
};

static struct tape_feed *self_of(struct ts_feed *feed)
{
    return (struct tape_feed *)feed;
}

static void count(_Atomic uint64_t *counter, uint64_t times)
{
    /* Relaxed, and no read-modify-write: one writer, readers want the number alone. */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + times,
                          memory_order_relaxed);
}

static bool stopped(const struct tape_feed *self)
{
    return atomic_load_explicit(&self->stop, memory_order_relaxed) != 0; /* RUN */
}

static void say(struct tape_feed *self, enum ts_feed_state state)
{
    atomic_store_explicit(&self->state, (int)state, memory_order_relaxed); /* a gauge */
    self->sink.state(self->sink.context, state);
}

/* False when the feed has given up. */
static bool connect_it(struct tape_feed *self)
{
    uint32_t most = self->options.connects_most;
    if (most != 0 && atomic_load_explicit(&self->connects, memory_order_relaxed) >= most) {
        say(self, TS_FEED_FAILED);
        return false;
    }
    say(self, TS_FEED_CONNECTING);
    TS_PROBE_PAUSE(TRADER_FEED_CONNECTING);
    count(&self->connects, 1);
    say(self, TS_FEED_LIVE);
    return true;
}

static bool reconnect(struct tape_feed *self)
{
    count(&self->disconnects, 1);
    say(self, TS_FEED_DOWN);
    return connect_it(self);
}

/* Until the tick is due at the tape's pace, which began at start_ns; false when stopped meanwhile. */
static bool wait_for(struct tape_feed *self, int64_t start_ns, int64_t offset_ns)
{
    if (self->options.speed <= 0) {
        return !stopped(self);
    }
    /* An array may have any times: what is due in more years than the clock has is due never. */
    double paced_ns = (double)offset_ns / self->options.speed;
    int64_t after_ns = paced_ns < NEVER_NS ? (int64_t)paced_ns : (int64_t)NEVER_NS;
    while (!stopped(self) && ts_clock_within(start_ns, after_ns)) {
        int64_t gone_ns = ts_clock_ns() - start_ns;
        ts_wake_wait(&self->wake, gone_ns > 0 ? after_ns - gone_ns : after_ns);
    }
    return !stopped(self);
}

static void hand_out(struct tape_feed *self, const struct ts_trade_tick *recorded, uint32_t flags)
{
    count(&self->ticks, 1);
    struct ts_trade_tick tick = *recorded;
    tick.sequence = atomic_load_explicit(&self->ticks, memory_order_relaxed); /* our own number */
    tick.flags = (recorded->flags & ~(uint32_t)TS_TRADE_TICK_AFTER_GAP) | flags;
    tick.receive_ns = ts_clock_ns();
    self->sink.tick(self->sink.context, &tick);
}

/* One pass over the array. False when the feed stops or has given up. */
static bool play(struct tape_feed *self, uint64_t *since_connect)
{
    const struct ts_tape_feed_options *options = &self->options;
    int64_t start_ns = ts_clock_ns();
    uint32_t flags = 0;
    for (size_t i = 0; i < options->count; i++) {
        const struct ts_trade_tick *tick = &options->ticks[i];
        if (!wait_for(self, start_ns, tick->receive_ns - options->ticks[0].receive_ns)) {
            return false;
        }
        if (options->reconnect_every != 0 && *since_connect == options->reconnect_every) {
            *since_connect = 0;
            flags = TS_TRADE_TICK_AFTER_GAP;
            if (!reconnect(self)) {
                return false;
            }
            uint64_t left = options->count - i;
            uint64_t skipped = options->lose_ticks < left ? options->lose_ticks : left;
            count(&self->lost, skipped);
            i += skipped;
            if (i == options->count) {
                return true;
            }
        }
        hand_out(self, &options->ticks[i], flags);
        flags = 0;
        ++*since_connect;
    }
    return true;
}

static void run(void *argument)
{
    struct tape_feed *self = argument;
    uint64_t since_connect = 0;
    bool goes_on = connect_it(self);
    for (uint32_t pass = 0; goes_on && (self->options.passes == 0 || pass < self->options.passes); pass++) {
        goes_on = play(self, &since_connect);
    }
    if (goes_on) {
        say(self, TS_FEED_ENDED);
    }
}

static ts_err start(struct ts_feed *feed, const struct ts_feed_sink *sink, struct ts_diag *diag)
{
    struct tape_feed *self = self_of(feed);
    if (self->running) {
        return ts_fail(diag, TS_INVALID, "start feed", "tape", "it runs already");
    }
    TS_ASSERT(sink->tick != NULL && sink->state != NULL);
    self->sink = *sink;
    /* Relaxed: the feed's thread does not exist yet, and its creation orders them. */
    atomic_store_explicit(&self->stop, 0, memory_order_relaxed);
    atomic_store_explicit(&self->ticks, 0, memory_order_relaxed);
    atomic_store_explicit(&self->connects, 0, memory_order_relaxed);
    atomic_store_explicit(&self->disconnects, 0, memory_order_relaxed);
    atomic_store_explicit(&self->lost, 0, memory_order_relaxed);
    ts_err error = ts_thread_start(&self->thread, "tape-feed", run, self, diag);
    self->running = error == TS_OK;
    return error;
}

static void stop(struct ts_feed *feed)
{
    struct tape_feed *self = self_of(feed);
    if (!self->running) {
        return;
    }
    TS_ASSERT(!pthread_equal(pthread_self(), self->thread.id));
    atomic_store_explicit(&self->stop, 1, memory_order_relaxed); /* RUN */
    ts_wake_signal(&self->wake);
    ts_thread_join(&self->thread);
    self->running = false;
}

static struct ts_feed_stats stats(const struct ts_feed *feed)
{
    const struct tape_feed *self = (const struct tape_feed *)feed;
    return (struct ts_feed_stats){
        .ticks = atomic_load_explicit(&self->ticks, memory_order_relaxed),
        .connects = atomic_load_explicit(&self->connects, memory_order_relaxed),
        .disconnects = atomic_load_explicit(&self->disconnects, memory_order_relaxed),
        .lost = atomic_load_explicit(&self->lost, memory_order_relaxed),
        .state = (enum ts_feed_state)atomic_load_explicit(&self->state, memory_order_relaxed),
    };
}

ts_err ts_tape_feed_create(const struct ts_tape_feed_options *options, struct ts_feed **feed,
                           struct ts_diag *diag)
{
    if (options->ticks == NULL || options->count == 0 || !(options->speed >= 0) ||
        !isfinite(options->speed)) {
        return ts_fail(diag, TS_INVALID, "create feed", "tape", "%zu ticks at speed %g", options->count,
                       options->speed);
    }
    struct tape_feed *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create feed", "tape", "%zu bytes", sizeof *self);
    }
    ts_err error = ts_wake_init(&self->wake, diag);
    if (error != TS_OK) {
        free(self);
        return error;
    }
    self->base = (struct ts_feed){.start = start, .stop = stop, .stats = stats};
    self->options = *options;
    *feed = &self->base;
    return TS_OK;
}

void ts_tape_feed_destroy(struct ts_feed *feed)
{
    if (feed != NULL) {
        stop(feed);
        ts_wake_fini(&self_of(feed)->wake);
        free(feed);
    }
}

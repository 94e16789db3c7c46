/* The trader's life: create, start, switch, stop, report. */
#include "trader/trader.h"

#include "base/clock.h"
#include "base/probe.h"
#include "trader/trader_inside.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_TICKS_MAX (1u << 20)

const char *ts_trader_path_name(enum ts_trader_path path)
{
    static const char *const names[TS_PATH_COUNT] = {"polling", "direct"};
    return (unsigned)path < TS_PATH_COUNT ? names[path] : "unknown";
}

const char *ts_trader_end_name(enum ts_trader_end end)
{
    static const char *const names[TS_TRADER_END_COUNT] = {"open", "stopped", "halted", "errors",
                                                           "feed-failed"};
    return (unsigned)end < TS_TRADER_END_COUNT ? names[end] : "unknown";
}

struct ts_trader_options ts_trader_defaults(void)
{
    return (struct ts_trader_options){
        .path = TS_PATH_POLLING,
        .poll_ns = 50 * TS_NS_PER_MS,
        .beat_ns = 100 * TS_NS_PER_MS,
        .queue_ticks = 2048,
        .full = TS_TRADER_FULL_DROPS,
        .budget_ns = 10 * TS_NS_PER_MS,
        .nan_streak_most = 10,
        .errors_most = 10,
        .quantity = 1.0,
        .journal_file = -1,
    };
}

static ts_err check_options(const struct ts_trader_options *options, struct ts_diag *diag)
{
    const struct {
        const char *name;
        bool makes_sense;
    } rows[] = {
        {"path", (unsigned)options->path < TS_PATH_COUNT},
        {"poll_ns", options->poll_ns > 0},
        {"beat_ns", options->beat_ns > 0},
        {"queue_ticks", options->queue_ticks > 0 && options->queue_ticks <= QUEUE_TICKS_MAX},
        {"full", (unsigned)options->full <= TS_TRADER_FULL_WAITS},
        {"budget_ns", options->budget_ns > 0},
        {"nan_streak_most", options->nan_streak_most > 0},
        {"errors_most", options->errors_most > 0},
        {"quantity", isfinite(options->quantity) && options->quantity > 0},
        {"fee_rate", options->fee_rate >= 0 && options->fee_rate < 1},
        {"strategy", options->strategy.on_tick != NULL && options->strategy.reset != NULL},
        {"trades", options->trades != NULL || options->trades_room == 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].makes_sense) {
            return ts_fail(diag, TS_INVALID, "create trader", rows[i].name, "the option makes no sense");
        }
    }
    return TS_OK;
}

ts_err ts_trader_create(const struct ts_trader_options *options, struct ts_trader **trader,
                        struct ts_diag *diag)
{
    ts_err error = check_options(options, diag);
    if (error != TS_OK) {
        return error;
    }
    struct ts_trader *self = aligned_alloc(TS_CACHE_LINE, sizeof *self);
    if (self == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create trader", NULL, "%zu bytes", sizeof *self);
    }
    memset(self, 0, sizeof *self);
    self->options = *options;
    error = ts_wake_init(&self->wake, diag);
    if (error != TS_OK) {
        goto free_self;
    }
    error = ts_spsc_init(&self->queue, 0, options->queue_ticks, sizeof(struct ts_trade_tick), false, diag);
    if (error != TS_OK) {
        goto fini_wake;
    }
    error = ts_trader_journal_open(&self->journal, options->journal_file, diag);
    if (error != TS_OK) {
        goto fini_queue;
    }
    pthread_mutex_init(&self->life_lock, NULL);
    pthread_cond_init(&self->life_changed, NULL);
    pthread_mutex_init(&self->turn, NULL);
    ts_trader_desk_init(self);
    /* Relaxed: nobody else knows the trader yet. */
    atomic_store_explicit(&self->path, (int)options->path, memory_order_relaxed);
    *trader = self;
    return TS_OK;
fini_queue:
    ts_spsc_fini(&self->queue);
fini_wake:
    ts_wake_fini(&self->wake);
free_self:
    free(self);
    return error;
}

static void set_life(struct ts_trader *trader, enum ts_trader_life life)
{
    pthread_mutex_lock(&trader->life_lock);
    trader->life = life;
    pthread_cond_broadcast(&trader->life_changed);
    pthread_mutex_unlock(&trader->life_lock);
}

/* From `from` to `to`; false when the life is another one. */
static bool change_life(struct ts_trader *trader, enum ts_trader_life from, enum ts_trader_life to)
{
    pthread_mutex_lock(&trader->life_lock);
    bool changes = trader->life == from;
    if (changes) {
        trader->life = to;
    }
    pthread_mutex_unlock(&trader->life_lock);
    return changes;
}

static void end_loop(struct ts_trader *trader)
{
    atomic_store_explicit(&trader->loop_ends, 1, memory_order_relaxed); /* the join orders */
    ts_wake_signal(&trader->wake);
    ts_thread_join(&trader->loop);
}

ts_err ts_trader_start(struct ts_trader *trader, struct ts_feed *feed, struct ts_diag *diag)
{
    if (!change_life(trader, TS_LIFE_IDLE, TS_LIFE_STARTING)) {
        return ts_fail(diag, TS_INVALID, "start trader", NULL, "it was started already");
    }
    struct ts_feed_sink sink = ts_trader_sink(trader);
    trader->feed = feed;
    atomic_store_explicit(&trader->loop_ends, 0, memory_order_relaxed); /* the thread's start orders */
    ts_err error = ts_thread_start(&trader->loop, "trader", ts_trader_loop, trader, diag);
    if (error != TS_OK) {
        goto idle;
    }
    TS_PROBE_PAUSE(TRADER_START_LOOP);
    error = ts_feed_start(feed, &sink, diag);
    if (error != TS_OK) {
        end_loop(trader);
        goto idle;
    }
    set_life(trader, TS_LIFE_RUNNING);
    return TS_OK;
idle:
    set_life(trader, TS_LIFE_IDLE);
    return error;
}

void ts_trader_set_path(struct ts_trader *trader, enum ts_trader_path path)
{
    TS_ASSERT((unsigned)path < TS_PATH_COUNT);
    atomic_store_explicit(&trader->path, (int)path, memory_order_relaxed); /* see its declaration */
    TS_PROBE_PAUSE(TRADER_PATH_SET);
    ts_wake_signal(&trader->wake);
}

void ts_trader_halt(struct ts_trader *trader)
{
    /* No line in the journal: this thread may be one that stop does not wait for. The report says it. */
    ts_trader_shut_desk(trader, TS_TRADER_HALTED, TS_CLOSE_STOP);
}

struct ts_trader_stats ts_trader_stats(struct ts_trader *trader)
{
    struct ts_trader_desk *desk = &trader->desk;
    struct ts_trader_stats stats;
    pthread_mutex_lock(&desk->lock);
    stats = (struct ts_trader_stats){
        .handled = desk->handled,
        .nan_ticks = desk->nan_ticks,
        .errors = desk->errors,
        .discarded = desk->discarded,
        .direct = desk->direct,
        .nan_streaks = desk->nan_streaks,
        .nan_longest = desk->nan_longest,
        .overruns = desk->overruns,
        .slowest_ns = desk->slowest_ns,
        .ignored = desk->ignored,
        .end = desk->end,
        .open = desk->ledger.open,
        .opened = desk->ledger.opened,
        .closed = desk->ledger.closed,
        .realised = desk->ledger.realised,
        .unrealised = ts_ledger_unrealised(&desk->ledger, desk->last_price),
        .last_price = desk->last_price,
    };
    pthread_mutex_unlock(&desk->lock);
    /* Relaxed: numbers, each for itself. */
    stats.ticks_in = atomic_load_explicit(&trader->ticks_in, memory_order_relaxed);
    stats.dropped = atomic_load_explicit(&trader->dropped, memory_order_relaxed);
    stats.queued = ts_spsc_records(&trader->queue);
    stats.beats = atomic_load_explicit(&trader->beats, memory_order_relaxed);
    stats.beat_gap_most_ns = atomic_load_explicit(&trader->beat_gap_most_ns, memory_order_relaxed);
    stats.feed = (enum ts_feed_state)atomic_load_explicit(&trader->feed_state, memory_order_relaxed);
    stats.path = (enum ts_trader_path)atomic_load_explicit(&trader->path, memory_order_relaxed);
    return stats;
}

bool ts_trader_finished(struct ts_trader *trader)
{
    int state = atomic_load_explicit(&trader->feed_state, memory_order_acquire); /* LAST acquire */
    if (state != TS_FEED_ENDED && state != TS_FEED_FAILED) {
        return false;
    }
    struct ts_trader_stats stats = ts_trader_stats(trader);
    return stats.handled + stats.nan_ticks + stats.errors + stats.dropped + stats.discarded == stats.ticks_in;
}

/* Nothing runs any more. */
static void make_report(struct ts_trader *trader)
{
    struct ts_trader_report *report = &trader->report;
    const struct ts_ledger *ledger = &trader->desk.ledger;
    report->stats = ts_trader_stats(trader);
    memcpy(report->closed_for, ledger->closed_for, sizeof report->closed_for);
    report->trades_digest = ledger->digest;
    report->trades_listed = ledger->listed;
    report->number++;
    ts_trader_journal_line(&trader->journal,
                           "final report: %s, %" PRIu64 " ticks, %" PRIu64 " opened, %" PRIu64
                           " closed, profit %.8g",
                           ts_trader_end_name(report->stats.end), report->stats.ticks_in,
                           report->stats.opened, report->stats.closed, report->stats.realised);
    ts_trader_journal_flush(&trader->journal); /* so that the counts tell how its last lines fared, too */
    struct ts_trader_journal_counts counts = ts_trader_journal_counts(&trader->journal);
    report->journal_lines = counts.written;
    report->journal_lost = counts.lost;
    report->journal_failures = counts.failures;
}

/* By one thread, once. */
static void wind_up(struct ts_trader *trader)
{
    ts_trader_shut_desk(trader, TS_TRADER_STOPPED, TS_CLOSE_STOP);
    ts_feed_stop(trader->feed); /* no tick and no state in flight after it */
    TS_PROBE_PAUSE(TRADER_STOP_FEED);
    end_loop(trader);
    while (ts_trader_handle_next(trader)) { /* the desk is closed: they are discarded and counted */
    }
    make_report(trader);
    ts_trader_journal_close(&trader->journal);
}

ts_err ts_trader_stop(struct ts_trader *trader, struct ts_trader_report *report)
{
    if (ts_trader_is_inside(trader)) {
        return TS_DEADLOCK;
    }
    pthread_mutex_lock(&trader->life_lock);
    while (trader->life == TS_LIFE_STARTING) {
        pthread_cond_wait(&trader->life_changed, &trader->life_lock);
    }
    if (trader->life == TS_LIFE_IDLE) {
        pthread_mutex_unlock(&trader->life_lock);
        return TS_INVALID;
    }
    bool first = trader->life == TS_LIFE_RUNNING;
    if (first) {
        trader->life = TS_LIFE_STOPPING;
    }
    while (!first && trader->life != TS_LIFE_STOPPED) {
        pthread_cond_wait(&trader->life_changed, &trader->life_lock);
    }
    pthread_mutex_unlock(&trader->life_lock);
    if (first) {
        wind_up(trader);
        set_life(trader, TS_LIFE_STOPPED);
    }
    if (report != NULL) {
        *report = trader->report; /* ordered by life_lock; nobody writes it again */
    }
    return TS_OK;
}

void ts_trader_destroy(struct ts_trader *trader)
{
    if (trader == NULL) {
        return;
    }
    ts_err error = ts_trader_stop(trader, NULL);
    TS_ASSERT(error == TS_OK || error == TS_INVALID);
    if (error == TS_INVALID) { /* never started: its journal is still open */
        ts_trader_journal_close(&trader->journal);
    }
    pthread_mutex_destroy(&trader->desk.lock);
    pthread_mutex_destroy(&trader->turn);
    pthread_cond_destroy(&trader->life_changed);
    pthread_mutex_destroy(&trader->life_lock);
    ts_spsc_fini(&trader->queue);
    ts_wake_fini(&trader->wake);
    free(trader);
}

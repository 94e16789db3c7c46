/* The paths of a tick: from the feed's thread to the strategy, through the queue or straight. */
#include "base/clock.h"
#include "base/probe.h"
#include "trader/trader_inside.h"

#include <inttypes.h>
#include <math.h>

static _Thread_local const struct ts_trader_call *innermost;

void ts_trader_call_begin(struct ts_trader_call *call, const struct ts_trader *trader)
{
    *call = (struct ts_trader_call){.trader = trader, .outer = innermost};
    innermost = call;
}

void ts_trader_call_end(const struct ts_trader_call *call)
{
    innermost = call->outer;
}

bool ts_trader_is_inside(const struct ts_trader *trader)
{
    const struct ts_trader_call *call = innermost;
    while (call != NULL && call->trader != trader) {
        call = call->outer;
    }
    return call != NULL;
}

static bool is_price(double price)
{
    return isfinite(price) && price > 0;
}

/* TURN held. */
static void handle_nan(struct ts_trader *trader, const struct ts_trade_tick *tick, bool direct)
{
    const struct ts_trader_options *options = &trader->options;
    trader->nan_streak++;
    ts_trader_settle_nan(trader, direct, trader->nan_streak);
    if (trader->nan_streak == options->nan_streak_most) {
        ts_trader_journal_line(&trader->journal, "blind: %u ticks without a price, up to number %" PRIu64,
                               trader->nan_streak, tick->sequence);
        struct ts_trader_call call;
        ts_trader_call_begin(&call, trader);
        options->strategy.reset(options->strategy.context);
        ts_trader_call_end(&call);
    }
}

/* TURN held. What a strategy can do wrong ends here. */
static struct ts_trader_outcome ask_strategy(struct ts_trader *trader, const struct ts_trade_tick *tick)
{
    const struct ts_trader_strategy *strategy = &trader->options.strategy;
    struct ts_trader_outcome outcome = {.signal = TS_SIGNAL_HOLD};
    struct ts_trader_call call;
    ts_trader_call_begin(&call, trader);
    int64_t start_ns = ts_clock_ns();
    outcome.error = strategy->on_tick(strategy->context, tick, &outcome.signal);
    outcome.took_ns = ts_clock_ns() - start_ns;
    if (outcome.error == TS_OK && (unsigned)outcome.signal >= TS_SIGNAL_COUNT) {
        outcome.error = TS_INVALID;
    }
    if (outcome.error != TS_OK) {
        outcome.signal = TS_SIGNAL_HOLD;
        strategy->reset(strategy->context);
    }
    ts_trader_call_end(&call);
    return outcome;
}

/* TURN held. */
static void watch_errors(struct ts_trader *trader, const struct ts_trade_tick *tick, ts_err error)
{
    if (error == TS_OK) {
        trader->errors_in_row = 0;
        return;
    }
    trader->errors_in_row++;
    ts_trader_journal_line(&trader->journal, "error: the strategy failed on tick %" PRIu64 ": %s",
                           tick->sequence, ts_err_name(error));
    if (trader->errors_in_row >= trader->options.errors_most &&
        ts_trader_shut_desk(trader, TS_TRADER_ERRORS, TS_CLOSE_ERROR)) {
        ts_trader_journal_line(&trader->journal, "closed: %u errors in a row", trader->errors_in_row);
    }
}

/* TURN held: the one place at which a tick is looked at, whichever way it came. */
static void handle(struct ts_trader *trader, const struct ts_trade_tick *tick, bool direct)
{
    const struct ts_trader_options *options = &trader->options;
    if (ts_trader_shut(trader)) {
        ts_trader_discard(trader);
        return;
    }
    if (!is_price(tick->price)) {
        handle_nan(trader, tick, direct);
        return;
    }
    trader->nan_streak = 0;
    struct ts_trader_outcome outcome = ask_strategy(trader, tick);
    bool traded = ts_trader_settle(trader, tick, direct, &outcome);
    watch_errors(trader, tick, outcome.error);
    if (options->observe != NULL) {
        struct ts_trader_decision decision = {
            .tick = tick,
            .path = direct ? TS_PATH_DIRECT : TS_PATH_POLLING,
            .signal = outcome.signal,
            .error = outcome.error,
            .decided_ns = ts_clock_ns(),
            .traded = traded,
        };
        struct ts_trader_call call;
        ts_trader_call_begin(&call, trader);
        options->observe(options->context, &decision);
        ts_trader_call_end(&call);
    }
}

/* TURN held. The tick leaves the queue before it is handled: a slow strategy takes no room from the feed. */
static bool take_and_handle(struct ts_trader *trader)
{
    const struct ts_trade_tick *oldest = ts_spsc_peek(&trader->queue, NULL);
    if (oldest == NULL) {
        return false;
    }
    struct ts_trade_tick tick = *oldest;
    ts_spsc_advance(&trader->queue);
    ts_spsc_release(&trader->queue);
    TS_PROBE_PAUSE(TRADER_QUEUE_TAKEN);
    handle(trader, &tick, false);
    return true;
}

bool ts_trader_handle_next(struct ts_trader *trader)
{
    pthread_mutex_lock(&trader->turn);
    bool handled = take_and_handle(trader);
    pthread_mutex_unlock(&trader->turn);
    return handled;
}

static enum ts_trader_path path_of(const struct ts_trader *trader)
{
    return (enum ts_trader_path)atomic_load_explicit(&trader->path, memory_order_relaxed);
}

static void count(_Atomic uint64_t *counter)
{
    /* Relaxed, and no read-modify-write: the feed's thread alone writes it. */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

/* Puts the tick into the queue. False when it is to be handled directly after all: the path was switched
 * while it waited for room. */
static bool enqueue(struct ts_trader *trader, const struct ts_trade_tick *tick)
{
    struct ts_idle idle;
    struct ts_trade_tick *place;
    ts_idle_reset(&idle);
    while (TS_PROBE(TRADER_QUEUE_FULL) || (place = ts_spsc_claim(&trader->queue, sizeof *place)) == NULL) {
        if (trader->options.full == TS_TRADER_FULL_DROPS || ts_trader_shut(trader)) {
            count(&trader->dropped);
            return true;
        }
        if (path_of(trader) == TS_PATH_DIRECT) {
            return false;
        }
        ts_idle_wait(&idle);
    }
    *place = *tick;
    ts_spsc_commit(&trader->queue);
    ts_spsc_publish(&trader->queue);
    return true;
}

/* What was queued before this tick comes before it; nobody else can put ticks in. */
static void handle_directly(struct ts_trader *trader, const struct ts_trade_tick *tick)
{
    pthread_mutex_lock(&trader->turn);
    while (take_and_handle(trader)) {
    }
    handle(trader, tick, true);
    pthread_mutex_unlock(&trader->turn);
}

static void on_tick(void *context, const struct ts_trade_tick *tick)
{
    struct ts_trader *trader = context;
    count(&trader->ticks_in);
    enum ts_trader_path path = path_of(trader);
    TS_PROBE_PAUSE(TRADER_TICK_PATH);
    if (path == TS_PATH_DIRECT || !enqueue(trader, tick)) {
        handle_directly(trader, tick);
    }
}

static void on_state(void *context, enum ts_feed_state state)
{
    struct ts_trader *trader = context;
    ts_trader_journal_line(&trader->journal, "feed: %s", ts_feed_state_name(state));
    if (state == TS_FEED_FAILED) {
        ts_trader_shut_desk(trader, TS_TRADER_FEED_FAILED, TS_CLOSE_FEED);
    }
    atomic_store_explicit(&trader->feed_state, (int)state, memory_order_release); /* LAST release */
}

struct ts_feed_sink ts_trader_sink(struct ts_trader *trader)
{
    return (struct ts_feed_sink){.context = trader, .tick = on_tick, .state = on_state};
}

static void beat(struct ts_trader *trader)
{
    int64_t now_ns = ts_clock_ns(), gap_ns = now_ns - trader->beaten_ns;
    trader->beaten_ns = now_ns;
    if (gap_ns > atomic_load_explicit(&trader->beat_gap_most_ns, memory_order_relaxed)) {
        atomic_store_explicit(&trader->beat_gap_most_ns, gap_ns, memory_order_relaxed); /* one writer */
    }
    atomic_store_explicit(&trader->beats, atomic_load_explicit(&trader->beats, memory_order_relaxed) + 1,
                          memory_order_relaxed); /* one writer */
    struct ts_trader_stats stats = ts_trader_stats(trader);
    ts_trader_journal_line(&trader->journal, "beat: %" PRIu64 " ticks, position %s, profit %.8g",
                           stats.ticks_in, stats.open ? "open" : "flat", stats.realised);
    if (trader->options.beat != NULL) {
        struct ts_trader_call call;
        ts_trader_call_begin(&call, trader);
        trader->options.beat(trader->options.context, &stats);
        ts_trader_call_end(&call);
    }
    ts_trader_journal_flush(&trader->journal);
}

static void beat_if_due(struct ts_trader *trader)
{
    if (!ts_clock_within(trader->beaten_ns, trader->options.beat_ns)) {
        beat(trader);
    }
}

static bool loop_ends(const struct ts_trader *trader)
{
    return atomic_load_explicit(&trader->loop_ends, memory_order_relaxed) != 0;
}

/* Takes what is there, with a beat between two ticks where one falls due. */
static void poll(struct ts_trader *trader)
{
    trader->polled_ns = ts_clock_ns();
    TS_PROBE_PAUSE(TRADER_POLL_ENTER);
    while (!loop_ends(trader) && ts_trader_handle_next(trader)) {
        beat_if_due(trader);
    }
}

/* What was queued before a switch to the direct path, when no tick follows that would take it along. Whoever
 * has the turn now is the feed's thread, which takes it along. */
static void take_leftovers(struct ts_trader *trader)
{
    /* The gauge may tell of a tick before it can be taken: it then waits for the next beat. */
    bool taken = true;
    while (taken && !loop_ends(trader) && ts_spsc_records(&trader->queue) > 0 &&
           pthread_mutex_trylock(&trader->turn) == 0) {
        taken = take_and_handle(trader);
        pthread_mutex_unlock(&trader->turn);
        beat_if_due(trader);
    }
}

/* How long until the period is over that began at since_ns; never more than the period. */
static int64_t left_of(int64_t since_ns, int64_t period_ns)
{
    int64_t gone_ns = ts_clock_ns() - since_ns;
    return gone_ns > 0 ? period_ns - gone_ns : period_ns;
}

void ts_trader_loop(void *argument)
{
    struct ts_trader *trader = argument;
    const struct ts_trader_options *options = &trader->options;
    trader->polled_ns = trader->beaten_ns = ts_clock_ns();
    while (!loop_ends(trader)) {
        int64_t left_ns = left_of(trader->beaten_ns, options->beat_ns);
        if (path_of(trader) == TS_PATH_POLLING) {
            int64_t poll_left_ns = left_of(trader->polled_ns, options->poll_ns);
            left_ns = poll_left_ns < left_ns ? poll_left_ns : left_ns;
        }
        ts_wake_wait(&trader->wake, left_ns);
        if (path_of(trader) == TS_PATH_DIRECT) {
            take_leftovers(trader);
        } else if (!ts_clock_within(trader->polled_ns, options->poll_ns)) {
            poll(trader);
        }
        beat_if_due(trader);
    }
}

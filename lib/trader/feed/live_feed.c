#include "trader/feed/live_feed.h"

#include "base/clock.h"
#include "base/thread.h"
#include "trader/feed/sleeper.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct live {
    struct ts_feed feed;
    struct ts_live_options options;
    char symbol[64];
    struct ts_feed_sink sink;
    struct ts_session *session; /* of the latest start; the feed thread's while that runs */
    uint64_t sequence, lost;    /* the feed thread's */
    struct ts_inbox inboxes[2];
    pthread_mutex_t wire_lock; /* the wire, and the inbox that it fills */
    struct ts_wire *wire;
    struct ts_thread feeder, keeper;
    struct ts_sleeper keeper_sleep;
    _Atomic int stopping;    /* release STOP by stop, acquire STOP by the feed thread */
    _Atomic int keeping;     /* relaxed: carries nothing but itself */
    _Atomic int64_t busy_ns; /* since when a batch is being delivered, 0 for not */
    _Atomic int wanted;      /* the wire, by the feed thread; relaxed: a hint that the keeper is to let go */
    bool running;            /* the owner's */
    pthread_mutex_t statistics_lock;
    struct ts_live_statistics statistics;
    uint64_t undelivered; /* the feed thread's */
};

/* Whose sink this thread may be in. */
static _Thread_local const struct live *inside;

struct ts_live_options ts_live_defaults(const char *symbol, bool futures)
{
    return (struct ts_live_options){
        .session = ts_session_defaults(symbol, futures),
        .keep_ns = 100 * TS_NS_PER_MS,
        .room_frames = 8192,
        .room_bytes = 4u << 20,
    };
}

static bool is_stopping(const struct live *live)
{
    return atomic_load_explicit(&live->stopping, memory_order_acquire) != 0; /* acquire STOP */
}

static enum ts_feed_state public_state(enum ts_session_state state)
{
    switch (state) {
    case TS_SESSION_IDLE:
    case TS_SESSION_CONNECTING:
        return TS_FEED_CONNECTING;
    case TS_SESSION_SYNCING:
        return TS_FEED_STALE;
    case TS_SESSION_LIVE:
        return TS_FEED_LIVE;
    case TS_SESSION_FAILED:
        return TS_FEED_FAILED;
    default:
        return TS_FEED_DOWN;
    }
}

static void deliver_tick(struct live *live, const struct ts_session_tick *tick)
{
    if (is_stopping(live)) {
        live->undelivered++;
        return;
    }
    if (live->options.observe != NULL) {
        live->options.observe(live->options.observe_context, tick);
    }
    if (tick->kind == TS_SESSION_TRADE) {
        struct ts_trade_tick trade = {
            .receive_ns = tick->receive_ns,
            .exchange_ns = tick->event_ns,
            .price = tick->price,
            .quantity = tick->quantity,
            .sequence = ++live->sequence,
            .flags =
                (tick->seller ? TS_TRADE_TICK_SELLER : 0) | (tick->after_gap ? TS_TRADE_TICK_AFTER_GAP : 0),
        };
        live->lost += (uint64_t)tick->missing; /* below 0 it takes back what was added before */
        live->sink.tick(live->sink.context, &trade);
    }
}

/* The feed thread's. A keeper that hears a stream without a pause would not let go of the wire otherwise. */
static void lock_wire(struct live *live)
{
    atomic_store_explicit(&live->wanted, 1, memory_order_relaxed); /* a hint */
    pthread_mutex_lock(&live->wire_lock);
    atomic_store_explicit(&live->wanted, 0, memory_order_relaxed); /* as above */
}

static void act_on_wire(struct live *live, const struct ts_session_action *action)
{
    struct ts_wire *wire = live->wire;
    lock_wire(live);
    switch (action->kind) {
    case TS_SESSION_CONNECT:
        wire->operations->connect(wire, action->connection, ts_session_path(live->session));
        break;
    case TS_SESSION_ASK_SNAPSHOT:
        wire->operations->ask_snapshot(wire, action->connection, ts_session_snapshot_path(live->session));
        break;
    case TS_SESSION_PING:
        wire->operations->ping(wire);
        break;
    default:
        wire->operations->close(wire);
        break;
    }
    pthread_mutex_unlock(&live->wire_lock);
}

static void act(struct live *live)
{
    struct ts_session_action action;
    while (ts_session_next(live->session, &action)) {
        if (action.kind == TS_SESSION_TICK) {
            deliver_tick(live, &action.as.tick);
        } else if (action.kind != TS_SESSION_STATE) {
            act_on_wire(live, &action);
        } else if (!is_stopping(live)) {
            live->sink.state(live->sink.context, public_state(action.as.state));
        }
    }
}

/* Waits for the wire, and takes the inbox away from it. */
static struct ts_inbox *collect(struct live *live)
{
    struct ts_wire *wire = live->wire;
    lock_wire(live);
    struct ts_inbox *full = wire->inbox;
    /* The keeper, who had the wire just now, may have taken the wake-up of a stop. */
    bool at_once = full->count > 0 || is_stopping(live);
    int64_t until_ns = at_once ? 0 : ts_session_due_ns(live->session);
    wire->operations->service(wire, until_ns);
    wire->inbox = full == &live->inboxes[0] ? &live->inboxes[1] : &live->inboxes[0];
    pthread_mutex_unlock(&live->wire_lock);
    return full;
}

static void publish(struct live *live, int64_t busy_ns)
{
    struct ts_live_statistics *statistics = &live->statistics;
    pthread_mutex_lock(&live->statistics_lock);
    statistics->session = *ts_session_counts(live->session);
    statistics->state = ts_session_state(live->session);
    statistics->undelivered = live->undelivered;
    statistics->trades = live->sequence;
    statistics->batches++;
    statistics->lost = live->lost;
    statistics->busy_most_ns = busy_ns > statistics->busy_most_ns ? busy_ns : statistics->busy_most_ns;
    snprintf(statistics->complaint, sizeof statistics->complaint, "%s", ts_session_complaint(live->session));
    pthread_mutex_unlock(&live->statistics_lock);
}

/* What came during a slow callback is not taken yet, but it was heard. */
static void hear_backlog(struct live *live)
{
    lock_wire(live);
    live->wire->operations->service(live->wire, 0);
    const struct ts_inbox *inbox = live->wire->inbox;
    if (inbox->count > 0) {
        ts_session_heard(live->session, inbox->events[inbox->count - 1].time_ns);
    }
    pthread_mutex_unlock(&live->wire_lock);
}

static void take_batch(struct live *live, struct ts_inbox *batch)
{
    int64_t begin_ns = ts_clock_ns();
    atomic_store_explicit(&live->busy_ns, begin_ns, memory_order_relaxed); /* a guess, see Order */
    for (size_t i = 0; i < batch->count; i++) {
        ts_session_event(live->session, &batch->events[i], ts_clock_ns());
        act(live);
    }
    ts_inbox_clear(batch);
    int64_t now_ns = ts_clock_ns();
    if (now_ns - begin_ns >= live->options.keep_ns) {
        hear_backlog(live);
    }
    ts_session_timer(live->session, now_ns);
    act(live);
    atomic_store_explicit(&live->busy_ns, 0, memory_order_relaxed); /* as above */
    publish(live, now_ns - begin_ns);
}

static void feed_body(void *argument)
{
    struct live *live = argument;
    inside = live;
    ts_session_start(live->session, ts_clock_ns());
    act(live);
    while (!is_stopping(live)) {
        take_batch(live, collect(live));
    }
    ts_session_stop(live->session, ts_clock_ns());
    act(live);
    publish(live, 0);
}

static void keeper_body(void *argument)
{
    struct live *live = argument;
    while (atomic_load_explicit(&live->keeping, memory_order_relaxed) != 0) { /* nothing but itself */
        ts_sleeper_sleep(&live->keeper_sleep, ts_clock_ns() + live->options.keep_ns);
        int64_t busy_ns = atomic_load_explicit(&live->busy_ns, memory_order_relaxed); /* a guess, see Order */
        if (busy_ns == 0 || ts_clock_ns() - busy_ns < live->options.keep_ns) {
            continue;
        }
        /* Held by the feed thread it needs nobody else. */
        if (pthread_mutex_trylock(&live->wire_lock) != 0) {
            continue;
        }
        size_t before;
        do {
            before = live->wire->inbox->count;
            live->wire->operations->service(live->wire, 0);
        } while (live->wire->inbox->count > before &&
                 atomic_load_explicit(&live->wanted, memory_order_relaxed) == 0); /* a hint */
        pthread_mutex_unlock(&live->wire_lock);
        pthread_mutex_lock(&live->statistics_lock);
        live->statistics.kept++;
        pthread_mutex_unlock(&live->statistics_lock);
    }
}

static void stop_threads(struct live *live)
{
    atomic_store_explicit(&live->stopping, 1, memory_order_release); /* release STOP */
    live->wire->operations->wake(live->wire);
    ts_thread_join(&live->feeder);
    /* Until here the callback in flight may have kept pings waiting. */
    atomic_store_explicit(&live->keeping, 0, memory_order_relaxed); /* nothing but itself */
    ts_sleeper_wake(&live->keeper_sleep);
    ts_thread_join(&live->keeper);
}

static ts_err start(struct ts_feed *feed, const struct ts_feed_sink *sink, struct ts_diag *diag)
{
    struct live *live = (struct live *)feed;
    struct ts_session *session = NULL;
    TS_ASSERT(inside != live && !live->running);
    ts_err err = ts_session_create(&live->options.session, &session, diag);
    if (err != TS_OK) {
        return err;
    }
    ts_session_destroy(live->session);
    live->session = session;
    live->sink = *sink;
    live->sequence = 0;
    live->lost = 0;
    live->undelivered = 0;
    ts_inbox_clear(&live->inboxes[0]);
    ts_inbox_clear(&live->inboxes[1]);
    pthread_mutex_lock(&live->statistics_lock);
    live->statistics = (struct ts_live_statistics){.state = TS_SESSION_IDLE};
    pthread_mutex_unlock(&live->statistics_lock);
    atomic_store_explicit(&live->stopping, 0,
                          memory_order_relaxed); /* the creation of the threads orders it */
    atomic_store_explicit(&live->keeping, 1, memory_order_relaxed); /* as above */
    err = ts_thread_start(&live->keeper, "feed-keeper", keeper_body, live, diag);
    if (err == TS_OK) {
        err = ts_thread_start(&live->feeder, "feed", feed_body, live, diag);
    }
    if (err != TS_OK) {
        stop_threads(live);
        return err;
    }
    live->running = true;
    return TS_OK;
}

static void stop(struct ts_feed *feed)
{
    struct live *live = (struct live *)feed;
    TS_ASSERT(inside != live);
    if (live->running) {
        stop_threads(live);
        live->running = false;
    }
}

static struct ts_feed_stats stats(const struct ts_feed *feed)
{
    struct ts_live_statistics all;
    ts_live_feed_statistics(feed, &all);
    const struct ts_session_counts *counts = &all.session;
    return (struct ts_feed_stats){
        .ticks = all.trades,
        .connects = counts->opened,
        .disconnects = counts->lost,
        .gaps = counts->times_syncing,
        .lost = all.lost,
        .malformed = counts->malformed,
        .pings = counts->heard + counts->pings,
        .state = public_state(all.state),
    };
}

static void free_live(struct live *live)
{
    live->wire->operations->destroy(live->wire);
    ts_session_destroy(live->session);
    ts_inbox_fini(&live->inboxes[0]);
    ts_inbox_fini(&live->inboxes[1]);
    free(live);
}

static ts_err check(const struct ts_live_options *options, struct ts_diag *diag)
{
    struct ts_session *session = NULL;
    const char *symbol = options->session.symbol;
    if (options->keep_ns <= 0 || options->room_frames == 0 || options->room_bytes == 0) {
        return ts_fail(diag, TS_INVALID, "create feed", symbol, "a bound is not above 0");
    }
    ts_err err = ts_session_create(&options->session, &session, diag);
    ts_session_destroy(session);
    return err;
}

ts_err ts_live_feed_create(const struct ts_live_options *options, struct ts_wire *wire, struct ts_feed **feed,
                           struct ts_diag *diag)
{
    struct live *made = calloc(1, sizeof *made);
    if (made == NULL) {
        wire->operations->destroy(wire);
        return ts_fail(diag, TS_NO_MEMORY, "create feed", options->session.symbol, "no memory");
    }
    made->feed = (struct ts_feed){.start = start, .stop = stop, .stats = stats};
    made->options = *options;
    made->wire = wire;
    ts_err err = check(options, diag);
    for (int i = 0; i < 2 && err == TS_OK; i++) {
        err = ts_inbox_init(&made->inboxes[i], options->room_frames, options->room_bytes, diag);
    }
    if (err == TS_OK) {
        err = ts_sleeper_init(&made->keeper_sleep, diag);
    }
    if (err != TS_OK) {
        free_live(made);
        return err;
    }
    snprintf(made->symbol, sizeof made->symbol, "%s", options->session.symbol);
    made->options.session.symbol = made->symbol;
    wire->inbox = &made->inboxes[0];
    pthread_mutex_init(&made->wire_lock, NULL);
    pthread_mutex_init(&made->statistics_lock, NULL);
    *feed = &made->feed;
    return TS_OK;
}

void ts_live_feed_destroy(struct ts_feed *feed)
{
    struct live *live = (struct live *)feed;
    if (live == NULL) {
        return;
    }
    stop(feed);
    pthread_mutex_destroy(&live->wire_lock);
    pthread_mutex_destroy(&live->statistics_lock);
    ts_sleeper_fini(&live->keeper_sleep);
    free_live(live);
}

void ts_live_feed_statistics(const struct ts_feed *feed, struct ts_live_statistics *statistics)
{
    struct live *live = (struct live *)feed; /* its lock changes, nothing that a caller could see */
    pthread_mutex_lock(&live->statistics_lock);
    *statistics = live->statistics;
    pthread_mutex_unlock(&live->statistics_lock);
}

#include "base/clock.h"
#include "replay/program.h"
#include "trader/feed/live_feed.h"
#include "trader/feed/websocket_wire.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_MOST (1u << 20)
#define LOOK_NS      (5 * TS_NS_PER_MS)

struct request {
    int64_t for_ns, quiet_ns, slow_ns;
    uint64_t ticks;
    struct ts_websocket_options socket;
    struct ts_live_options live;
};

/* The feed thread's, but for the two numbers that main looks at. */
static struct watcher {
    int64_t slow_ns;
    uint64_t states[TS_FEED_STATE_COUNT];
    int64_t *samples; /* from receive_ns to the callback */
    uint32_t sample_count;
    uint64_t trades, first_sequence_gap, after_gap;
    double price_sum;
    _Atomic uint64_t ticks;    /* relaxed: when to end is no more than a guess */
    _Atomic int64_t latest_ns; /* as above */
} watcher;

static void observe(void *context, const struct ts_session_tick *tick)
{
    (void)context;
    int64_t now_ns = ts_clock_ns();
    if (watcher.sample_count < SAMPLES_MOST) {
        watcher.samples[watcher.sample_count++] = now_ns - tick->receive_ns;
    }
    uint64_t ticks = atomic_load_explicit(&watcher.ticks, memory_order_relaxed) + 1; /* only we write it */
    atomic_store_explicit(&watcher.ticks, ticks, memory_order_relaxed);              /* a guess, see there */
    atomic_store_explicit(&watcher.latest_ns, now_ns, memory_order_relaxed);         /* as above */
    if (watcher.slow_ns > 0 && ticks % 1000 == 0) {
        ts_sleep_ns(watcher.slow_ns);
    }
}

static void on_tick(void *context, const struct ts_trade_tick *tick)
{
    (void)context;
    watcher.first_sequence_gap += tick->sequence != ++watcher.trades;
    watcher.after_gap += (tick->flags & TS_TRADE_TICK_AFTER_GAP) != 0;
    watcher.price_sum += tick->price * tick->quantity;
}

static void on_state(void *context, enum ts_feed_state state)
{
    (void)context;
    watcher.states[state]++;
}

static int parse(int count, char **arguments, struct request *request)
{
    struct ts_session_options *session = &request->live.session;
    for (int i = 1; i < count; i++) {
        const char *option = arguments[i];
        uint64_t number = 0;
        bool good = true;
        if (strcmp(option, "--futures") == 0) {
            session->futures = true;
            continue;
        }
        const char *value = i + 1 < count ? arguments[++i] : NULL;
        if (strcmp(option, "--symbol") == 0) {
            session->symbol = value; /* judged by the session */
        } else if (strcmp(option, "--port") == 0) {
            good = ts_program_number(option, value, 65535, &number);
            request->socket.port = (int)number;
        } else if (strcmp(option, "--for") == 0) {
            good = ts_program_duration(option, value, &request->for_ns);
        } else if (strcmp(option, "--quiet-for") == 0) {
            good = ts_program_duration(option, value, &request->quiet_ns);
        } else if (strcmp(option, "--ping") == 0) {
            good = ts_program_duration(option, value, &session->ping_ns);
        } else if (strcmp(option, "--silence") == 0) {
            good = ts_program_duration(option, value, &session->silence_ns);
        } else if (strcmp(option, "--lag") == 0) {
            good = ts_program_duration(option, value, &session->lag_ns);
        } else if (strcmp(option, "--backoff") == 0) {
            good = ts_program_duration(option, value, &session->backoff_most_ns);
            session->backoff_first_ns = session->backoff_most_ns < session->backoff_first_ns
                                            ? session->backoff_most_ns
                                            : session->backoff_first_ns;
        } else if (strcmp(option, "--slow") == 0) {
            good = ts_program_duration(option, value, &request->slow_ns);
        } else if (strcmp(option, "--ticks") == 0) {
            good = ts_program_number(option, value, UINT64_MAX, &request->ticks);
        } else if (strcmp(option, "--seed") == 0) {
            good = ts_program_number(option, value, UINT64_MAX, &session->seed);
        } else {
            return ts_program_usage("watch: unknown option '%s'", option);
        }
        if (!good) {
            return TS_PROGRAM_USAGE;
        }
    }
    return request->socket.port > 0 ? TS_PROGRAM_OK : ts_program_usage("watch: which --port?");
}

static bool is_over(const struct request *request, int64_t start_ns)
{
    int64_t now_ns = ts_clock_ns();
    uint64_t ticks = atomic_load_explicit(&watcher.ticks, memory_order_relaxed); /* a guess, see there */
    int64_t latest_ns = atomic_load_explicit(&watcher.latest_ns, memory_order_relaxed); /* as above */
    return ts_program_stop != 0 || now_ns - start_ns >= request->for_ns ||
           (request->ticks > 0 && ticks >= request->ticks) ||
           (request->quiet_ns > 0 && ticks > 0 && now_ns - latest_ns >= request->quiet_ns);
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void add(json_t *object, const char *name, uint64_t value)
{
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

static json_t *latencies(void)
{
    static const struct {
        const char *name;
        double share;
    } rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}};
    json_t *object = json_object();
    uint32_t count = watcher.sample_count;
    qsort(watcher.samples, count, sizeof *watcher.samples, by_size);
    add(object, "n", count);
    for (size_t i = 0; i < sizeof rows / sizeof *rows && count > 0; i++) {
        uint32_t index = (uint32_t)((double)(count - 1) * rows[i].share);
        add(object, rows[i].name, (uint64_t)watcher.samples[index]);
    }
    return object;
}

static void report(const struct ts_feed *feed)
{
    struct ts_live_statistics all;
    ts_live_feed_statistics(feed, &all);
    const struct ts_session_counts *counts = &all.session;
    struct ts_feed_stats stats = ts_feed_stats(feed);
    json_t *root = json_object(), *ended = json_object();
    add(root, "depth", counts->ticks[TS_SESSION_DEPTH]);
    add(root, "bookTicker", counts->ticks[TS_SESSION_TICKER]);
    add(root, "trade", counts->ticks[TS_SESSION_TRADE]);
    add(root, "delivered", stats.ticks);
    add(root, "seen", watcher.trades);
    add(root, "out_of_order", watcher.first_sequence_gap);
    add(root, "after_gap", watcher.after_gap);
    add(root, "lost", stats.lost);
    add(root, "repeated", counts->trades_repeated);
    add(root, "astray", counts->trades_astray);
    add(root, "frames", counts->frames);
    add(root, "bytes", counts->bytes);
    add(root, "malformed", counts->malformed);
    add(root, "diffs", counts->diffs);
    add(root, "diffs_applied", counts->diffs_applied);
    add(root, "diffs_stale", counts->diffs_stale);
    add(root, "diffs_dropped", counts->diffs_dropped);
    add(root, "gaps", counts->gaps);
    add(root, "snapshots", counts->snapshots_used);
    add(root, "snapshots_old", counts->snapshots_old);
    add(root, "attempts", counts->attempts);
    add(root, "connects", stats.connects);
    add(root, "disconnects", stats.disconnects);
    for (int i = 0; i < TS_SESSION_END_COUNT; i++) {
        add(ended, ts_session_end_name((enum ts_session_end)i), counts->ended[i]);
    }
    json_object_set_new(root, "ended", ended);
    add(root, "live", watcher.states[TS_FEED_LIVE]);
    add(root, "late", counts->late);
    add(root, "pings", counts->pings);
    add(root, "heard", counts->heard);
    add(root, "kept", all.kept);
    json_object_set_new(root, "latency_ns", latencies());
    json_object_set_new(root, "complaint", json_string(all.complaint));
    char *text = json_dumps(root, JSON_COMPACT);
    puts(text != NULL ? text : "{}");
    free(text);
    json_decref(root);
}

int ts_program_watch(int count, char **arguments)
{
    static const struct ts_feed_sink sink = {.tick = on_tick, .state = on_state};
    struct request request = {.for_ns = 10 * TS_NS_PER_S,
                              .socket = {.host = "127.0.0.1"},
                              .live = ts_live_defaults("btcusdt", false)};
    struct ts_wire *wire = NULL;
    struct ts_feed *feed = NULL;
    struct ts_diag diag;
    request.live.observe = observe;
    int code = parse(count, arguments, &request);
    if (code != TS_PROGRAM_OK) {
        return code;
    }
    watcher.slow_ns = request.slow_ns;
    watcher.samples = malloc(SAMPLES_MOST * sizeof *watcher.samples);
    if (watcher.samples == NULL) {
        ts_fail(&diag, TS_NO_MEMORY, "watch", NULL, "no memory for %u latencies", SAMPLES_MOST);
        return ts_program_complain(&diag);
    }
    ts_err err = ts_websocket_wire_create(&request.socket, &wire, &diag);
    if (err == TS_OK) {
        err = ts_live_feed_create(&request.live, wire, &feed, &diag);
    }
    if (err == TS_OK) {
        err = ts_feed_start(feed, &sink, &diag);
    }
    if (err == TS_OK) {
        for (int64_t start_ns = ts_clock_ns(); !is_over(&request, start_ns);) {
            ts_sleep_ns(LOOK_NS);
        }
        ts_feed_stop(feed);
        report(feed);
    }
    ts_live_feed_destroy(feed);
    free(watcher.samples);
    return err == TS_OK ? ts_program_end() : ts_program_complain(&diag);
}

#include "bench/hybrid_run.h"

#include "base/clock.h"
#include "bench/hybrid_server.h"
#include "trader/ema_cross.h"
#include "trader/feed/live_feed.h"
#include "trader/feed/websocket_wire.h"
#include "trader/tape_feed.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#define FAST_TICKS 12
#define SLOW_TICKS 26
#define LOOK_NS    (5 * TS_NS_PER_MS)
#define SLACK_NS   (10 * TS_NS_PER_S) /* for the connection, and a machine that is busy */

/* Of one tick; written by whoever handles it, read after the trader's stop. */
struct sample {
    int64_t receive_ns, decided_ns;
};

/* A run that is under way. */
struct stage {
    const struct ts_hybrid_setting *setting;
    struct ts_hybrid_server server;
    bool serving;
    struct ts_feed *feed;
    struct ts_trader *trader;
    struct ts_ema_cross cross;
    struct sample *samples;
    size_t sample_count;
};

static void note(void *context, const struct ts_trader_decision *decision)
{
    struct stage *stage = context;
    if (stage->sample_count < stage->setting->tape->count) {
        stage->samples[stage->sample_count++] =
            (struct sample){.receive_ns = decision->tick->receive_ns, .decided_ns = decision->decided_ns};
    }
}

static int64_t wire_most_ns(const struct ts_hybrid_setting *setting)
{
    return (int64_t)((double)setting->tape->length_ns / setting->speed) + SLACK_NS;
}

static ts_err open_wire(struct stage *stage, struct ts_diag *diag)
{
    const struct ts_hybrid_setting *setting = stage->setting;
    const struct ts_hybrid_tape *tape = setting->tape;
    struct ts_live_options options = ts_live_defaults(tape->symbol, tape->futures);
    struct ts_wire *wire;
    ts_err error = ts_hybrid_server_start(tape->path, setting->speed, wire_most_ns(setting) + SLACK_NS,
                                          &stage->server, diag);
    if (error != TS_OK) {
        return error;
    }
    stage->serving = true;
    struct ts_websocket_options socket = {.host = "127.0.0.1", .port = stage->server.port};
    error = ts_websocket_wire_create(&socket, &wire, diag);
    return error == TS_OK ? ts_live_feed_create(&options, wire, &stage->feed, diag) : error;
}

static ts_err open_array(struct stage *stage, struct ts_diag *diag)
{
    const struct ts_hybrid_tape *tape = stage->setting->tape;
    struct ts_tape_feed_options options = {.ticks = tape->ticks, .count = tape->count, .passes = 1};
    return ts_tape_feed_create(&options, &stage->feed, diag);
}

static ts_err open_trader(struct stage *stage, struct ts_hybrid_run *run, struct ts_diag *diag)
{
    const struct ts_hybrid_setting *setting = stage->setting;
    struct ts_trader_options options = ts_trader_defaults();
    options.path = setting->path;
    options.queue_ticks = setting->queue_ticks;
    /* An array can wait for room; what an exchange says cannot, and is counted as missing. */
    options.full = setting->wire ? TS_TRADER_FULL_DROPS : TS_TRADER_FULL_WAITS;
    options.strategy = ts_ema_cross_strategy(&stage->cross);
    options.quantity = 1;
    options.trades = run->trades;
    options.trades_room = setting->tape->count + 1;
    options.journal_file = -1;
    options.context = stage;
    options.observe = note;
    ts_err error = ts_ema_cross_init(&stage->cross, FAST_TICKS, SLOW_TICKS, diag);
    return error == TS_OK ? ts_trader_create(&options, &stage->trader, diag) : error;
}

/* Of the process, without the children. */
static int64_t cpu_ns(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * TS_NS_PER_S +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * TS_NS_PER_US;
}

/* Until all ticks of the recording were handled or dropped, or cannot come any more. */
static ts_err wait_for_the_end(struct stage *stage, struct ts_diag *diag)
{
    const struct ts_hybrid_setting *setting = stage->setting;
    int64_t start_ns = ts_clock_ns();
    int64_t most_ns = setting->wire ? wire_most_ns(setting) : 60 * TS_NS_PER_S;
    while (ts_clock_within(start_ns, most_ns)) {
        struct ts_trader_stats stats = ts_trader_stats(stage->trader);
        if (stats.ticks_in >= setting->tape->count && stats.handled + stats.dropped >= stats.ticks_in) {
            return TS_OK;
        }
        ts_err error = stage->serving ? ts_hybrid_server_check(&stage->server, diag) : TS_OK;
        if (error != TS_OK) {
            return error;
        }
        ts_sleep_ns(setting->wire ? LOOK_NS : LOOK_NS / 50);
    }
    return TS_OK;
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Ticks are decided on in the order in which they came. */
static uint64_t most_waiting(const struct stage *stage)
{
    size_t came = 0, most = 0;
    for (size_t decided = 0; decided < stage->sample_count; decided++) {
        while (came < stage->sample_count &&
               stage->samples[came].receive_ns <= stage->samples[decided].decided_ns) {
            came++;
        }
        most = came - decided > most ? came - decided : most;
    }
    return most;
}

static ts_err summarise(const struct stage *stage, struct ts_hybrid_run *run, struct ts_diag *diag)
{
    static const double shares[TS_HYBRID_QUANTILES] = {0.5, 0.9, 0.99, 0.999, 1};
    size_t count = stage->sample_count;
    int64_t *latencies = malloc((count + 1) * sizeof *latencies);
    double sum_ns = 0;
    if (latencies == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "bench hybrid", stage->setting->tape->name, "no memory");
    }
    for (size_t i = 0; i < count; i++) {
        latencies[i] = stage->samples[i].decided_ns - stage->samples[i].receive_ns;
        sum_ns += (double)latencies[i];
    }
    qsort(latencies, count, sizeof *latencies, by_size);
    for (int i = 0; i < TS_HYBRID_QUANTILES && count > 0; i++) {
        run->quantile_ns[i] = latencies[(size_t)ceil(shares[i] * (double)count) - 1];
    }
    free(latencies);
    run->mean_ns = count > 0 ? sum_ns / (double)count : 0;
    run->waiting_most = most_waiting(stage);
    run->ticks = count;
    run->missing = stage->setting->tape->count - count;
    return TS_OK;
}

/* In arenas and in mappings of their own. */
static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static ts_err perform(struct stage *stage, struct ts_hybrid_run *run, struct ts_diag *diag)
{
    struct ts_trader_report report;
    size_t heap = heap_bytes();
    ts_err error = open_trader(stage, run, diag);
    if (error != TS_OK) {
        return error;
    }
    run->heap_bytes = heap_bytes() - heap;
    int64_t start_ns = ts_clock_ns(), start_cpu_ns = cpu_ns();
    error = ts_trader_start(stage->trader, stage->feed, diag);
    if (error != TS_OK) {
        return error;
    }
    ts_err ended = wait_for_the_end(stage, diag);
    run->elapsed_ns = ts_clock_ns() - start_ns;
    run->cpu_ns = cpu_ns() - start_cpu_ns;
    error = ts_trader_stop(stage->trader, &report);
    TS_ASSERT(error == TS_OK);
    run->trade_count = report.trades_listed;
    run->digest = report.trades_digest;
    return ended == TS_OK ? summarise(stage, run, diag) : ended;
}

ts_err ts_hybrid_run(const struct ts_hybrid_setting *setting, struct ts_hybrid_run *run, struct ts_diag *diag)
{
    const size_t count = setting->tape->count;
    struct stage stage = {.setting = setting, .samples = calloc(count, sizeof *stage.samples)};
    *run = (struct ts_hybrid_run){.setting = *setting, .trades = calloc(count + 1, sizeof *run->trades)};
    ts_err error = TS_OK;
    if (stage.samples == NULL || run->trades == NULL) {
        error = ts_fail(diag, TS_NO_MEMORY, "bench hybrid", setting->tape->name, "no memory");
    } else {
        error = setting->wire ? open_wire(&stage, diag) : open_array(&stage, diag);
    }
    if (error == TS_OK) {
        error = perform(&stage, run, diag);
    }
    ts_trader_destroy(stage.trader);
    if (setting->wire) {
        ts_live_feed_destroy(stage.feed);
    } else {
        ts_tape_feed_destroy(stage.feed);
    }
    if (stage.serving) {
        ts_hybrid_server_stop(&stage.server);
    }
    free(stage.samples);
    return error;
}

void ts_hybrid_run_fini(struct ts_hybrid_run *run)
{
    free(run->trades);
    run->trades = NULL;
}

/*
 * trader-soak: one trader for a whole life, on the trades of a recording over and over.
 *
 * Hazard: beats between which ticks came. The trader has the document's periods, queue and strategy, and a
 * journal on disk; its feed plays the tape (--tape, else a drawn one of a thousand ticks a second) endlessly
 * at the recorded pace or, with --speed, at a multiple of it, and loses its connection now and then. Made for
 * `--for 30m` and more: each tenth of a second, the owner looks at memory and heartbeat, and the life's line
 * in the record says what became of both (soak.h).
 * Must show: a heart that beats as often as the owner does, memory that does not grow, every tick counted,
 * the trades those of one thread that is given the same ticks. The delivery mode changes nothing.
 * Threads: the trader's two, the owner.
 */
#include "base/clock.h"
#include "scenario/scenarios.h"
#include "scenario/soak.h"
#include "trader/ema_cross.h"
#include "trader/tape_feed.h"
#include "trader/trader.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAWN_TICKS     4096u
#define DRAWN_GAP_NS    TS_NS_PER_MS
#define RECONNECT_EVERY 5000u
#define FAST_TICKS      12u
#define SLOW_TICKS      26u
#define FEE_RATE        0.0004
#define LOOKS_LEAST     3u
#define STILL_LOOKS     20u /* so many looks of the owner without a beat are a heart that stands still */
#define NOISE_KIB       128u

struct soak {
    struct ts_life *life;
    struct ts_trade_tick *ticks;
    size_t count;
    struct ts_ema_cross cross;
    struct ts_trader_options options;
    struct ts_feed *feed;
    struct ts_trader *trader;
    struct ts_memory_watch memory;
    struct ts_beat_watch heart; /* the loop's until stop has returned */
    uint64_t ticks_at_beat;     /* likewise */
    struct ts_beat_watch witness;
    struct ts_trader_report report;
};

static void on_beat(void *context, const struct ts_trader_stats *stats)
{
    struct soak *soak = context;
    ts_beat_watch_beat(&soak->heart, ts_clock_ns());
    /* A statistic. */
    atomic_fetch_add_explicit(&soak->life->board->hazard, stats->ticks_in != soak->ticks_at_beat,
                              memory_order_relaxed);
    soak->ticks_at_beat = stats->ticks_in;
}

static void draw_tape(struct soak *soak)
{
    double price = 60000.0;
    soak->count = ts_life_size(soak->life, DRAWN_TICKS, 8);
    for (size_t i = 0; i < soak->count; i++) {
        price += ts_random_unit(&soak->life->random) - 0.5;
        soak->ticks[i] = (struct ts_trade_tick){
            .receive_ns = (int64_t)i * ts_life_size(soak->life, DRAWN_GAP_NS, 2000), .price = price};
    }
}

/* The trades of the recording. */
static ts_err read_tape(struct soak *soak, size_t room, struct ts_diag *diag)
{
    struct ts_source *source = NULL;
    struct ts_tick tick;
    ts_err error = ts_source_tick_file(soak->life->ticks_path, 1, &source, diag);
    while (error == TS_OK && ts_source_next(source, &tick) == TS_OK) {
        if (tick.type != WINGCHUN_TRADE) {
            continue;
        }
        if (soak->count == room) {
            struct ts_trade_tick *larger = realloc(soak->ticks, 2 * room * sizeof *larger);
            if (larger == NULL) {
                error = ts_fail(diag, TS_NO_MEMORY, "read tape", soak->life->ticks_path, "%zu trades", room);
                break;
            }
            soak->ticks = larger;
            room *= 2;
        }
        soak->ticks[soak->count++] = (struct ts_trade_tick){.receive_ns = tick.receive_ns,
                                                            .exchange_ns = tick.data.trade.trade_time_ns,
                                                            .price = tick.data.trade.price,
                                                            .quantity = tick.data.trade.volume};
    }
    if (source != NULL) {
        ts_source_close(source);
    }
    return error;
}

static ts_err fill(struct soak *soak, struct ts_diag *diag)
{
    soak->ticks = malloc(DRAWN_TICKS * sizeof *soak->ticks);
    if (soak->ticks == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "draw tape", NULL, "%u ticks", DRAWN_TICKS);
    }
    if (soak->life->ticks_path != NULL) {
        return read_tape(soak, DRAWN_TICKS, diag);
    }
    draw_tape(soak);
    return TS_OK;
}

static ts_err choose(struct soak *soak, struct ts_diag *diag)
{
    struct ts_life *life = soak->life;
    const char *path = ts_life_setting(life, "path", "both");
    soak->options = ts_trader_defaults();
    if (strcmp(path, "both") == 0) {
        soak->options.path = (enum ts_trader_path)ts_random_below(&life->random, TS_PATH_COUNT);
    } else if (strcmp(path, "direct") == 0) {
        soak->options.path = TS_PATH_DIRECT;
    } else if (strcmp(path, "polling") != 0) {
        return ts_fail(diag, TS_INVALID, "scenario setting", "path", "%s is not polling, direct or both",
                       path);
    }
    if (life->explored) { /* virtual time: a look is some steps */
        soak->options.poll_ns = 4000;
        soak->options.beat_ns = 8000;
        soak->options.queue_ticks = 8;
    }
    soak->options.fee_rate = FEE_RATE;
    soak->options.strategy = ts_ema_cross_strategy(&soak->cross);
    soak->options.context = soak;
    soak->options.beat = on_beat;
    return ts_ema_cross_init(&soak->cross, ts_life_size(life, FAST_TICKS, 1),
                             ts_life_size(life, SLOW_TICKS, 2), diag);
}

static ts_err begin(struct soak *soak, struct ts_diag *diag)
{
    struct ts_life *life = soak->life;
    char path[256];
    ts_err error = choose(soak, diag);
    error = error == TS_OK ? fill(soak, diag) : error;
    if (error != TS_OK) {
        return error;
    }
    if (!life->explored) { /* without one, should the disk be full */
        snprintf(path, sizeof path, "%s/journal", life->scratch_dir);
        soak->options.journal_file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    }
    struct ts_tape_feed_options options = {.ticks = soak->ticks,
                                           .count = soak->count,
                                           .speed = life->speed_given ? life->speed : 1.0,
                                           .passes = ts_life_size(life, 0, 2),
                                           .reconnect_every = ts_life_size(life, RECONNECT_EVERY, 5)};
    error = ts_tape_feed_create(&options, &soak->feed, diag);
    error = error == TS_OK ? ts_trader_create(&soak->options, &soak->trader, diag) : error;
    ts_beat_watch_begin(&soak->heart, soak->options.beat_ns);
    ts_beat_watch_begin(&soak->witness, soak->options.beat_ns);
    ts_memory_watch_begin(&soak->memory, &life->board->soak);
    return error == TS_OK ? ts_trader_start(soak->trader, soak->feed, diag) : error;
}

static void watch(struct soak *soak)
{
    struct ts_life *life = soak->life;
    uint64_t beats = 0, looks = 0;
    uint32_t still = 0;
    while (looks < LOOKS_LEAST || (!life->explored && !ts_life_over(life))) {
        ts_sleep_ns(soak->options.beat_ns);
        ts_beat_watch_beat(&soak->witness, ts_clock_ns());
        looks++;
        uint64_t now = ts_trader_stats(soak->trader).beats;
        still = now == beats ? still + 1 : 0;
        beats = now;
        if (still == STILL_LOOKS) {
            ts_board_violation(life->board, "heartbeat", "none in %u periods, after %" PRIu64, still, beats);
        }
        if (!life->explored) {
            ts_memory_watch_look(&soak->memory);
        }
    }
    /* Both wait for the same time each time, on one machine: what holds one up holds up the other. */
    if (looks >= STILL_LOOKS && beats < looks / 2) {
        ts_board_violation(life->board, "heartbeat", "%" PRIu64 " beats in %" PRIu64 " periods", beats,
                           looks);
    }
}

/* The trades of one thread that is given the first ticks of the tape. */
static void replay(const struct soak *soak, uint64_t ticks, struct ts_ledger *ledger)
{
    struct ts_ema_cross cross;
    uint64_t sequence = 1;
    double price = 0;
    ts_ledger_init(ledger, soak->options.quantity, FEE_RATE, NULL, 0);
    (void)ts_ema_cross_init(&cross, soak->cross.fast_ticks, soak->cross.slow_ticks, NULL);
    for (; sequence <= ticks; sequence++) {
        price = soak->ticks[(sequence - 1) % soak->count].price;
        enum ts_signal signal = ts_ema_cross_next(&cross, price);
        if (signal == TS_SIGNAL_BUY) {
            (void)ts_ledger_open(ledger, price, sequence);
        } else if (signal == TS_SIGNAL_SELL) {
            (void)ts_ledger_close(ledger, price, sequence, TS_CLOSE_SIGNAL);
        }
    }
    (void)ts_ledger_close(ledger, price, sequence - 1, TS_CLOSE_STOP);
}

static void check(const struct soak *soak)
{
    struct ts_board *board = soak->life->board;
    const struct ts_trader_stats *s = &soak->report.stats;
    uint64_t fed = ts_feed_stats(soak->feed).ticks;
    ts_board_add(board, TS_COUNTER_checks, 4);
    if (s->ticks_in != fed ||
        s->ticks_in != s->handled + s->nan_ticks + s->errors + s->dropped + s->discarded) {
        ts_board_violation(board, "accounting", "%" PRIu64 " ticks of %" PRIu64 ", %" PRIu64 " handled",
                           s->ticks_in, fed, s->handled);
    }
    if (s->opened != s->closed || s->open || soak->report.number != 1) {
        ts_board_violation(board, "position", "%" PRIu64 " opened, %" PRIu64 " closed, %" PRIu64 " reports",
                           s->opened, s->closed, soak->report.number);
    }
    struct ts_ledger ledger;
    replay(soak, s->handled, &ledger);
    bool whole = s->dropped == 0 && s->nan_ticks == 0; /* and so what one thread is given */
    if (whole && (ledger.digest != soak->report.trades_digest || ledger.closed != s->closed)) {
        ts_board_violation(board, "trades",
                           "%" PRIu64 " positions, and other trades than the %" PRIu64 " of one thread",
                           s->closed, ledger.closed);
    }
}

static void tell(struct soak *soak, bool grown)
{
    struct ts_board *board = soak->life->board;
    const struct ts_board_soak *seen = &board->soak;
    const struct ts_trader_stats *s = &soak->report.stats;
    if (soak->life->flavour == TS_FLAVOUR_PLAIN && grown) {
        ts_board_violation(board, "memory", "grows by %.1f KiB an hour (95 %%: %.1f to %.1f)", seen->slope,
                           seen->slope_low, seen->slope_high);
    }
    int used =
        snprintf(board->note, sizeof board->note,
                 "%s, %" PRIu64 " ticks, %" PRIu64 " dropped, %" PRIu64 " positions; %" PRIu64
                 " beats, p99 %.1f ms, longest %.1f, %" PRIu64 " missed (witness %" PRIu64 ")",
                 ts_trader_path_name(s->path), s->ticks_in, s->dropped, s->closed, seen->heart.beats,
                 (double)seen->heart.gap_p99_ns / TS_NS_PER_MS,
                 (double)seen->heart.gap_most_ns / TS_NS_PER_MS, seen->heart.missed, seen->witness.missed);
    if (isfinite(seen->slope_low) && isfinite(seen->slope_high)) {
        snprintf(board->note + used, sizeof board->note - (size_t)used,
                 "; memory %+.1f KiB/h (95 %%: %.1f to %.1f)", seen->slope, seen->slope_low,
                 seen->slope_high);
    }
}

ts_err ts_scenario_trader_soak(struct ts_life *life, struct ts_diag *diag)
{
    static struct soak soak; /* its threads know its address; too large for a stack */
    memset(&soak, 0, sizeof soak);
    soak.life = life;
    soak.options.journal_file = -1;
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    ts_err error = begin(&soak, diag);
    if (error == TS_OK) {
        watch(&soak);
        error = ts_trader_stop(soak.trader, &soak.report);
        check(&soak);
        ts_beat_watch_end(&soak.heart, &life->board->soak.heart);
        ts_beat_watch_end(&soak.witness, &life->board->soak.witness);
        tell(&soak, ts_memory_watch_end(&soak.memory, NOISE_KIB));
        ts_board_add(life->board, TS_COUNTER_ticks_fed, soak.report.stats.ticks_in);
        ts_board_add(life->board, TS_COUNTER_ticks_dropped, soak.report.stats.dropped);
    }
    ts_trader_destroy(soak.trader);
    ts_tape_feed_destroy(soak.feed);
    if (soak.options.journal_file >= 0) {
        close(soak.options.journal_file);
    }
    free(soak.ticks);
    return error;
}

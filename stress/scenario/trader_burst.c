/*
 * trader-burst: the trades of a recording, or of its synthetic likeness, in its bursts.
 *
 * Hazard: ticks that arrived less than 1 / 2500 s after another one. Each round plays a stretch of the tape
 * (a recording given with --tape, of whose silences a quarter of a second is left, else bursts of 250 ticks
 * in a tenth of a second and silence between them) at its own pace or, with --speed, faster; the document's
 * periods and its queue, which drops. Must show: every tick counted once, the trades those of the ticks that
 * were handled. The delivery mode changes nothing.
 * Threads: the trader's two, the owner.
 */
#include "base/clock.h"
#include "scenario/scenarios.h"
#include "scenario/trader_rig.h"

#define BURST_TICKS  250u
#define BURST_GAP_NS (TS_NS_PER_S / 2500)
#define QUIET_NS     (50 * TS_NS_PER_MS)
#define SILENCE_NS   (TS_NS_PER_S / 4)

/* Fills the tape with the next trades of the source; fewer when it ends. Returns how many are close. */
static uint64_t take_trades(struct ts_trader_rig *rig, struct ts_source *source)
{
    struct ts_tick tick;
    uint64_t close = 0;
    size_t count = 0;
    int64_t at_ns = 0, before_ns = 0;
    while (count < rig->feed_options.count && ts_source_next(source, &tick) == TS_OK) {
        if (tick.type != WINGCHUN_TRADE) {
            continue;
        }
        int64_t gap_ns = count > 0 ? tick.receive_ns - before_ns : 0;
        before_ns = tick.receive_ns;
        at_ns += gap_ns < SILENCE_NS ? gap_ns : SILENCE_NS;
        rig->ticks[count] = (struct ts_trade_tick){.receive_ns = at_ns,
                                                   .exchange_ns = tick.data.trade.trade_time_ns,
                                                   .price = tick.data.trade.price,
                                                   .quantity = tick.data.trade.volume};
        close += count > 0 && gap_ns <= BURST_GAP_NS;
        count++;
    }
    rig->feed_options.count = count;
    return close;
}

/* Else an endless tape without a trade would be read for ever. */
static ts_err open_tape(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    const char *path = rig->life->ticks_path;
    struct ts_source *source;
    struct ts_tick tick = {.type = 0};
    ts_err error = ts_source_tick_file(path, 1, &source, diag);
    if (error != TS_OK) {
        return error;
    }
    while (tick.type != WINGCHUN_TRADE && ts_source_next(source, &tick) == TS_OK) {
    }
    ts_source_close(source);
    if (tick.type != WINGCHUN_TRADE) {
        return ts_fail(diag, TS_MALFORMED, "open rig", "tape", "there is no trade on it");
    }
    return ts_source_tick_file(path, rig->life->passes, &rig->source, diag);
}

static uint64_t make_bursts(struct ts_trader_rig *rig)
{
    int64_t gap_ns = ts_life_size(rig->life, BURST_GAP_NS, 500), at_ns = 0;
    uint32_t burst = ts_life_size(rig->life, BURST_TICKS, 5);
    uint64_t close = 0;
    ts_trader_rig_fill(rig);
    for (size_t i = 0; i < rig->feed_options.count; i++) {
        bool quiet = i % burst == 0;
        at_ns += quiet ? (int64_t)ts_life_size(rig->life, QUIET_NS, 5000) : gap_ns;
        rig->ticks[i].receive_ns = at_ns;
        close += !quiet;
    }
    return close;
}

static ts_err run_round(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    struct ts_life *life = rig->life;
    ts_trader_rig_draw(rig);
    rig->feed_options.passes = 1;
    rig->feed_options.speed = life->speed_given ? life->speed : 1.0;
    rig->feed_options.count = ts_life_size(life, TS_RIG_TICKS, 10);
    rig->options.full = TS_TRADER_FULL_DROPS;
    if (!life->explored) {
        rig->options.poll_ns = 50 * TS_NS_PER_MS;
        rig->options.beat_ns = 100 * TS_NS_PER_MS;
        rig->options.queue_ticks = 2048;
    }
    ts_err error = TS_OK;
    if (rig->source == NULL && life->ticks_path != NULL) {
        error = open_tape(rig, diag);
        if (error != TS_OK) {
            return error;
        }
    }
    uint64_t close = rig->source != NULL ? take_trades(rig, rig->source) : make_bursts(rig);
    if (rig->feed_options.count == 0) {
        return TS_END;
    }
    rig->filled = true;
    error = ts_trader_rig_open(rig, diag);
    if (error != TS_OK) {
        return error;
    }
    ts_trader_rig_finish(rig);
    ts_trader_rig_close(rig);
    atomic_fetch_add_explicit(&life->board->hazard, close, memory_order_relaxed); /* a statistic */
    return TS_OK;
}

ts_err ts_scenario_trader_burst(struct ts_life *life, struct ts_diag *diag)
{
    return ts_trader_rig_run(life, run_round, diag);
}

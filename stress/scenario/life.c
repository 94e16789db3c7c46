#include "scenario/life.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool ts_life_expired(const struct ts_life *life)
{
    /* Relaxed: the request carries nothing but itself. */
    bool stop =
        !life->explored && atomic_load_explicit(&life->board->stop_requested, memory_order_relaxed) != 0;
    return stop || ts_clock_ns() >= life->deadline_ns;
}

bool ts_life_over(struct ts_life *life)
{
    ts_board_beat(life->board);
    return ts_life_expired(life);
}

const char *ts_life_setting(const struct ts_life *life, const char *key, const char *fallback)
{
    for (size_t i = 0; i < life->setting_count; i++) {
        if (strcmp(life->settings[i].key, key) == 0) {
            return life->settings[i].value;
        }
    }
    return fallback;
}

ts_err ts_life_number(const struct ts_life *life, const char *key, uint64_t fallback, uint64_t minimum,
                      uint64_t maximum, uint64_t *value, struct ts_diag *diag)
{
    const char *text = ts_life_setting(life, key, NULL);
    *value = fallback;
    if (text == NULL) {
        return TS_OK;
    }
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < minimum ||
        number > maximum) {
        return ts_fail(diag, TS_INVALID, "scenario setting", key, "%s is not an integer from %llu to %llu",
                       text, (unsigned long long)minimum, (unsigned long long)maximum);
    }
    *value = number;
    return TS_OK;
}

void ts_life_hazard(struct ts_life *life, uint64_t times)
{
    atomic_fetch_add_explicit(&life->board->hazard, times - life->hazard_seen, memory_order_relaxed);
    life->hazard_seen = times;
}

ts_err ts_life_source(const struct ts_life *life, const struct ts_synthetic_options *synthetic,
                      struct ts_source **source, struct ts_diag *diag)
{
    if (life->ticks_path != NULL) {
        return ts_source_tick_file(life->ticks_path, life->passes, source, diag);
    }
    return ts_source_synthetic(synthetic, source, diag);
}

void ts_life_engine_begins(struct ts_life *life)
{
    life->runner_seen = (struct ts_runner_stats){0};
    life->table_seen = (struct ts_strategy_table_stats){0};
    life->engine_seen = (struct signal_stats){0};
    ts_board_add(life->board, TS_COUNTER_engines_created, 1);
}

static uint64_t overflows_of(const struct signal_stats *engine)
{
    return engine->ticks_dropped + engine->results_dropped_newest + engine->results_dropped_oldest +
           engine->results_rejected + engine->producer_waits;
}

struct counted {
    enum ts_counter counter;
    uint64_t now, before;
};

static void add_rows(struct ts_board *board, const struct counted *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ts_board_add(board, rows[i].counter, rows[i].now - rows[i].before);
    }
}

static void add_engine(struct ts_board *board, const struct signal_stats *e, const struct signal_stats *e0)
{
    const struct counted rows[] = {
        {TS_COUNTER_ticks_dropped, e->ticks_dropped, e0->ticks_dropped},
        {TS_COUNTER_ticks_rejected, e->ticks_rejected, e0->ticks_rejected},
        {TS_COUNTER_ticks_suspect, e->ticks_suspect, e0->ticks_suspect},
        {TS_COUNTER_results_offered, e->results_offered, e0->results_offered},
        {TS_COUNTER_results_executed, e->results_executed, e0->results_executed},
        {TS_COUNTER_results_dropped, e->results_dropped_newest + e->results_dropped_oldest,
         e0->results_dropped_newest + e0->results_dropped_oldest},
        {TS_COUNTER_results_rejected, e->results_rejected, e0->results_rejected},
        {TS_COUNTER_producer_waits, e->producer_waits, e0->producer_waits},
        {TS_COUNTER_overflows, overflows_of(e), overflows_of(e0)},
    };
    add_rows(board, rows, sizeof rows / sizeof *rows);
}

static void add_host(struct ts_board *board, const struct ts_runner_stats *r,
                     const struct ts_runner_stats *r0)
{
    const struct counted rows[] = {
        {TS_COUNTER_ticks_fed, r->ticks_fed, r0->ticks_fed},
        {TS_COUNTER_ticks_depth, r->ticks_depth, r0->ticks_depth},
        {TS_COUNTER_idle_wakeups, r->idle_wakeups, r0->idle_wakeups},
        {TS_COUNTER_destroyed_in_flight, r->removed_in_flight, r0->removed_in_flight},
        {TS_COUNTER_destroyed_with_pending, r->removed_with_pending, r0->removed_with_pending},
    };
    add_rows(board, rows, sizeof rows / sizeof *rows);
}

void ts_life_account(struct ts_life *life, const struct ts_runner *runner, const struct signal_stats *engine)
{
    struct ts_runner_stats r = ts_runner_stats(runner);
    struct ts_strategy_table_stats t = ts_runner_table_stats(runner);
    struct signal_stats e = {.struct_size = sizeof e};
    if (engine != NULL) {
        e = *engine;
    } else if (ts_runner_plugin(runner)->stats(ts_runner_engine(runner), &e) != SIGNAL_OK) {
        e = life->engine_seen;
    }
    const struct ts_strategy_table_stats *t0 = &life->table_seen;
    const struct counted rows[] = {
        {TS_COUNTER_strategies_created, t.added, t0->added},
        {TS_COUNTER_strategies_destroyed, t.removed, t0->removed},
        {TS_COUNTER_teardowns_deferred, t.deferred, t0->deferred},
        {TS_COUNTER_factor_calls, t.factor_calls, t0->factor_calls},
        {TS_COUNTER_stale_skipped, t.stale_skipped, t0->stale_skipped},
    };
    add_host(life->board, &r, &life->runner_seen);
    add_rows(life->board, rows, sizeof rows / sizeof *rows);
    add_engine(life->board, &e, &life->engine_seen);
    life->runner_seen = r;
    life->table_seen = t;
    life->engine_seen = e;
}

void ts_life_account_engine(struct ts_life *life, const struct ts_runner_stats *host,
                            const struct signal_stats *final)
{
    static const struct ts_runner_stats no_host;
    static const struct signal_stats no_engine;
    add_host(life->board, host, &no_host);
    add_engine(life->board, final, &no_engine);
    ts_board_add(life->board, TS_COUNTER_results_pending, final->results_pending);
}

uint64_t ts_life_resident_bytes(void)
{
    char line[128];
    unsigned long long kilobytes = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "re");
    while (file != NULL && kilobytes == 0 && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "Rss: %llu", &kilobytes) != 1) {
            kilobytes = 0;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kilobytes * 1024;
}

#include "scenario/host_rig.h"

#include "base/clock.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ACCOUNT_EVERY 256u
#define CLOSE_EVERY   16u
#define STAGES_HOLD   4096u /* Depths between ingress and queue (engine/pipeline.c), rounded up */

struct ts_rig_options ts_rig_defaults(const struct ts_life *life)
{
    return (struct ts_rig_options){
        .strategies = 4,
        .ingress_capacity = ts_life_size(life, 4096, 128),
        .queue_capacity = ts_life_size(life, 4096, 64),
        .queue_policy = TS_OVERFLOW_DROP_NEWEST,
        .poll_budget = 1024,
        .models = 1,
        .poll_on_depth = true,
        .synthetic = ts_synthetic_recorded(ts_seed_mix(life->seed, 1)),
    };
}

static void write_config(const struct ts_rig *rig, uint64_t engine_id, char *text, size_t size)
{
    const struct ts_rig_options *o = &rig->options;
    char models[256] = "\"checked\"";
    for (uint32_t i = 1; i < o->models; i++) {
        size_t used = strlen(models);
        snprintf(models + used, sizeof models - used, ",\"checked\"");
    }
    snprintf(text, size,
             "{\"mode\":\"%s\",\"engine_id\":%llu,\"ingress_capacity\":%u,\"queue_capacity\":%u,"
             "\"queue_policy\":\"%s\",\"poll_budget\":%u,\"pipeline\":\"%s\",%s\"models\":"
             "[%s]}",
             ts_mode_names[rig->life->mode], (unsigned long long)engine_id, o->ingress_capacity,
             o->queue_capacity, ts_overflow_policy_name(o->queue_policy), o->poll_budget,
             o->one_thread ? "one-thread" : "threads",
             o->ingress_blocks ? "\"ingress_policy\":\"block\",\"ingress_timeout_ms\":60000," : "", models);
}

/* Holds the feed back while too much is on its way to the sender. */
static void stay_close(struct ts_rig *rig)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    while (!ts_life_over(rig->life)) {
        ts_runner_plugin(rig->runner)->stats(ts_runner_engine(rig->runner), &stats);
        if (stats.in_pipeline <= rig->options.ahead_max) {
            return;
        }
        sched_yield(); /* no sleep: the scan thread is to be busy when the owner goes on */
    }
}

/* Sanitizers and the scheduler make times of their own, and so does a clock that is made to lie. */
static void watch_ticks(struct ts_rig *rig)
{
    const struct ts_rig_options *o = &rig->options;
    const struct ts_fault_log *faults = &rig->life->board->faults;
    bool lies = faults->armed[TS_PROBE_CALL_CLOCK_FORWARD] != 0 ||
                faults->armed[TS_PROBE_CALL_CLOCK_BACKWARD] != 0 ||
                faults->armed[TS_PROBE_CALL_CLOCK_FROZEN] != 0;
    if (rig->life->flavour == TS_FLAVOUR_PLAIN && !lies) {
        ts_tick_watch_start(&rig->watch, &rig->life->board->latencies,
                            (uint64_t)o->ingress_capacity + o->queue_capacity + STAGES_HOLD);
        rig->options.strategy.watch = ts_tick_watch_runs(&rig->watch) ? &rig->watch : NULL;
    }
}

/* A tick counts from when it was due, not from when a late host came to it; flat out, from when it is at
 * hand. */
static void mark(struct ts_rig *rig, const struct ts_event *event)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    if (event->type == WINGCHUN_DEPTH && ts_tick_watch_runs(&rig->watch)) {
        ts_runner_plugin(rig->runner)->stats(ts_runner_engine(rig->runner), &stats);
        ts_tick_watch_mark(&rig->watch, stats.depth_accepted + 1,
                           event->due_ns > 0 ? event->due_ns : ts_clock_ns());
    }
}

static ts_err make_event(struct ts_rig *rig, struct ts_event *event)
{
    if (rig->next != NULL) {
        return rig->next(rig, event);
    }
    if (ts_source_next(rig->source, &rig->tick) != TS_OK) {
        rig->source_ended = true;
        return TS_END;
    }
    *event = (struct ts_event){
        .type = (int)rig->tick.type,
        .size = rig->tick.size,
        .data = rig->tick.data.bytes,
        .due_ns = rig->due != NULL ? rig->due(rig) : ts_pace_due_ns(&rig->pace, &rig->tick),
    };
    return TS_OK;
}

static ts_err next_event(void *user_data, struct ts_event *event)
{
    struct ts_rig *rig = user_data;
    if (ts_life_over(rig->life) || (rig->more != NULL && !rig->more(rig))) {
        return TS_END;
    }
    if (rig->options.ahead_max > 0 && rig->events % CLOSE_EVERY == 0) {
        stay_close(rig);
    }
    rig->polled_seen = ts_runner_stats(rig->runner).polled;
    ts_err error = make_event(rig, event);
    if (error == TS_OK) {
        mark(rig, event);
    }
    return error;
}

static bool keep_waiting(void *user_data)
{
    struct ts_rig *rig = user_data;
    return !ts_life_over(rig->life) && (rig->wait == NULL || rig->wait(rig));
}

/* A host that is behind must still get to its next event: one that is due waits for one poll at most. */
static void check_budget(struct ts_rig *rig, const struct ts_event *event)
{
    uint64_t polled = ts_runner_stats(rig->runner).polled - rig->polled_seen;
    if (event->due_ns == 0 && !rig->options.lossless && polled > rig->options.poll_budget) {
        ts_board_violation(rig->life->board, "poll-budget",
                           "%llu callbacks were executed before an event that was due; a poll's budget is %u",
                           (unsigned long long)polled, rig->options.poll_budget);
    }
}

static void after_event(void *user_data, const struct ts_event *event)
{
    struct ts_rig *rig = user_data;
    check_budget(rig, event);
    if (++rig->events % ACCOUNT_EVERY == 0) {
        ts_life_account(rig->life, rig->runner, NULL);
    }
    if (rig->after != NULL) {
        rig->after(rig, event);
    }
}

static void on_result(void *user_data, const char *symbol, int64_t timestamp_ns, const double *values,
                      int count)
{
    struct ts_rig *rig = user_data;
    ts_board_beat(rig->life->board);
    ts_checker_on_result(&rig->checker, symbol, timestamp_ns, values, count);
    if (rig->on_result != NULL) {
        rig->on_result(rig, timestamp_ns, values, count);
    }
}

static ts_err open_journal(struct ts_rig *rig, struct ts_diag *diag)
{
    char path[512];
    snprintf(path, sizeof path, "%s/journal.%d", rig->life->scratch_dir, (int)getpid());
    rig->journal_file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (rig->journal_file < 0) {
        return ts_fail_errno(diag, errno, "open journal", path);
    }
    unlink(path); /* the file lives as long as the process, however that ends */
    return TS_OK;
}

/* The invariants are held against the engine's own counters: a library without them cannot be judged. */
static ts_err require_additive(const struct ts_runner *runner, const char *path, struct ts_diag *diag)
{
    const struct ts_plugin *plugin = ts_runner_plugin(runner);
    if (plugin->stats == NULL || plugin->close == NULL || plugin->offer == NULL) {
        return ts_fail(diag, TS_NOT_FOUND, "load signal library", path,
                       "the scenarios need what it lacks: %s", plugin->missing);
    }
    return TS_OK;
}

ts_err ts_rig_start(struct ts_rig *rig, struct ts_life *life, const struct ts_rig_options *options,
                    struct ts_diag *diag)
{
    char config[768];
    struct ts_source *lent = options->source_on_loan ? rig->source : NULL;
    memset(rig, 0, sizeof *rig);
    rig->life = life;
    rig->options = *options;
    rig->next_epoch = 1;
    rig->journal_file = -1;
    ts_pace_init(&rig->pace, life->speed_given ? life->speed : options->speed);
    uint64_t engine_id = ts_random_next(&life->random) >> 12;
    write_config(rig, engine_id, config, sizeof config);
    struct ts_runner_options runner_options = {.mode = life->mode,
                                               .library_path = life->library_path,
                                               .config_json = config,
                                               .strategies_max = options->strategies,
                                               .results_only = options->results_only,
                                               .lossless = options->lossless,
                                               .idle_sleep_max_ms = options->idle_sleep_max_ms,
                                               .poll_on_depth = options->poll_on_depth};
    struct ts_event_source feed = {.next = next_event,
                                   .idle = keep_waiting,
                                   .after = after_event,
                                   .on_result = on_result,
                                   .user_data = rig};
    rig->source = lent;
    ts_checker_begin(&rig->checker, life->board, life->mode, engine_id, options->models);
    ts_err error = lent != NULL ? TS_OK : ts_life_source(life, &options->synthetic, &rig->source, diag);
    if (error == TS_OK) {
        error = open_journal(rig, diag);
    }
    if (error == TS_OK) {
        error = ts_runner_create(&runner_options, &feed, &rig->runner, diag);
    }
    if (error == TS_OK) {
        error = ts_runner_start(rig->runner, diag);
    }
    if (error == TS_OK) {
        error = require_additive(rig->runner, life->library_path, diag);
    }
    if (error == TS_OK) {
        ts_life_engine_begins(life);
        watch_ticks(rig);
        return TS_OK;
    }
    ts_runner_destroy(rig->runner);
    if (rig->journal_file >= 0) {
        close(rig->journal_file);
    }
    if (lent == NULL) {
        ts_source_close(rig->source);
    }
    return error;
}

bool ts_rig_admit(struct ts_rig *rig, struct ts_strategy *strategy)
{
    uint32_t slot;
    ts_err error = ts_runner_add(rig->runner, strategy, rig->options.symbol, &slot);
    if (error != TS_OK) {
        ts_strategy_destroy(strategy);
    }
    return error == TS_OK;
}

bool ts_rig_add_strategy(struct ts_rig *rig)
{
    struct ts_strategy *strategy;
    struct ts_ema_options options = rig->options.strategy;
    options.board = rig->life->board;
    options.mode = rig->life->mode;
    options.epoch = rig->next_epoch++;
    options.journal_file = rig->journal_file;
    if (ts_ema_strategy_create(&options, &strategy, NULL) != TS_OK) {
        ts_board_add(rig->life->board, TS_COUNTER_strategies_refused, 1); /* the host goes on without it */
        return false;
    }
    return ts_rig_admit(rig, strategy);
}

void ts_rig_loop(struct ts_rig *rig)
{
    ts_runner_loop(rig->runner);
}

/* Grows with every result that the engine offers or gets rid of. */
static uint64_t progress_of(struct ts_rig *rig)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    ts_runner_plugin(rig->runner)->stats(ts_runner_engine(rig->runner), &stats);
    return stats.results_offered + stats.results_executed + stats.results_dropped_oldest;
}

/* Lets everything arrive, however long that takes; what stands still is stranded. An explored life has so
 * little on its way that it need not look at the progress, which would be half of its steps. */
static void drain_all(struct ts_rig *rig)
{
    struct ts_idle idle;
    uint64_t before = progress_of(rig);
    ts_idle_reset(&idle);
    for (unsigned looks = 0; !ts_runner_drain(rig->runner, 0); looks++) {
        if (looks == TS_DRAIN_LOOKS_MAX) {
            ts_board_violation(rig->life->board, "stranded",
                               "results are on their way, and in %u looks none has come", looks);
            return;
        }
        ts_runner_poll(rig->runner);
        uint64_t now = rig->life->explored ? before : progress_of(rig);
        if (now != before) {
            before = now;
            looks = 0;
            ts_idle_reset(&idle);
        }
        ts_idle_wait(&idle);
    }
}

/* This engine hands out nothing that a host must drop. */
static void check_dropped(const struct ts_rig *rig, const struct ts_callback_drops *drops)
{
    uint64_t sum = drops->foreign + drops->symbol + drops->count + drops->values + drops->not_finite;
    ts_board_add(rig->life->board, TS_COUNTER_checks, 1);
    if (sum > 0) {
        ts_board_violation(
            rig->life->board, "dropped-callback",
            "the host dropped %llu callbacks: %llu on a foreign thread, %llu without a symbol, "
            "%llu of a bad count, %llu without values, %llu not finite",
            (unsigned long long)sum, (unsigned long long)drops->foreign, (unsigned long long)drops->symbol,
            (unsigned long long)drops->count, (unsigned long long)drops->values,
            (unsigned long long)drops->not_finite);
    }
}

void ts_rig_finish(struct ts_rig *rig, bool drain)
{
    struct signal_stats final = {.struct_size = sizeof final};
    if (drain) {
        drain_all(rig);
    }
    ts_runner_stop(rig->runner, &final);
    if (rig->end_twice) {
        ts_err error = ts_runner_stop(rig->runner, NULL);
        TS_ASSERT(error == TS_OK);
    }
    for (uint32_t i = 0; i < rig->options.strategies; i++) {
        ts_runner_remove(rig->runner, i, TS_TEARDOWN_UNLIST_FIRST);
    }
    ts_life_account(rig->life, rig->runner, &final);
    ts_board_add(rig->life->board, TS_COUNTER_results_pending, final.results_pending);
    /* The runner registers before the first tick, and stays registered to the end. */
    ts_board_add(rig->life->board, TS_COUNTER_checks, 1);
    if (final.results_unregistered > 0) {
        ts_board_violation(rig->life->board, "unregistered", "%llu results found no callback registered",
                           (unsigned long long) final.results_unregistered);
    }
    rig->table_final = ts_runner_table_stats(rig->runner);
    rig->host_final = ts_runner_stats(rig->runner);
    rig->engine_final = final;
    check_dropped(rig, &rig->host_final.dropped);
    ts_checker_end(&rig->checker, &rig->host_final, &final);
    ts_runner_destroy(rig->runner);
    ts_tick_watch_end(&rig->watch);
    close(rig->journal_file);
    if (!rig->options.source_on_loan) {
        ts_source_close(rig->source);
    }
}

/* One schedule after the other, and what each costs. */
#include "explore/shrink_state.h"

#include "base/clock.h"
#include "explore/core/strategy.h"
#include "explore/strategy/dfs.h"

#include <stdlib.h>
#include <string.h>

static void note_end(struct ts_shrinker *shrinker, enum ts_shrunk_end end)
{
    shrinker->end = end > shrinker->end ? end : shrinker->end;
}

/* Nobody stops it, in the midst of a schedule either. */
static bool is_let_run(struct ts_shrinker *shrinker)
{
    const struct ts_shrink_request *request = shrinker->request;
    bool has_time = ts_clock_ns() < shrinker->until_ns;
    if (!has_time) {
        note_end(shrinker, TS_SHRUNK_TIME);
    }
    struct ts_shrink_progress progress = {.tries = shrinker->tries,
                                          .preemptions = shrinker->best->cost[TS_COST_PREEMPTIONS],
                                          .deviations = shrinker->best->count};
    if (request->tick != NULL && !request->tick(&progress, request->user_data)) {
        note_end(shrinker, TS_SHRUNK_STOPPED);
    }
    return has_time && shrinker->end != TS_SHRUNK_STOPPED && shrinker->error == TS_OK;
}

bool ts_shrink_goes_on(struct ts_shrinker *shrinker)
{
    bool has_tries = shrinker->tries < shrinker->tries_until;
    if (!has_tries) {
        note_end(shrinker, TS_SHRUNK_TRIES);
    }
    return is_let_run(shrinker) && has_tries;
}

static uint64_t count_switches(const struct ts_trial *trial)
{
    uint64_t switches = 0;
    int32_t last = -1;
    for (uint32_t i = 0; i < trial->step_count; i++) {
        if (trial->step[i].preempted == 0) {
            switches += last >= 0 && last != trial->step[i].thread;
            last = trial->step[i].thread;
        }
    }
    return switches;
}

static void weigh(struct ts_trial *trial, uint64_t preemptions)
{
    bool named[TS_EXPLORE_THREADS] = {false};
    uint64_t threads = 0, choices = 0;
    for (uint32_t i = 0; i < trial->count; i++) {
        const struct ts_deviation *deviation = &trial->deviations[i];
        choices += deviation->choice;
        if (deviation->choice == 0 && !named[deviation->value % TS_EXPLORE_THREADS]) {
            named[deviation->value % TS_EXPLORE_THREADS] = true;
            threads += TS_EXPLORE_THREADS + deviation->value; /* few before low */
        }
    }
    trial->cost[TS_COST_PREEMPTIONS] = preemptions;
    trial->cost[TS_COST_DEVIATES] = trial->count > 0;
    trial->cost[TS_COST_SWITCHES] = count_switches(trial);
    trial->cost[TS_COST_THREADS] = threads;
    trial->cost[TS_COST_CHOICES] = choices;
    trial->cost[TS_COST_DEVIATIONS] = trial->count;
}

static bool keep_steps(struct ts_trial *trial, const struct ts_driver_event *event)
{
    if (event->step_count > trial->step_room) {
        struct ts_step *step = realloc(trial->step, event->step_count * sizeof *step);
        if (step == NULL) {
            return false;
        }
        trial->step = step;
        trial->step_room = event->step_count;
    }
    if (event->step_count > 0) {
        memcpy(trial->step, event->steps_kept, event->step_count * sizeof *trial->step);
    }
    trial->step_count = event->step_count;
    return true;
}

static bool on_schedule(const struct ts_driver_event *event, void *user_data)
{
    struct ts_shrinker *shrinker = user_data;
    struct ts_trial *now = shrinker->now;
    bool shows = false;
    shrinker->tries++;
    for (size_t i = 0; i < event->finding_count; i++) {
        shows = shows || strcmp(event->findings[i]->signature, shrinker->request->signature) == 0;
    }
    if (shrinker->search && !shows) {
        return ts_shrink_goes_on(shrinker);
    }
    now->came = true;
    now->shows = shows;
    now->checksum = event->checksum;
    now->steps = event->steps;
    now->threads = event->threads;
    now->count = event->schedule.count;
    if (now->count > 0) {
        memcpy(now->deviations, event->schedule.deviations, now->count * sizeof *now->deviations);
    }
    if (!keep_steps(now, event)) {
        shrinker->error =
            ts_fail(shrinker->diag, TS_NO_MEMORY, "shrink", shrinker->request->signature, "no memory");
    }
    weigh(now, event->preemptions);
    return false;
}

static bool on_tick(const struct ts_driver_progress *progress, void *user_data)
{
    struct ts_shrinker *shrinker = user_data;
    (void)progress;
    bool runs = is_let_run(shrinker); /* asked in any case: who asks shows how it goes on */
    return shrinker->proving || runs;
}

static bool run(struct ts_shrinker *shrinker, const struct ts_explore_config *config,
                const struct ts_schedule *given)
{
    struct ts_driver_listener listener = {on_schedule, on_tick, shrinker};
    struct ts_driver_listener former = ts_driver_listen(shrinker->request->driver, &listener);
    shrinker->now->came = false;
    shrinker->now->shows = false;
    ts_err error = ts_driver_run(shrinker->request->driver, config, given, shrinker->diag);
    ts_driver_listen(shrinker->request->driver, &former);
    if (error == TS_CLOSED && shrinker->end >= TS_SHRUNK_TIME) {
        error = TS_OK; /* it was cut short while the program started again: what it has is the result */
    }
    shrinker->error = shrinker->error == TS_OK ? error : shrinker->error;
    return shrinker->error == TS_OK && shrinker->now->came && shrinker->now->shows;
}

bool ts_shrink_try(struct ts_shrinker *shrinker, const struct ts_deviation *deviations, uint32_t count,
                   bool lenient)
{
    struct ts_explore_config config = shrinker->request->config;
    /* The driver copies them, and writes none. */
    struct ts_schedule given = {.count = count, .deviations = (struct ts_deviation *)(uintptr_t)deviations};
    config.first = 0;
    config.count = 1;
    config.replay = true;
    config.lenient = lenient;
    config.trace = true;
    config.attend = true;
    shrinker->search = false;
    return run(shrinker, &config, &given);
}

bool ts_shrink_search(struct ts_shrinker *shrinker, uint32_t preemptions, uint64_t count, bool *whole)
{
    struct ts_dfs_progress progress;
    struct ts_explore_config config = shrinker->request->config;
    ts_driver_forget(shrinker->request->driver);
    config.first = 0;
    config.count = count;
    config.replay = false;
    config.lenient = false;
    config.trace = false;
    config.attend = true;
    config.strategies = 1;
    config.strategy[0] = (struct ts_strategy_choice){.id = TS_STRATEGY_DFS, .depth = preemptions};
    shrinker->search = true;
    bool found = run(shrinker, &config, NULL);
    shrinker->search = false;
    memcpy(&progress, ts_driver_arena(shrinker->request->driver)->strategy_state[0], sizeof progress);
    *whole = !found && !progress.inexact && shrinker->error == TS_OK &&
             (progress.complete || progress.bounds_done > preemptions);
    return found;
}

static bool is_cheaper(const struct ts_trial *a, const struct ts_trial *b, bool equal)
{
    for (size_t i = 0; i < TS_COSTS; i++) {
        if (a->cost[i] != b->cost[i]) {
            return a->cost[i] < b->cost[i];
        }
    }
    return equal;
}

bool ts_shrink_take(struct ts_shrinker *shrinker, uint32_t count, bool equal)
{
    if (!ts_shrink_try(shrinker, shrinker->candidate, count, true) ||
        !is_cheaper(shrinker->now, shrinker->best, equal)) {
        return false;
    }
    uint64_t checksum = shrinker->now->checksum;
    uint32_t exact = shrinker->now->count;
    memcpy(shrinker->candidate, shrinker->now->deviations, exact * sizeof *shrinker->candidate);
    if (!ts_shrink_try(shrinker, shrinker->candidate, exact, false) || shrinker->now->checksum != checksum) {
        return false;
    }
    struct ts_trial *worse = shrinker->best;
    shrinker->best = shrinker->now;
    shrinker->now = worse;
    return true;
}

uint32_t ts_shrink_copy(struct ts_shrinker *shrinker)
{
    memcpy(shrinker->candidate, shrinker->best->deviations,
           shrinker->best->count * sizeof *shrinker->candidate);
    return shrinker->best->count;
}

#include "cli/scenario_shrink_state.h"

#include "base/clock.h"
#include "explore/strategy/auto.h"
#include "supervisor/interrupt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEARCH_MAX    300 /* schedules, for the finding under smaller settings */
#define SMALLER_MAX   4u
#define TRIES_SMALLER 50 /* what is left for smaller settings when they are not worth a try */

/* What makes a scenario smaller, from small to large. */
static const struct {
    const char *key;
    const char *values[SMALLER_MAX];
} smaller[] = {
    {"strategies", {"1", "2"}},
    {"symbols", {"1", "4"}},
    {"explore.life-us", {"1", "5", "20"}},
};

#define SMALLER_COUNT (sizeof smaller / sizeof *smaller)

static bool on_try(const struct ts_shrink_progress *now, void *user_data)
{
    struct ts_scenario_part *part = user_data;
    int64_t left_ns = part->all_until_ns - ts_clock_ns();
    ts_progress_note(part->progress,
                     "shrinking finding %zu of %zu: %" PRIu64 " schedules, %" PRIu64 " preemptions, %" PRIu32
                     " deviations left; %" PRId64 " s for all (Ctrl-C keeps what there is)",
                     part->number, part->count, part->of->tries + part->tries + now->tries, now->preemptions,
                     now->deviations, left_ns > 0 ? (int64_t)(left_ns / TS_NS_PER_S) : 0);
    return ts_interrupt_count() == 0;
}

static uint64_t tries_left(const struct ts_scenario_part *part)
{
    return part->tries < part->tries_max ? part->tries_max - part->tries : 0;
}

static struct ts_shrink_request request_of(struct ts_scenario_part *part, struct ts_driver *driver,
                                           const struct ts_schedule *found)
{
    struct ts_shrink_request request = {.driver = driver,
                                        .config = ts_driver_defaults(),
                                        .signature = part->of->find->finding->signature,
                                        .tries_max = tries_left(part),
                                        .limit_ms = (part->until_ns - ts_clock_ns()) / TS_NS_PER_MS,
                                        .tick = on_try,
                                        .user_data = part};
    request.config.points = found->points;
    return request;
}

static bool keep_hit(const struct ts_driver_event *event, void *user_data)
{
    struct ts_scenario_part *part = user_data;
    struct ts_schedule *hit = part->hit;
    part->tries++;
    for (size_t i = 0; i < event->finding_count && !hit->has_checksum; i++) {
        if (strcmp(event->findings[i]->signature, part->of->find->finding->signature) == 0) {
            hit->has_checksum = event->schedule.has_checksum;
            hit->checksum = event->schedule.checksum;
            hit->count = event->schedule.count;
            memcpy(hit->deviations, event->schedule.deviations, hit->count * sizeof *hit->deviations);
        }
    }
    return !hit->has_checksum;
}

static bool on_tick(const struct ts_driver_progress *progress, void *user_data)
{
    const struct ts_scenario_part *part = user_data;
    (void)progress;
    return ts_clock_ns() < part->until_ns && ts_interrupt_count() == 0;
}

/* The finding in another life: by the schedule at hand as far as it can be followed, else by a search. */
static bool find_again(struct ts_scenario_part *part, struct ts_driver *driver, struct ts_schedule *hit)
{
    struct ts_driver_listener listener = {keep_hit, on_tick, part};
    struct ts_explore_config config = ts_driver_defaults();
    const struct ts_schedule *best = &part->of->best.schedule;
    hit->has_checksum = false;
    hit->points = best->points;
    part->hit = hit;
    config.points = hit->points;
    config.attend = true;
    config.replay = true;
    config.lenient = true;
    (void)ts_driver_listen(driver, &listener);
    ts_err error = ts_driver_run(driver, &config, best, NULL);
    if (error == TS_OK && !hit->has_checksum) {
        config.replay = false;
        config.lenient = false;
        config.count = tries_left(part) / 2 < SEARCH_MAX ? tries_left(part) / 2 + 1 : SEARCH_MAX;
        config.strategies = ts_strategies_auto(config.strategy);
        error = ts_driver_run(driver, &config, NULL, NULL);
    }
    return error == TS_OK && hit->has_checksum;
}

static void take(struct ts_scenario_shrunk *of, const struct ts_shrunk *shrunk)
{
    ts_shrunk_fini(&of->best);
    of->best = *shrunk;
}

/* Under one setting more. True: the best is of that life now. */
static bool try_setting(struct ts_scenario_part *part, const char *key, const char *value)
{
    static struct ts_deviation deviations[TS_DEVIATIONS_MAX];
    static struct ts_scenario_target target; /* too large for a stack */
    struct ts_scenario_shrunk *of = part->of;
    struct ts_schedule hit = {.deviations = deviations};
    struct ts_shrunk shrunk;
    struct ts_diag diag;
    const char *settings[TS_SCENARIO_SETTINGS];
    size_t count = of->setting_count;
    bool taken = false;
    snprintf(of->settings[count], sizeof of->settings[count], "%s=%s", key, value);
    for (size_t i = 0; i <= count; i++) {
        settings[i] = of->settings[i];
    }
    if (ts_scenario_target_open(&target, of->find, settings, count + 1, &diag) != TS_OK) {
        return false;
    }
    bool again = find_again(part, target.driver, &hit);
    struct ts_shrink_request request = request_of(part, target.driver, &of->best.schedule);
    if (again && ts_shrink(&request, &hit, &shrunk, &diag) == TS_OK) {
        taken = shrunk.preemptions <= of->best.preemptions &&
                shrunk.schedule.count <= of->best.schedule.count && shrunk.steps < of->best.steps;
        part->tries += shrunk.tries;
        if (taken) {
            take(of, &shrunk);
            of->setting_count++;
        } else {
            ts_shrunk_fini(&shrunk);
        }
    }
    ts_scenario_target_close(&target);
    return taken;
}

/* What somebody has set stays. */
static bool is_given(const struct ts_scenario_find *find, const char *key)
{
    const struct ts_cell *cell = &find->options->plan.cells[find->finding->cell];
    size_t length = strlen(key);
    bool given = false;
    for (size_t i = 0; i < find->options->setting_count; i++) {
        given = given || (strncmp(find->options->settings[i], key, length) == 0 &&
                          find->options->settings[i][length] == '=');
    }
    for (size_t i = 0; i < cell->setting_count; i++) {
        given = given || (strncmp(cell->settings[i], key, length) == 0 && cell->settings[i][length] == '=');
    }
    return given;
}

static bool is_set(const struct ts_scenario_shrunk *of, const char *key)
{
    bool set = is_given(of->find, key);
    for (size_t i = 0; i < of->setting_count; i++) {
        set = set || (strncmp(of->settings[i], key, strlen(key)) == 0 && of->settings[i][strlen(key)] == '=');
    }
    return set;
}

/* False, and the reason as the end: nothing further is tried. */
static bool goes_on(struct ts_scenario_part *part)
{
    enum ts_shrunk_end end = ts_interrupt_count() > 0            ? TS_SHRUNK_STOPPED
                             : ts_clock_ns() >= part->until_ns   ? TS_SHRUNK_TIME
                             : tries_left(part) <= TRIES_SMALLER ? TS_SHRUNK_TRIES
                                                                 : TS_SHRUNK_WHOLE;
    part->of->small_end = end;
    return end == TS_SHRUNK_WHOLE;
}

static void make_smaller(struct ts_scenario_part *part)
{
    const struct ts_scenario_find *find = part->of->find;
    const struct ts_cell *cell = &find->options->plan.cells[find->finding->cell];
    bool whole = true;
    for (size_t i = 0; i < SMALLER_COUNT; i++) {
        bool taken = is_set(part->of, smaller[i].key) || !ts_scenario_knows(cell->scenario, smaller[i].key);
        for (size_t j = 0; j < SMALLER_MAX && smaller[i].values[j] != NULL && !taken && whole; j++) {
            whole = goes_on(part);
            taken = whole && try_setting(part, smaller[i].key, smaller[i].values[j]);
        }
    }
    part->of->made_small = whole;
}

/* The schedule under the settings that it has by now. */
static ts_err shrink_schedule(struct ts_scenario_part *part, const struct ts_schedule *found)
{
    static struct ts_scenario_target target; /* too large for a stack */
    struct ts_scenario_shrunk *of = part->of;
    struct ts_schedule hints[TS_SHRINK_HINTS];
    struct ts_shrunk shrunk;
    const char *settings[TS_SCENARIO_SETTINGS];
    uint64_t life = strtoull(of->find->life->seed, NULL, 0);
    for (size_t i = 0; i < of->setting_count; i++) {
        settings[i] = of->settings[i];
    }
    ts_err error = ts_scenario_target_open(&target, of->find, settings, of->setting_count, part->diag);
    if (error != TS_OK) {
        return error;
    }
    struct ts_shrink_request request = request_of(part, target.driver, found);
    request.tries_max -= request.tries_max / 3; /* the rest is for what is smaller */
    if (of->setting_count == 0) {
        request.hints = hints;
        request.hint_count = ts_shrink_hints_of(part->hints, life, found->points, hints);
    }
    error = ts_shrink(&request, found, &shrunk, part->diag);
    if (error == TS_OK) {
        of->preemptions_found = of->begun ? of->preemptions_found : shrunk.preemptions_before;
        of->deviations_found = of->begun ? of->deviations_found : shrunk.deviations_before;
        of->begun = true;
        part->tries += shrunk.tries;
        if (of->setting_count == 0) {
            ts_shrink_hints_add(part->hints, life, &shrunk.schedule);
        }
        take(of, &shrunk);
    }
    ts_scenario_target_close(&target);
    return error;
}

static ts_err shrink_as_found(struct ts_scenario_part *part)
{
    static struct ts_deviation deviations[TS_DEVIATIONS_MAX];
    struct ts_schedule found = {.deviations = deviations};
    size_t place = 0;
    const struct ts_scenario_find *find = part->of->find;
    if (find->life->schedule[0] == '\0' ||
        !ts_schedule_parse(find->life->schedule, &found, TS_DEVIATIONS_MAX, &place)) {
        return ts_fail(part->diag, TS_INVALID, "shrink", find->finding->signature,
                       "its life has no schedule");
    }
    return shrink_schedule(part, &found);
}

ts_err ts_scenario_shrink_part(struct ts_scenario_part *part)
{
    struct ts_scenario_shrunk *of = part->of;
    ts_err error = TS_OK;
    if (!of->begun) {
        error = shrink_as_found(part);
    } else if (of->best.end != TS_SHRUNK_WHOLE) {
        error = shrink_schedule(part, &of->best.schedule);
    } else {
        make_smaller(part);
    }
    of->tries += part->tries;
    return error;
}

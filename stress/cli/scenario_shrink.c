#include "cli/scenario_shrink.h"

#include "base/clock.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "explore/shrink.h"
#include "explore/strategy/auto.h"
#include "supervisor/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TRIES_LEAST   200 /* of a finding; one has half of what is left of all, up to its own budget */
#define TRIES_ALL     3   /* times the budget of one */
#define LIMIT_MS      60000
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

struct shrinking {
    const struct ts_scenario_find *find;
    struct ts_progress progress;
    uint64_t tries_max;
    int64_t until_ns;
    struct ts_diag *diag;
    struct ts_shrunk best;
    char settings[TS_SCENARIO_SETTINGS][64];
    size_t setting_count;
    uint64_t tries;
    /* Of the search under way. */
    struct ts_schedule *hit;
};

static bool on_try(uint64_t tries, uint64_t preemptions, void *user_data)
{
    struct shrinking *shrinking = user_data;
    ts_progress_note(&shrinking->progress,
                     "shrinking %s: %" PRIu64 " schedules, %" PRIu64 " preemptions left",
                     shrinking->find->finding->signature, tries, preemptions);
    return ts_interrupt_count() == 0;
}

static uint64_t tries_left(const struct shrinking *shrinking)
{
    return shrinking->tries < shrinking->tries_max ? shrinking->tries_max - shrinking->tries : 0;
}

static struct ts_shrink_request request_of(struct shrinking *shrinking, struct ts_driver *driver,
                                           const struct ts_schedule *found)
{
    struct ts_shrink_request request = {.driver = driver,
                                        .config = ts_driver_defaults(),
                                        .signature = shrinking->find->finding->signature,
                                        .tries_max = tries_left(shrinking),
                                        .limit_ms = (shrinking->until_ns - ts_clock_ns()) / TS_NS_PER_MS,
                                        .tick = on_try,
                                        .user_data = shrinking};
    request.config.points = found->points;
    return request;
}

static bool keep_hit(const struct ts_driver_event *event, void *user_data)
{
    struct shrinking *shrinking = user_data;
    struct ts_schedule *hit = shrinking->hit;
    shrinking->tries++;
    for (size_t i = 0; i < event->finding_count && !hit->has_checksum; i++) {
        if (strcmp(event->findings[i]->signature, shrinking->find->finding->signature) == 0) {
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
    const struct shrinking *shrinking = user_data;
    (void)progress;
    return ts_clock_ns() < shrinking->until_ns && ts_interrupt_count() == 0;
}

/* The finding in another life: by the schedule at hand as far as it can be followed, else by a search. */
static bool find_again(struct shrinking *shrinking, struct ts_driver *driver, struct ts_schedule *hit)
{
    struct ts_driver_listener listener = {keep_hit, on_tick, shrinking};
    struct ts_explore_config config = ts_driver_defaults();
    hit->has_checksum = false;
    hit->points = shrinking->best.schedule.points;
    shrinking->hit = hit;
    config.points = hit->points;
    config.attend = true;
    config.replay = true;
    config.lenient = true;
    (void)ts_driver_listen(driver, &listener);
    ts_err error = ts_driver_run(driver, &config, &shrinking->best.schedule, NULL);
    if (error == TS_OK && !hit->has_checksum) {
        config.replay = false;
        config.lenient = false;
        config.count = tries_left(shrinking) / 2 < SEARCH_MAX ? tries_left(shrinking) / 2 + 1 : SEARCH_MAX;
        config.strategies = ts_strategies_auto(config.strategy);
        error = ts_driver_run(driver, &config, NULL, NULL);
    }
    return error == TS_OK && hit->has_checksum;
}

/* Under one setting more. True: the best is of that life now. */
static bool try_setting(struct shrinking *shrinking, const char *key, const char *value)
{
    static struct ts_deviation deviations[TS_DEVIATIONS_MAX];
    static struct ts_scenario_target target; /* too large for a stack */
    struct ts_schedule hit = {.deviations = deviations};
    struct ts_shrunk shrunk;
    struct ts_diag diag;
    const char *settings[TS_SCENARIO_SETTINGS];
    size_t count = shrinking->setting_count;
    bool taken = false;
    snprintf(shrinking->settings[count], sizeof shrinking->settings[count], "%s=%s", key, value);
    for (size_t i = 0; i <= count; i++) {
        settings[i] = shrinking->settings[i];
    }
    if (ts_scenario_target_open(&target, shrinking->find, settings, count + 1, &diag) != TS_OK) {
        return false;
    }
    bool again = find_again(shrinking, target.driver, &hit);
    struct ts_shrink_request request = request_of(shrinking, target.driver, &shrinking->best.schedule);
    if (again && ts_shrink(&request, &hit, &shrunk, &diag) == TS_OK) {
        taken = shrunk.preemptions <= shrinking->best.preemptions &&
                shrunk.schedule.count <= shrinking->best.schedule.count &&
                shrunk.steps < shrinking->best.steps;
        shrinking->tries += shrunk.tries;
        if (taken) {
            shrunk.preemptions_before = shrinking->best.preemptions_before;
            ts_shrunk_fini(&shrinking->best);
            shrinking->best = shrunk;
            shrinking->setting_count++;
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

static void make_smaller(struct shrinking *shrinking)
{
    const struct ts_cell *cell = &shrinking->find->options->plan.cells[shrinking->find->finding->cell];
    for (size_t i = 0; i < SMALLER_COUNT; i++) {
        bool taken =
            is_given(shrinking->find, smaller[i].key) || !ts_scenario_knows(cell->scenario, smaller[i].key);
        for (size_t j = 0; j < SMALLER_MAX && smaller[i].values[j] != NULL && !taken; j++) {
            bool goes_on = tries_left(shrinking) > TRIES_SMALLER && ts_clock_ns() < shrinking->until_ns;
            taken = !goes_on || ts_interrupt_count() > 0 ||
                    try_setting(shrinking, smaller[i].key, smaller[i].values[j]);
        }
    }
}

static ts_err shrink_as_found(struct shrinking *shrinking, const struct ts_schedule *found)
{
    static struct ts_scenario_target target; /* too large for a stack */
    ts_err error = ts_scenario_target_open(&target, shrinking->find, NULL, 0, shrinking->diag);
    if (error == TS_OK) {
        struct ts_shrink_request request = request_of(shrinking, target.driver, found);
        request.tries_max -= request.tries_max / 3; /* the rest is for what is smaller */
        request.limit_ms -= request.limit_ms / 3;
        error = ts_shrink(&request, found, &shrinking->best, shrinking->diag);
        shrinking->tries = shrinking->best.tries;
        ts_scenario_target_close(&target);
    }
    return error;
}

static json_t *describe(const struct shrinking *shrinking, const char *schedule)
{
    const struct ts_shrunk *best = &shrinking->best;
    json_t *settings = json_array();
    for (size_t i = 0; i < shrinking->setting_count; i++) {
        json_array_append_new(settings, json_string(shrinking->settings[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:b, s:I, s:I, s:I, s:s, s:s}", "signature",
                     shrinking->find->finding->signature, "seed", shrinking->find->life->seed, "schedule",
                     schedule, "schedule_found", shrinking->find->life->schedule, "settings", settings,
                     "preemptions", (json_int_t)best->preemptions, "preemptions_found",
                     (json_int_t)best->preemptions_before, "fewest", best->fewest, "threads",
                     (json_int_t)best->threads, "steps", (json_int_t)best->steps, "tries",
                     (json_int_t)shrinking->tries, "shrinking", ts_shrunk_end_names[best->end], "ordering",
                     best->ordering);
}

static ts_err keep(const struct shrinking *shrinking, const char *schedule)
{
    char path[PATH_MAX + 64];
    const char *folder = shrinking->find->folder;
    json_t *object = describe(shrinking, schedule);
    snprintf(path, sizeof path, "%s/schedules", folder);
    (void)mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/schedules/%s.json", folder, shrinking->find->finding->signature);
    bool kept = object != NULL && json_dump_file(object, path, JSON_COMPACT | JSON_ENSURE_ASCII) == 0;
    json_decref(object);
    return kept ? TS_OK : ts_fail_errno(shrinking->diag, errno, "keep schedule", path);
}

static void print(const struct shrinking *shrinking, const char *schedule)
{
    const struct ts_shrunk *best = &shrinking->best;
    char text[160];
    printf("shrunk  %s from %" PRIu64 " preemptions to %" PRIu64 "%s, %" PRIu32 " threads, %" PRIu64
           " steps: %s\n",
           shrinking->find->finding->signature, best->preemptions_before, best->preemptions,
           best->fewest && best->preemptions > 0 ? " (none has fewer)" : "", best->threads, best->steps,
           schedule);
    for (size_t i = 0; i < shrinking->setting_count; i++) {
        printf("%s--set %s%s", i == 0 ? "        with " : " ", shrinking->settings[i],
               i + 1 == shrinking->setting_count ? "\n" : "");
    }
    for (const char *line = best->ordering; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        printf("        %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    ts_shrunk_say(best->end, shrinking->tries, text, sizeof text);
    if (text[0] != '\0') {
        printf("        %s\n", text);
    }
    fflush(stdout);
}

static ts_err finish(struct shrinking *shrinking)
{
    size_t size = ts_schedule_text_size(&shrinking->best.schedule);
    char *text = malloc(size);
    ts_err error = text != NULL && ts_schedule_text(&shrinking->best.schedule, text, size)
                       ? keep(shrinking, text)
                       : ts_fail(shrinking->diag, TS_NO_MEMORY, "shrink", shrinking->find->finding->signature,
                                 "no memory");
    if (error == TS_OK) {
        ts_progress_clear(&shrinking->progress);
        print(shrinking, text);
    }
    free(text);
    return error;
}

static ts_err shrink(struct shrinking *shrinking)
{
    static struct ts_deviation deviations[TS_DEVIATIONS_MAX];
    struct ts_schedule found = {.deviations = deviations};
    size_t place = 0;
    const char *text = shrinking->find->life->schedule;
    if (text[0] == '\0' || !ts_schedule_parse(text, &found, TS_DEVIATIONS_MAX, &place)) {
        return ts_fail(shrinking->diag, TS_INVALID, "shrink", shrinking->find->finding->signature,
                       "its life has no schedule");
    }
    ts_err error = shrink_as_found(shrinking, &found);
    if (error == TS_OK) {
        make_smaller(shrinking);
        error = finish(shrinking);
        ts_shrunk_fini(&shrinking->best);
    }
    return error;
}

int ts_scenario_shrink(const char *command, const struct ts_scenario_find *find, uint64_t tries, bool quiet)
{
    struct ts_diag diag = {0};
    struct shrinking shrinking = {
        .find = find, .tries_max = tries, .until_ns = ts_clock_ns() + LIMIT_MS * TS_NS_PER_MS, .diag = &diag};
    ts_progress_init(&shrinking.progress, quiet, false, 1);
    ts_err error = shrink(&shrinking);
    ts_progress_clear(&shrinking.progress);
    return error == TS_OK ? TS_EXIT_OK : ts_complain(command, &diag);
}

static const struct ts_record_life *life_of(const struct ts_record *record, const struct ts_finding *finding)
{
    for (size_t i = 0; i < record->life_count; i++) {
        const struct ts_record_life *life = &record->lives[i];
        if (life->cell == finding->cell && life->life == finding->life && life->schedule[0] != '\0') {
            return life;
        }
    }
    return NULL;
}

void ts_scenario_shrink_run(const struct ts_run_options *options, const char *folder, uint64_t tries)
{
    char path[PATH_MAX + 32];
    struct ts_record *record = NULL;
    struct ts_diag diag;
    uint64_t left = tries * TRIES_ALL;
    snprintf(path, sizeof path, "%s/record.jsonl", folder);
    if (ts_record_load(path, &record, &diag) != TS_OK) {
        ts_complain("explore", &diag);
        return;
    }
    for (size_t i = 0; i < record->finding_count && ts_interrupt_count() == 0; i++) {
        const struct ts_finding *finding = &record->findings[i];
        struct ts_scenario_find find = {options, finding, life_of(record, finding), folder};
        uint64_t share = left / 2 > TRIES_LEAST ? left / 2 : TRIES_LEAST;
        share = share < tries ? share : tries;
        if (find.life != NULL) {
            (void)ts_scenario_shrink("explore", &find, share, options->quiet);
            left -= share < left ? share : left;
        }
    }
    ts_record_free(record);
}

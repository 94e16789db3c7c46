/* All findings of a run, or one: the budget, what is kept, what is said. */
#include "base/clock.h"
#include "cli/command.h"
#include "cli/scenario_shrink_state.h"
#include "supervisor/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TRIES_ALL 3 /* times the budget of one */

struct shrinking {
    const char *command;
    struct ts_scenario_shrunk *list;
    struct ts_shrink_item *items;
    size_t count;
    struct ts_shrink_hints hints;
    struct ts_progress progress;
    int64_t until_ns;
    int code; /* of the first error */
};

static enum ts_shrunk_end end_of(const struct ts_scenario_shrunk *shrunk)
{
    return shrunk->best.end != TS_SHRUNK_WHOLE || shrunk->made_small ? shrunk->best.end : shrunk->small_end;
}

static json_t *describe(const struct ts_scenario_shrunk *shrunk, const char *schedule)
{
    const struct ts_shrunk *best = &shrunk->best;
    json_t *settings = json_array();
    for (size_t i = 0; i < shrunk->setting_count; i++) {
        json_array_append_new(settings, json_string(shrunk->settings[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:b, s:I, s:I, s:I, s:s, s:s}", "signature",
                     shrunk->find->finding->signature, "seed", shrunk->find->life->seed, "schedule", schedule,
                     "schedule_found", shrunk->find->life->schedule, "settings", settings, "preemptions",
                     (json_int_t)best->preemptions, "preemptions_found",
                     (json_int_t)shrunk->preemptions_found, "fewest", best->fewest, "threads",
                     (json_int_t)best->threads, "steps", (json_int_t)best->steps, "tries",
                     (json_int_t)shrunk->tries, "shrinking", ts_shrunk_end_names[end_of(shrunk)], "ordering",
                     best->ordering);
}

static ts_err keep(const struct ts_scenario_shrunk *shrunk, const char *schedule, struct ts_diag *diag)
{
    char path[PATH_MAX + 64];
    const char *folder = shrunk->find->folder;
    json_t *object = describe(shrunk, schedule);
    snprintf(path, sizeof path, "%s/schedules", folder);
    (void)mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/schedules/%s.json", folder, shrunk->find->finding->signature);
    bool kept = object != NULL && json_dump_file(object, path, JSON_COMPACT | JSON_ENSURE_ASCII) == 0;
    json_decref(object);
    return kept ? TS_OK : ts_fail_errno(diag, errno, "keep schedule", path);
}

/* The schedule's text; freed by free. */
static char *text_of(const struct ts_scenario_shrunk *shrunk)
{
    size_t size = ts_schedule_text_size(&shrunk->best.schedule);
    char *text = malloc(size);
    if (text != NULL && !ts_schedule_text(&shrunk->best.schedule, text, size)) {
        free(text);
        text = NULL;
    }
    return text;
}

/* How far it came. */
static void print_end(const struct ts_scenario_shrunk *shrunk)
{
    char end[200];
    ts_shrunk_say(shrunk->best.end, shrunk->tries, shrunk->best.schedule.count, shrunk->deviations_found, end,
                  sizeof end);
    printf("        %s\n", end);
    if (shrunk->best.end == TS_SHRUNK_WHOLE && !shrunk->made_small) {
        printf("        smaller settings were not all tried: %s\n",
               ts_interrupt_count() > 0               ? "it was interrupted"
               : shrunk->small_end == TS_SHRUNK_TRIES ? "its budget was used up"
                                                      : "its share of the time was used up");
    }
}

static void print(const struct ts_scenario_shrunk *shrunk)
{
    const struct ts_shrunk *best = &shrunk->best;
    char *schedule = text_of(shrunk);
    printf("shrunk  %s from %" PRIu64 " preemptions to %" PRIu64 "%s, %" PRIu32 " threads, %" PRIu64
           " steps: %s\n",
           shrunk->find->finding->signature, shrunk->preemptions_found, best->preemptions,
           best->fewest && best->preemptions > 0 ? " (none has fewer)" : "", best->threads, best->steps,
           schedule != NULL ? schedule : "");
    for (size_t i = 0; i < shrunk->setting_count; i++) {
        printf("%s--set %s%s", i == 0 ? "        with " : " ", shrunk->settings[i],
               i + 1 == shrunk->setting_count ? "\n" : "");
    }
    for (const char *line = best->ordering; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        printf("        %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    print_end(shrunk);
    free(schedule);
}

static void print_all(const struct shrinking *shrinking)
{
    for (size_t i = 0; i < shrinking->count; i++) {
        const struct ts_scenario_shrunk *shrunk = &shrinking->list[i];
        const char *why_not = shrunk->why_not[0] != '\0' ? shrunk->why_not
                              : ts_interrupt_count() > 0 ? "it was interrupted before"
                                                         : "no time was left for it (--shrink-for)";
        if (shrunk->begun) {
            print(shrunk);
        } else {
            printf("found   %s is as it was found, not shrunk: %s\n", shrunk->find->finding->signature,
                   why_not);
        }
    }
    fflush(stdout);
}

static void give_up(struct shrinking *shrinking, struct ts_scenario_shrunk *shrunk,
                    const struct ts_diag *diag)
{
    ts_progress_clear(&shrinking->progress);
    int code = ts_complain(shrinking->command, diag);
    shrinking->code = shrinking->code == TS_EXIT_OK ? code : shrinking->code;
    snprintf(shrunk->why_not, sizeof shrunk->why_not, "%.150s", diag->text);
}

static bool run_part(size_t index, uint64_t tries, int64_t limit_ms, void *user_data)
{
    struct shrinking *shrinking = user_data;
    struct ts_scenario_shrunk *shrunk = &shrinking->list[index];
    struct ts_shrink_item *item = &shrinking->items[index];
    struct ts_diag diag = {0};
    if (ts_interrupt_count() > 0) {
        return false;
    }
    struct ts_scenario_part part = {.of = shrunk,
                                    .hints = &shrinking->hints,
                                    .number = index + 1,
                                    .count = shrinking->count,
                                    .tries_max = tries,
                                    .until_ns = ts_clock_ns() + limit_ms * TS_NS_PER_MS,
                                    .all_until_ns = shrinking->until_ns,
                                    .progress = &shrinking->progress,
                                    .diag = &diag};
    uint64_t steps = shrunk->best.steps;
    bool was_whole = shrunk->best.end == TS_SHRUNK_WHOLE;
    ts_err error = ts_scenario_shrink_part(&part);
    if (error == TS_OK) {
        char *schedule = text_of(shrunk);
        error = schedule != NULL
                    ? keep(shrunk, schedule, &diag)
                    : ts_fail(&diag, TS_NO_MEMORY, "shrink", shrunk->find->finding->signature, "no memory");
        free(schedule);
    }
    if (error != TS_OK) {
        give_up(shrinking, shrunk, &diag);
    }
    item->settled = error != TS_OK || shrunk->made_small;
    item->better = shrunk->best.schedule.count < item->left || shrunk->best.steps < steps ||
                   (!was_whole && shrunk->best.end == TS_SHRUNK_WHOLE);
    item->begun = true;
    item->left = shrunk->best.schedule.count;
    item->tries = shrunk->tries;
    item->end = end_of(shrunk);
    return ts_interrupt_count() == 0;
}

int ts_scenario_shrink(const char *command, const struct ts_scenario_find *finds, size_t count,
                       const struct ts_scenario_shrink_budget *budget, bool quiet)
{
    struct shrinking shrinking = {.command = command,
                                  .list = calloc(count, sizeof *shrinking.list),
                                  .items = calloc(count, sizeof *shrinking.items),
                                  .count = count,
                                  .until_ns = ts_clock_ns() + budget->limit_ms * TS_NS_PER_MS};
    struct ts_shrink_rounds rounds = {.tries_each = budget->tries,
                                      .tries_all = budget->tries * TRIES_ALL,
                                      .limit_ms = budget->limit_ms,
                                      .part = run_part,
                                      .user_data = &shrinking};
    if (shrinking.list == NULL || shrinking.items == NULL) {
        free(shrinking.list);
        free(shrinking.items);
        return ts_usage(command, "no memory");
    }
    for (size_t i = 0; i < count; i++) {
        shrinking.list[i].find = &finds[i];
        shrinking.list[i].small_end = TS_SHRUNK_TIME; /* until it has been tried */
    }
    ts_progress_init(&shrinking.progress, quiet, false, 1);
    ts_shrink_rounds(&rounds, shrinking.items, count);
    ts_progress_clear(&shrinking.progress);
    print_all(&shrinking);
    for (size_t i = 0; i < count; i++) {
        ts_shrunk_fini(&shrinking.list[i].best);
    }
    ts_shrink_hints_fini(&shrinking.hints);
    free(shrinking.list);
    free(shrinking.items);
    return shrinking.code;
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

void ts_scenario_shrink_run(const struct ts_run_options *options, const char *folder,
                            const struct ts_scenario_shrink_budget *budget)
{
    char path[PATH_MAX + 32];
    struct ts_record *record = NULL;
    struct ts_diag diag;
    size_t count = 0;
    snprintf(path, sizeof path, "%s/record.jsonl", folder);
    if (ts_record_load(path, &record, &diag) != TS_OK) {
        ts_complain("explore", &diag);
        return;
    }
    struct ts_scenario_find *finds = calloc(record->finding_count + 1, sizeof *finds);
    for (size_t i = 0; finds != NULL && i < record->finding_count; i++) {
        const struct ts_finding *finding = &record->findings[i];
        finds[count] = (struct ts_scenario_find){options, finding, life_of(record, finding), folder};
        count += finds[count].life != NULL;
    }
    if (count > 0) {
        (void)ts_scenario_shrink("explore", finds, count, budget, options->quiet);
    }
    free(finds);
    ts_record_free(record);
}

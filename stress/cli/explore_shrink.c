/* Findings of a search, with schedules as short as they can be. */
#include "base/clock.h"
#include "cli/command.h"
#include "cli/explore_options.h"
#include "cli/progress.h"
#include "explore/driver/finds.h"
#include "explore/shrink_hints.h"
#include "explore/shrink_rounds.h"
#include "supervisor/interrupt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_ALL 3 /* times the budget of one */

struct shrinking {
    const struct ts_explore_options *options;
    struct ts_driver *driver;
    struct ts_finds *finds;
    struct ts_shrink_item *items;
    uint32_t *deviations_found;
    struct ts_shrink_hints hints;
    struct ts_progress progress;
    size_t index; /* the one under way */
    int64_t until_ns;
    ts_err error;
    struct ts_diag *diag;
};

static bool on_tick(const struct ts_shrink_progress *now, void *user_data)
{
    struct shrinking *shrinking = user_data;
    int64_t left_ns = shrinking->until_ns - ts_clock_ns();
    ts_progress_note(&shrinking->progress,
                     "shrinking finding %zu of %zu: %" PRIu64 " schedules, %" PRIu64 " preemptions, %" PRIu32
                     " deviations left; %" PRId64 " s for all (Ctrl-C keeps what there is)",
                     shrinking->index + 1, shrinking->finds->count, now->tries, now->preemptions,
                     now->deviations, left_ns > 0 ? (int64_t)(left_ns / TS_NS_PER_S) : 0);
    return ts_interrupt_count() == 0;
}

static bool keep(struct ts_find *entry, struct ts_shrunk *shrunk)
{
    size_t size = ts_schedule_text_size(&shrunk->schedule);
    char *text = malloc(size);
    if (text == NULL || !ts_schedule_text(&shrunk->schedule, text, size)) {
        free(text);
        return false;
    }
    if (entry->found == NULL) {
        entry->found = entry->schedule;
        entry->preemptions_found = shrunk->preemptions_before;
    } else {
        free(entry->schedule); /* of an earlier round */
        free(entry->ordering);
    }
    entry->schedule = text;
    entry->ordering = shrunk->ordering;
    shrunk->ordering = NULL;
    entry->preemptions = shrunk->preemptions;
    entry->fewest = shrunk->fewest;
    entry->threads = shrunk->threads;
    entry->steps = shrunk->steps;
    entry->shrinking = ts_shrunk_end_names[shrunk->end];
    return true;
}

static void note(struct shrinking *shrinking, size_t index, const struct ts_shrunk *shrunk)
{
    struct ts_find *entry = &shrinking->finds->list[index];
    struct ts_shrink_item *item = &shrinking->items[index];
    if (!item->begun) {
        shrinking->deviations_found[index] = shrunk->deviations_before;
    }
    item->begun = true;
    item->better = shrunk->schedule.count < shrunk->deviations_before;
    item->left = shrunk->schedule.count;
    item->tries += shrunk->tries;
    item->end = shrunk->end;
    entry->tries = item->tries;
    ts_shrunk_say(shrunk->end, item->tries, shrunk->schedule.count, shrinking->deviations_found[index],
                  entry->shrunk, sizeof entry->shrunk);
    ts_shrink_hints_add(&shrinking->hints, 0, &shrunk->schedule);
}

/* It stays as it was. */
static void give_up(struct shrinking *shrinking, size_t index, uint64_t tries)
{
    struct ts_find *entry = &shrinking->finds->list[index];
    entry->unsteady = true;
    shrinking->items[index].begun = true;
    shrinking->items[index].settled = true;
    shrinking->items[index].tries += tries;
    ts_progress_clear(&shrinking->progress);
    fprintf(stderr, "tickstorm explore: shrink: %s: %s\n", entry->signature, shrinking->diag->text);
    if (entry->found == NULL) {
        snprintf(entry->shrunk, sizeof entry->shrunk, "not shrunk: %.120s", shrinking->diag->text);
    }
}

static bool shrink_further(size_t index, uint64_t tries, int64_t limit_ms, void *user_data)
{
    static struct ts_deviation deviations[TS_DEVIATIONS_MAX];
    struct shrinking *shrinking = user_data;
    struct ts_find *entry = &shrinking->finds->list[index];
    struct ts_schedule found = {.deviations = deviations}, hints[TS_SHRINK_HINTS];
    struct ts_shrunk shrunk;
    struct ts_shrink_request request = {.driver = shrinking->driver,
                                        .config = shrinking->options->config,
                                        .signature = entry->signature,
                                        .tries_max = tries,
                                        .limit_ms = limit_ms,
                                        .hints = hints,
                                        .tick = on_tick,
                                        .user_data = shrinking};
    size_t place = 0;
    if (ts_interrupt_count() > 0) {
        return false;
    }
    shrinking->index = index;
    if (!ts_schedule_parse(entry->schedule, &found, TS_DEVIATIONS_MAX, &place)) {
        shrinking->error =
            ts_fail(shrinking->diag, TS_INVALID, "shrink", entry->signature, "its schedule has no text");
        return false;
    }
    request.hint_count = ts_shrink_hints_of(&shrinking->hints, 0, found.points, hints);
    ts_err error = ts_shrink(&request, &found, &shrunk, shrinking->diag);
    if (error == TS_MISMATCH) {
        give_up(shrinking, index, shrunk.tries);
        return true;
    }
    if (error == TS_OK) {
        note(shrinking, index, &shrunk);
        error = keep(entry, &shrunk)
                    ? TS_OK
                    : ts_fail(shrinking->diag, TS_NO_MEMORY, "shrink", entry->signature, "no memory");
        ts_shrunk_fini(&shrunk);
    }
    shrinking->error = error;
    return error == TS_OK && ts_interrupt_count() == 0;
}

/* Those that no part was for. */
static void say_left(const struct shrinking *shrinking)
{
    for (size_t i = 0; i < shrinking->finds->count; i++) {
        struct ts_find *entry = &shrinking->finds->list[i];
        if (!shrinking->items[i].begun) {
            snprintf(entry->shrunk, sizeof entry->shrunk, "not shrunk: %s",
                     ts_interrupt_count() > 0 ? "it was interrupted before" : "no time was left for it");
        }
    }
}

ts_err ts_explore_shrink(const struct ts_explore_options *options, struct ts_driver *driver,
                         struct ts_finds *finds, struct ts_diag *diag)
{
    int64_t limit_ms = ts_shrink_limit_ms(options->shrink_for_ms, options->for_ms);
    struct shrinking shrinking = {.options = options,
                                  .driver = driver,
                                  .finds = finds,
                                  .items = calloc(finds->count, sizeof *shrinking.items),
                                  .deviations_found =
                                      calloc(finds->count, sizeof *shrinking.deviations_found),
                                  .until_ns = ts_clock_ns() + limit_ms * TS_NS_PER_MS,
                                  .diag = diag};
    struct ts_shrink_rounds rounds = {.tries_each = options->shrink_tries,
                                      .tries_all = options->shrink_tries * TRIES_ALL,
                                      .limit_ms = limit_ms,
                                      .part = shrink_further,
                                      .user_data = &shrinking};
    ts_progress_init(&shrinking.progress, options->quiet || options->json, false, 1);
    if (shrinking.items != NULL && shrinking.deviations_found != NULL) {
        ts_shrink_rounds(&rounds, shrinking.items, finds->count);
        ts_progress_clear(&shrinking.progress);
        say_left(&shrinking);
    } else {
        shrinking.error = ts_fail(diag, TS_NO_MEMORY, "shrink", "", "no memory");
    }
    ts_shrink_hints_fini(&shrinking.hints);
    free(shrinking.items);
    free(shrinking.deviations_found);
    return shrinking.error;
}

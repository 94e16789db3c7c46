/* Findings of a search, with schedules as short as they can be. */
#include "cli/command.h"
#include "cli/explore_options.h"
#include "cli/progress.h"
#include "explore/driver/finds.h"
#include "explore/shrink.h"
#include "supervisor/interrupt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_LEAST 200 /* of a finding; one has half of what is left of all, up to its own budget */
#define TRIES_ALL   3   /* times the budget of one */
#define LIMIT_MS    60000

struct shrinking {
    struct ts_progress progress;
    uint64_t tries_left;
    const struct ts_find *entry;
};

static bool on_tick(uint64_t tries, uint64_t preemptions, void *user_data)
{
    struct shrinking *shrinking = user_data;
    ts_progress_note(&shrinking->progress,
                     "shrinking %s: %" PRIu64 " schedules, %" PRIu64 " preemptions of %" PRIu64 " left",
                     shrinking->entry->signature, tries, preemptions, shrinking->entry->preemptions);
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
    entry->found = entry->schedule;
    entry->preemptions_found = shrunk->preemptions_before;
    entry->schedule = text;
    entry->ordering = shrunk->ordering;
    shrunk->ordering = NULL;
    entry->preemptions = shrunk->preemptions;
    entry->fewest = shrunk->fewest;
    entry->threads = shrunk->threads;
    entry->steps = shrunk->steps;
    entry->shrinking = ts_shrunk_end_names[shrunk->end];
    entry->tries = shrunk->tries;
    ts_shrunk_say(shrunk->end, shrunk->tries, entry->cut_short, sizeof entry->cut_short);
    return true;
}

/* Schedules for the next finding: many of them must not make it endless. */
static uint64_t share(const struct shrinking *shrinking, uint64_t own)
{
    uint64_t half = shrinking->tries_left / 2 > TRIES_LEAST ? shrinking->tries_left / 2 : TRIES_LEAST;
    return half < own ? half : own;
}

static ts_err shrink(struct shrinking *shrinking, const struct ts_explore_options *options,
                     struct ts_driver *driver, struct ts_find *entry, struct ts_diag *diag)
{
    static struct ts_deviation deviations[TS_DEVIATIONS_MAX];
    struct ts_schedule found = {.deviations = deviations};
    struct ts_shrunk shrunk;
    struct ts_shrink_request request = {.driver = driver,
                                        .config = options->config,
                                        .signature = entry->signature,
                                        .tries_max = share(shrinking, options->shrink_tries),
                                        .limit_ms = LIMIT_MS,
                                        .tick = on_tick,
                                        .user_data = shrinking};
    size_t place = 0;
    if (!ts_schedule_parse(entry->schedule, &found, TS_DEVIATIONS_MAX, &place)) {
        return ts_fail(diag, TS_INVALID, "shrink", entry->signature, "its schedule has no text");
    }
    shrinking->entry = entry;
    ts_err error = ts_shrink(&request, &found, &shrunk, diag);
    if (error == TS_OK && !keep(entry, &shrunk)) {
        error = ts_fail(diag, TS_NO_MEMORY, "shrink", entry->signature, "no memory");
    }
    shrinking->tries_left -= shrunk.tries < shrinking->tries_left ? shrunk.tries : shrinking->tries_left;
    if (error == TS_OK) {
        ts_shrunk_fini(&shrunk);
    }
    return error;
}

ts_err ts_explore_shrink(const struct ts_explore_options *options, struct ts_driver *driver,
                         struct ts_finds *finds, struct ts_diag *diag)
{
    struct shrinking shrinking = {.tries_left = options->shrink_tries * TRIES_ALL};
    ts_err error = TS_OK;
    ts_progress_init(&shrinking.progress, options->quiet || options->json, false, 1);
    for (size_t i = 0; i < finds->count && error == TS_OK && ts_interrupt_count() == 0; i++) {
        error = shrink(&shrinking, options, driver, &finds->list[i], diag);
        ts_progress_clear(&shrinking.progress);
        if (error == TS_MISMATCH) { /* it stays as it was found */
            fprintf(stderr, "tickstorm explore: shrink: %s: %s\n", diag->subject, diag->text);
            error = TS_OK;
        }
    }
    return error;
}

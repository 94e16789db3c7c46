/* Findings of a search, with schedules as short as they can be. */
#include "base/clock.h"
#include "cli/command.h"
#include "cli/explore_options.h"
#include "cli/progress.h"
#include "explore/driver/finds.h"
#include "explore/shrink.h"
#include "supervisor/interrupt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 3000
#define FOR_MS    10000 /* one finding, and half of what is left of all */
#define LEAST_MS  1000
#define ALL_MS    30000

struct shrinking {
    struct ts_progress progress;
    int64_t began_ns;
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
    return true;
}

/* Milliseconds for the next finding: many of them must not make it endless. */
static int64_t share(const struct shrinking *shrinking)
{
    int64_t left_ms = (ALL_MS - (ts_clock_ns() - shrinking->began_ns) / TS_NS_PER_MS) / 2;
    left_ms = left_ms < FOR_MS ? left_ms : FOR_MS;
    return left_ms > LEAST_MS ? left_ms : LEAST_MS;
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
                                        .tries_max = TRIES_MAX,
                                        .for_ms = share(shrinking),
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
    if (error == TS_OK) {
        ts_shrunk_fini(&shrunk);
    }
    return error;
}

ts_err ts_explore_shrink(const struct ts_explore_options *options, struct ts_driver *driver,
                         struct ts_finds *finds, struct ts_diag *diag)
{
    struct shrinking shrinking = {.began_ns = ts_clock_ns()};
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

#include "explore/shrink_state.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROOFS      5u /* exact replays of the result */
#define LAST_PART   4  /* a fourth of tries and time is for the ordering */
#define NEAR_MAX    8u /* places tried for one preemption */
#define SEARCH_PART 3u /* the bounded search gets a third of the tries that are left */

/* Without deviations `from` to `from + size - 1`. */
static bool take_without(struct ts_shrinker *shrinker, uint32_t from, uint32_t size)
{
    uint32_t count = ts_shrink_copy(shrinker);
    uint32_t end = from + size < count ? from + size : count;
    memmove(&shrinker->candidate[from], &shrinker->candidate[end],
            (count - end) * sizeof *shrinker->candidate);
    return ts_shrink_take(shrinker, count - (end - from), false);
}

/* From the end, since what comes last depends on what is before it. */
static bool leave_out(struct ts_shrinker *shrinker, uint32_t size)
{
    bool reduced = false;
    uint32_t end = shrinker->best->count;
    while (end > 0 && ts_shrink_goes_on(shrinker)) {
        uint32_t from = end > size ? end - size : 0;
        reduced = take_without(shrinker, from, end - from) || reduced;
        end = from < shrinker->best->count ? from : shrinker->best->count;
    }
    return reduced;
}

static void delta_debug(struct ts_shrinker *shrinker)
{
    uint32_t size = shrinker->best->count;
    while (size > 0 && shrinker->best->count > 0 && ts_shrink_goes_on(shrinker)) {
        bool reduced = leave_out(shrinker, size);
        if (!reduced || size > shrinker->best->count) {
            size = size > shrinker->best->count ? shrinker->best->count : size;
            size = size == 1 && !reduced ? 0 : (size + 1) / 2;
        }
    }
}

/* The events at which a thread stopped because it had to, those nearest to `at` first. */
static uint32_t forced_events(const struct ts_trial *trial, const struct ts_deviation *deviation,
                              uint64_t *events)
{
    uint32_t count = 0;
    uint64_t last = 0;
    bool runs = false, given_way = false;
    for (uint32_t i = 0; i < trial->step_count && count < NEAR_MAX; i++) {
        const struct ts_step *step = &trial->step[i];
        if (step->thread != deviation->thread) {
            runs = false;
            continue;
        }
        if (step->preempted != 0) {
            given_way = true;
            continue;
        }
        if (!runs && !given_way && step->event > 1 && step->event + NEAR_MAX * 8 > deviation->at) {
            events[count++] = step->event;
        }
        runs = true;
        given_way = false;
        last = step->event;
    }
    if (count < NEAR_MAX) {
        events[count++] = last + 1; /* its end */
    }
    return count;
}

/* A switch at another event of the same thread. */
static bool move_to(struct ts_shrinker *shrinker, uint32_t index, uint64_t event)
{
    uint32_t count = ts_shrink_copy(shrinker);
    if (shrinker->candidate[index].at == event) {
        return false;
    }
    shrinker->candidate[index].at = event;
    return ts_shrink_take(shrinker, count, false);
}

static bool force_switches(struct ts_shrinker *shrinker)
{
    bool better = false;
    for (uint32_t i = 0; i < shrinker->best->count; i++) {
        uint64_t events[NEAR_MAX];
        if (shrinker->best->deviations[i].choice != 0) {
            continue;
        }
        uint32_t count = forced_events(shrinker->best, &shrinker->best->deviations[i], events);
        for (uint32_t j = 0; j < count && ts_shrink_goes_on(shrinker); j++) {
            if (move_to(shrinker, i, events[j])) {
                better = true;
                break;
            }
        }
    }
    return better;
}

static bool lower_threads(struct ts_shrinker *shrinker)
{
    bool better = false;
    for (uint32_t i = 0; i < shrinker->best->count; i++) {
        for (uint16_t value = 0; i < shrinker->best->count && value < shrinker->best->threads &&
                                 value < NEAR_MAX && ts_shrink_goes_on(shrinker);
             value++) {
            uint32_t count = ts_shrink_copy(shrinker);
            if (shrinker->candidate[i].choice == 0 && shrinker->candidate[i].value != value) {
                shrinker->candidate[i].value = value;
                better = ts_shrink_take(shrinker, count, false) || better;
            }
        }
    }
    return better;
}

/* All schedules with few preemptions, fewer than the best has. True when one is the best now; *fewest when
 * there is none. */
static bool search_fewer(struct ts_shrinker *shrinker, bool *fewest)
{
    uint64_t preemptions = shrinker->best->cost[TS_COST_PREEMPTIONS];
    if (preemptions == 0 || !ts_shrink_goes_on(shrinker) ||
        !ts_shrink_search(shrinker, (uint32_t)preemptions - 1,
                          (shrinker->tries_until - shrinker->tries) / SEARCH_PART + 1, fewest)) {
        return false;
    }
    memcpy(shrinker->candidate, shrinker->now->deviations,
           shrinker->now->count * sizeof *shrinker->candidate);
    return ts_shrink_take(shrinker, shrinker->now->count, false);
}

/* What others were shrunk to often shows this one, too, with less. */
static void try_hints(struct ts_shrinker *shrinker)
{
    const struct ts_shrink_request *request = shrinker->request;
    for (size_t i = 0; i < request->hint_count && shrinker->best->count > 0 && ts_shrink_goes_on(shrinker);
         i++) {
        const struct ts_schedule *hint = &request->hints[i];
        memcpy(shrinker->candidate, hint->deviations, hint->count * sizeof *shrinker->candidate);
        (void)ts_shrink_take(shrinker, hint->count, false);
    }
}

static void shrink(struct ts_shrinker *shrinker, bool *fewest)
{
    bool searched = false, better = true;
    while (better && shrinker->best->count > 0 && ts_shrink_goes_on(shrinker)) {
        delta_debug(shrinker);
        better = ts_shrink_join(shrinker);
        better = force_switches(shrinker) || better;
        better = lower_threads(shrinker) || better;
        if (!better && !searched) {
            searched = true;
            better = search_fewer(shrinker, fewest);
        }
    }
    *fewest = *fewest || shrinker->best->cost[TS_COST_PREEMPTIONS] == 0;
}

static bool allocate(struct ts_shrinker *shrinker)
{
    size_t size = TS_DEVIATIONS_MAX * sizeof(struct ts_deviation);
    shrinker->best = &shrinker->trials[0];
    shrinker->now = &shrinker->trials[1];
    shrinker->candidate = malloc(size);
    shrinker->best->deviations = malloc(size);
    shrinker->now->deviations = malloc(size);
    return shrinker->candidate != NULL && shrinker->best->deviations != NULL &&
           shrinker->now->deviations != NULL;
}

static void release(struct ts_shrinker *shrinker)
{
    free(shrinker->candidate);
    for (size_t i = 0; i < 2; i++) {
        free(shrinker->trials[i].deviations);
        free(shrinker->trials[i].step);
    }
}

/* The best, some times more; a schedule that is right by chance is none. */
static bool prove(struct ts_shrinker *shrinker)
{
    bool same = true;
    shrinker->proving = true;
    for (uint32_t i = 0; i < PROOFS && same; i++) {
        uint32_t count = ts_shrink_copy(shrinker);
        same = ts_shrink_try(shrinker, shrinker->candidate, count, false) &&
               shrinker->now->checksum == shrinker->best->checksum;
    }
    return same;
}

static bool keep(const struct ts_shrinker *shrinker, struct ts_shrunk *shrunk)
{
    const struct ts_trial *best = shrinker->best;
    struct ts_deviation *deviations = malloc((best->count + 1) * sizeof *deviations);
    if (deviations == NULL) {
        return false;
    }
    memcpy(deviations, best->deviations, best->count * sizeof *deviations);
    shrunk->schedule = (struct ts_schedule){.points = (enum ts_points)shrinker->request->config.points,
                                            .has_checksum = true,
                                            .checksum = ts_schedule_checksum(best->checksum),
                                            .count = best->count,
                                            .deviations = deviations};
    shrunk->preemptions = best->cost[TS_COST_PREEMPTIONS];
    shrunk->switches = best->cost[TS_COST_SWITCHES];
    shrunk->steps = best->steps;
    shrunk->threads = best->threads;
    return true;
}

static ts_err begin(struct ts_shrinker *shrinker, const struct ts_schedule *found, struct ts_shrunk *shrunk)
{
    shrinker->proving = true; /* without it there is nothing to cut short */
    bool shows = ts_shrink_try(shrinker, found->deviations, found->count, false);
    shrinker->proving = false;
    shrinker->end = TS_SHRUNK_WHOLE; /* so far */
    bool same = !found->has_checksum || ts_schedule_checksum(shrinker->now->checksum) == found->checksum;
    if (shrinker->error == TS_OK && (!shows || !same)) {
        return ts_fail(shrinker->diag, TS_MISMATCH, "shrink", shrinker->request->signature,
                       shows ? "its schedule brings it back with other events"
                             : "its schedule does not bring it back");
    }
    struct ts_trial *first = shrinker->now;
    shrinker->now = shrinker->best;
    shrinker->best = first;
    shrunk->preemptions_before = first->cost[TS_COST_PREEMPTIONS];
    shrunk->switches_before = first->cost[TS_COST_SWITCHES];
    shrunk->deviations_before = first->count;
    return shrinker->error;
}

/* What its limit leaves for steps, so that the proof is within it; at least half. */
static int64_t limit_of(const struct ts_shrink_request *request, int64_t first_ns)
{
    int64_t limit_ns = request->limit_ms * TS_NS_PER_MS;
    return first_ns * PROOFS < limit_ns / 2 ? limit_ns - first_ns * PROOFS : limit_ns / 2;
}

ts_err ts_shrink(const struct ts_shrink_request *request, const struct ts_schedule *found,
                 struct ts_shrunk *shrunk, struct ts_diag *diag)
{
    struct ts_shrinker shrinker = {.request = request, .diag = diag};
    int64_t began_ns = ts_clock_ns();
    shrinker.until_ns = began_ns + request->limit_ms * TS_NS_PER_MS;
    shrinker.tries_until = request->tries_max - request->tries_max / LAST_PART;
    *shrunk = (struct ts_shrunk){0};
    ts_err error = allocate(&shrinker)
                       ? begin(&shrinker, found, shrunk)
                       : ts_fail(diag, TS_NO_MEMORY, "shrink", request->signature, "no memory");
    if (error == TS_OK) {
        int64_t limit_ns = limit_of(request, ts_clock_ns() - began_ns);
        shrinker.until_ns = began_ns + limit_ns - limit_ns / LAST_PART;
        try_hints(&shrinker);
        shrink(&shrinker, &shrunk->fewest);
        shrinker.tries_until = request->tries_max;
        shrinker.until_ns = began_ns + limit_ns;
        shrunk->ordering = ts_shrink_ordering(&shrinker);
        shrunk->end = shrinker.end;
        error = shrinker.error;
    }
    if (error == TS_OK && !prove(&shrinker)) {
        error = shrinker.error != TS_OK ? shrinker.error
                                        : ts_fail(diag, TS_MISMATCH, "shrink", request->signature,
                                                  "the same schedule does not always show it");
    }
    if (error == TS_OK && (shrunk->ordering == NULL || !keep(&shrinker, shrunk))) {
        error = ts_fail(diag, TS_NO_MEMORY, "shrink", request->signature, "no memory");
    }
    shrunk->tries = shrinker.tries;
    release(&shrinker);
    if (error != TS_OK) {
        ts_shrunk_fini(shrunk);
    }
    return error;
}

void ts_shrunk_fini(struct ts_shrunk *shrunk)
{
    free(shrunk->schedule.deviations);
    free(shrunk->ordering);
    *shrunk = (struct ts_shrunk){0};
}

const char *const ts_shrunk_end_names[TS_SHRUNK_ENDS] = {"whole", "tries", "time", "stopped"};

void ts_shrunk_say(enum ts_shrunk_end end, uint64_t tries, uint32_t deviations, uint32_t deviations_before,
                   char *text, size_t size)
{
    static const char *const reasons[TS_SHRUNK_ENDS] = {
        [TS_SHRUNK_TRIES] = "its budget was used up: more may lead further",
        [TS_SHRUNK_TIME] = "its share of the time was used up: more, or a faster machine, may lead further",
        [TS_SHRUNK_STOPPED] = "it was interrupted",
    };
    if (end == TS_SHRUNK_WHOLE) {
        snprintf(text, size, "shrunk to the end, in %" PRIu64 " schedules: no step leads further", tries);
    } else {
        snprintf(text, size,
                 "shrinking was cut short after %" PRIu64 " schedules, with %" PRIu32 " of %" PRIu32
                 " deviations left: %s",
                 tries, deviations, deviations_before, reasons[end]);
    }
}

/* Which order of which two operations decides, for each switch of a shrunk schedule. */
#include "explore/shrink_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUT_OFF_MAX 16u /* operations before which one preemption is tried */
#define MEETING_MAX 16u /* operations of others that are tried as the other half */
#define NONE        UINT32_MAX

/* A preemption in the steps of a schedule. */
struct gap {
    uint32_t from; /* the step that gave way */
    uint32_t to;   /* where its thread goes on; the number of steps: never */
};

static bool reads(const struct ts_step *step)
{
    return step->kind == TS_OP_READ || step->kind == TS_OP_LOAD || step->kind == TS_OP_RDLOCK;
}

static bool conflict(const struct ts_step *a, const struct ts_step *b)
{
    return a->object_id != 0 && a->object_id == b->object_id && a->thread != b->thread &&
           !(reads(a) && reads(b));
}

static bool find_gap(const struct ts_trial *trial, uint32_t number, struct gap *gap)
{
    uint32_t seen = 0;
    for (uint32_t i = 0; i < trial->step_count; i++) {
        if (trial->step[i].preempted == 0 || seen++ < number) {
            continue;
        }
        gap->from = i;
        gap->to = i + 1;
        while (gap->to < trial->step_count && trial->step[gap->to].thread != trial->step[i].thread) {
            gap->to++;
        }
        return true;
    }
    return false;
}

/* The next operation in the gap that conflicts with `step`, at `from` or later; NONE. */
static uint32_t meeting(const struct ts_trial *trial, const struct gap *gap, const struct ts_step *step,
                        uint32_t from)
{
    for (uint32_t i = from; i < gap->to; i++) {
        if (trial->step[i].preempted == 0 && conflict(&trial->step[i], step)) {
            return i;
        }
    }
    return NONE;
}

/* The next operation of the preempted thread, after the one it stopped at, that conflicts with the gap. */
static uint32_t next_half(const struct ts_trial *trial, const struct gap *gap)
{
    uint16_t thread = trial->step[gap->from].thread;
    for (uint32_t i = gap->to; i < trial->step_count; i++) {
        const struct ts_step *step = &trial->step[i];
        if (step->thread == thread && step->event > trial->step[gap->from].event &&
            meeting(trial, gap, step, gap->from + 1) != NONE) {
            return i;
        }
    }
    return NONE;
}

/* Candidates: the best's deviations, but this thread is not preempted at `event` but at `later`. */
static uint32_t put_off(struct ts_shrinker *shrinker, uint16_t thread, uint64_t event, uint64_t later)
{
    uint32_t count = ts_shrink_copy(shrinker);
    for (uint32_t i = 0; i < count; i++) {
        struct ts_deviation *deviation = &shrinker->candidate[i];
        if (deviation->thread == thread && deviation->at == event && deviation->choice == 0) {
            deviation->at = later;
        }
    }
    return count;
}

/* As late as it can be: what its thread is about to do then is one half of what decides. */
static void put_off_all(struct ts_shrinker *shrinker)
{
    struct gap gap;
    for (uint32_t number = 0; find_gap(shrinker->best, number, &gap); number++) {
        for (uint32_t tries = 0;
             tries < PUT_OFF_MAX && find_gap(shrinker->best, number, &gap) && ts_shrink_goes_on(shrinker);
             tries++) {
            const struct ts_step *stop = &shrinker->best->step[gap.from];
            uint32_t next = next_half(shrinker->best, &gap);
            if (next == NONE ||
                !ts_shrink_take(
                    shrinker, put_off(shrinker, stop->thread, stop->event, shrinker->best->step[next].event),
                    true)) {
                break;
            }
        }
    }
}

/* With the preempted thread going on as soon as `step` is done. */
static bool shows_after(struct ts_shrinker *shrinker, const struct gap *gap, uint32_t step)
{
    const struct ts_trial *best = shrinker->best;
    uint16_t thread = best->step[step].thread;
    uint64_t event = best->step[step].event + 1;
    uint32_t count = ts_shrink_copy(shrinker);
    for (uint32_t i = 0; i < count; i++) {
        struct ts_deviation *deviation = &shrinker->candidate[i];
        if (deviation->thread == thread && deviation->at == event && deviation->choice == 0) {
            deviation->value = best->step[gap->from].thread;
            return ts_shrink_try(shrinker, shrinker->candidate, count, true);
        }
    }
    if (count == TS_DEVIATIONS_MAX) {
        return false;
    }
    shrinker->candidate[count] =
        (struct ts_deviation){.at = event, .thread = thread, .value = best->step[gap->from].thread};
    return ts_shrink_try(shrinker, shrinker->candidate, count + 1, true);
}

/* The operation of another thread that has to come first. With several, the first after which the finding
 * comes though the preempted thread goes on at once; *alone: it was tried, or there is one only. */
static uint32_t other_half(struct ts_shrinker *shrinker, const struct gap *gap, bool *alone)
{
    const struct ts_step *stop = &shrinker->best->step[gap->from];
    uint32_t first = meeting(shrinker->best, gap, stop, gap->from + 1), last = first;
    uint32_t next = first != NONE ? meeting(shrinker->best, gap, stop, first + 1) : NONE;
    *alone = first != NONE && next == NONE;
    uint32_t tried = 0;
    for (uint32_t at = first; !*alone && at != NONE && tried < MEETING_MAX && ts_shrink_goes_on(shrinker);
         tried++) {
        last = at;
        *alone = shows_after(shrinker, gap, at);
        at = meeting(shrinker->best, gap, stop, at + 1);
    }
    return last;
}

static void write_step(FILE *out, struct ts_shrinker *shrinker, const struct ts_step *step)
{
    const char *function = "";
    const char *place = ts_driver_place(shrinker->request->driver, step->pc, &function);
    fprintf(out, "%s (thread %u%s%s%s%s)", step->kind < TS_OP_COUNT ? ts_op_names[step->kind] : "?",
            step->thread, *place != '\0' ? ", " : "", place, *function != '\0' ? " in " : "", function);
}

/* False: the budget was at its end before that was tried. */
static bool explain_gap(FILE *out, struct ts_shrinker *shrinker, const struct gap *gap)
{
    const struct ts_step *a = &shrinker->best->step[gap->from];
    bool alone = false;
    uint32_t other = other_half(shrinker, gap, &alone);
    uint32_t count = put_off(shrinker, a->thread, a->event, a->event + 1);
    bool shows = ts_shrink_try(shrinker, shrinker->candidate, count, true);
    if (!shrinker->now->came || !ts_shrink_goes_on(shrinker)) {
        return false;
    }
    if (other == NONE || !alone || shows) {
        fprintf(out, "the switch before ");
        write_step(out, shrinker, a);
        fprintf(out, " is needed, but no single pair of operations decides\n");
        return true;
    }
    fprintf(out, "fails when ");
    write_step(out, shrinker, &shrinker->best->step[other]);
    fprintf(out, " comes before ");
    write_step(out, shrinker, a);
    fprintf(out, "; passes when thread %u's comes first\n", a->thread);
    return true;
}

/* Switches where the thread had to stop: who follows is what decides. */
static void explain_forced(FILE *out, const struct ts_trial *best)
{
    for (uint32_t i = 0; i < best->count; i++) {
        const struct ts_deviation *deviation = &best->deviations[i];
        bool preempts = false;
        for (uint32_t j = 0; j < best->step_count; j++) {
            const struct ts_step *step = &best->step[j];
            preempts = preempts || (step->preempted != 0 && step->thread == deviation->thread &&
                                    step->event == deviation->at);
        }
        if (deviation->choice != 0) {
            fprintf(out, "needs choice %u at event %" PRIu64 " of thread %u\n", deviation->value,
                    deviation->at, deviation->thread);
        } else if (!preempts) {
            fprintf(out,
                    "needs thread %u to be the one that goes on when thread %u cannot, at its event %" PRIu64
                    "\n",
                    deviation->value, deviation->thread, deviation->at);
        }
    }
}

char *ts_shrink_ordering(struct ts_shrinker *shrinker)
{
    char *text = NULL;
    size_t size = 0;
    struct gap gap;
    put_off_all(shrinker);
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    bool whole = true;
    for (uint32_t number = 0; whole && find_gap(shrinker->best, number, &gap); number++) {
        whole = ts_shrink_goes_on(shrinker) && explain_gap(out, shrinker, &gap);
    }
    if (!whole) {
        fprintf(out, "further orders were not tried\n");
    }
    explain_forced(out, shrinker->best);
    if (shrinker->best->count == 0) {
        fprintf(out, "needs no switch that could be left out: it comes when each thread runs until it has to "
                     "stop\n");
    }
    return fclose(out) == 0 ? text : NULL;
}

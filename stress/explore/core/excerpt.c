#include "explore/core/excerpt.h"

#define NEAR         6u  /* steps before and after a switch */
#define MEETINGS_MAX 32u /* steps at which threads meet; a loop has any number of them */

struct walk {
    const struct ts_run_result *result;
    uint32_t count;       /* of steps kept */
    uint32_t left;        /* steps that may be taken before the last ones */
    uint32_t tail;        /* the first of the last ones */
    uint32_t next_switch; /* index of the next preemption or meeting; count: none */
    uint32_t last_switch; /* and of the one before; TS_STEP_NONE: none */
    uint64_t number;      /* of the step at hand */
    uint32_t former;      /* index of the last step that was done */
    uint32_t taken;
    uint32_t meetings;
    uint32_t meeting[MEETINGS_MAX]; /* indices, rising */
};

static bool is_meeting(const struct walk *walk, uint32_t index)
{
    uint32_t i = 0;
    while (i < walk->meetings && walk->meeting[i] < index) {
        i++;
    }
    return i < walk->meetings && walk->meeting[i] == index;
}

static void add_meeting(struct walk *walk, uint32_t index)
{
    if (walk->meetings < MEETINGS_MAX && !is_meeting(walk, index)) {
        walk->meeting[walk->meetings++] = index;
    }
}

static void find_meetings(struct walk *walk, bool (*named)(const struct ts_step *step, void *user_data),
                          void *user_data)
{
    uint32_t former = TS_STEP_NONE;
    for (uint32_t i = 0; i < walk->count && walk->meetings < MEETINGS_MAX; i++) {
        const struct ts_step *step = &walk->result->step[i];
        if (step->preempted != 0 || !named(step, user_data)) {
            continue;
        }
        if (former != TS_STEP_NONE && walk->result->step[former].thread != step->thread) {
            add_meeting(walk, former);
            add_meeting(walk, i);
        }
        former = i;
    }
}

static uint32_t find_switch(const struct walk *walk, uint32_t from)
{
    while (from < walk->count && walk->result->step[from].preempted == 0 && !is_meeting(walk, from)) {
        from++;
    }
    return from;
}

/* Whether the thread's step is the one that a deviation names when the thread before could not go on. */
static bool is_picked(const struct walk *walk, const struct ts_step *step)
{
    const struct ts_run_result *result = walk->result;
    if (walk->former == TS_STEP_NONE || result->step[walk->former].thread == step->thread) {
        return false;
    }
    const struct ts_step *former = &result->step[walk->former];
    const struct ts_deviation *next = (void *)0;
    for (uint32_t i = 0; i < result->deviation_count; i++) {
        const struct ts_deviation *deviation = &result->deviations[i];
        if (deviation->choice == 0 && deviation->thread == former->thread && deviation->at > former->event &&
            (next == (void *)0 || deviation->at < next->at)) {
            next = deviation;
        }
    }
    return next != (void *)0 && next->value == step->thread;
}

static uint16_t choice_at(const struct ts_run_result *result, const struct ts_step *step)
{
    for (uint32_t i = 0; i < result->deviation_count; i++) {
        const struct ts_deviation *deviation = &result->deviations[i];
        if (deviation->choice != 0 && deviation->thread == step->thread && deviation->at == step->event) {
            return deviation->value;
        }
    }
    return 0;
}

/* The number of the step at an index at or before the one at hand. */
static uint64_t number_of(const struct walk *walk, uint32_t index, uint32_t from)
{
    uint64_t number = walk->number;
    for (uint32_t i = index + 1; i <= from; i++) {
        number -= walk->result->step[i].preempted == 0;
    }
    return number;
}

static bool is_near(struct walk *walk, uint32_t index)
{
    if (index > walk->next_switch || walk->next_switch == TS_STEP_NONE) {
        walk->last_switch = walk->next_switch;
        walk->next_switch = find_switch(walk, index);
    }
    bool before = walk->next_switch < walk->count && walk->next_switch - index <= NEAR;
    bool after = walk->last_switch != TS_STEP_NONE && index - walk->last_switch <= NEAR;
    return before || after;
}

static void take_stuck(struct walk *walk, uint32_t max,
                       void (*take)(const struct ts_excerpt_step *step, void *user_data), void *user_data)
{
    const struct ts_run_result *result = walk->result;
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS && walk->taken < max; i++) {
        const struct ts_thread_state *state = &result->states[i];
        if (!state->used || state->ended) {
            continue;
        }
        struct ts_excerpt_step step = {
            .number = walk->number,
            .pc = state->op.pc,
            .object = state->object_id,
            .thread = (uint16_t)i,
            .holder = (uint16_t)(state->holder < 0 ? UINT16_MAX : state->holder),
            .kind = state->op.kind,
            .mark = TS_EXCERPT_STUCK,
        };
        take(&step, user_data);
        walk->taken++;
    }
}

static struct ts_excerpt_step describe(const struct walk *walk, uint32_t index)
{
    const struct ts_step *step = &walk->result->step[index];
    bool opened = step->waited != 0 && step->opener < index;
    return (struct ts_excerpt_step){
        .number = walk->number + (step->preempted != 0),
        .event = step->event,
        .value = step->value,
        .pc = step->pc,
        .opener = opened ? number_of(walk, step->opener, index) : 0,
        .object = step->object_id,
        .thread = step->thread,
        .holder = step->holder,
        .choice = step->preempted == 0 ? choice_at(walk->result, step) : 0,
        .kind = step->kind,
        .mark = step->preempted != 0 ? TS_EXCERPT_STOPPED : TS_EXCERPT_DONE,
        .picked = step->preempted == 0 && is_picked(walk, step),
        .waited = step->waited != 0,
        .timed = step->timed != 0,
        .named = is_meeting(walk, index),
    };
}

uint32_t ts_excerpt(const struct ts_run_result *result, uint32_t max,
                    bool (*named)(const struct ts_step *step, void *user_data),
                    void (*take)(const struct ts_excerpt_step *step, void *user_data), void *user_data)
{
    struct walk walk = {
        .result = result, .next_switch = TS_STEP_NONE, .last_switch = TS_STEP_NONE, .former = TS_STEP_NONE};
    bool stuck =
        result->end == TS_RUN_DEADLOCK || result->end == TS_RUN_LOST_WAKEUP || result->end == TS_RUN_LIVELOCK;
    walk.count = result->step_count < TS_STEPS_KEPT ? result->step_count : TS_STEPS_KEPT;
    if (named != (void *)0) {
        find_meetings(&walk, named, user_data);
    }
    uint32_t room = max - (stuck && result->threads < max ? result->threads : 0);
    uint32_t last = walk.count <= room ? walk.count : room / 2;
    walk.tail = walk.count - last;
    walk.left = room - last;
    for (uint32_t i = 0; i < walk.count; i++) {
        const struct ts_step *step = &result->step[i];
        walk.number += step->preempted == 0;
        bool wanted = i >= walk.tail || (walk.left > 0 && is_near(&walk, i));
        if (wanted) {
            struct ts_excerpt_step chosen = describe(&walk, i);
            take(&chosen, user_data);
            walk.taken++;
            walk.left -= i < walk.tail;
        }
        walk.former = step->preempted == 0 ? i : walk.former;
    }
    if (stuck) {
        take_stuck(&walk, max, take, user_data);
    }
    return walk.taken;
}

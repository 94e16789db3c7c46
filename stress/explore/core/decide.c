#include "explore/core/signals.h"
#include "explore/core/state.h"

#include <stddef.h>

#define STALLS_MAX    4000u /* steps of threads that all spin */
#define JUMP_FIRST_NS INT64_C(1000)
#define JUMP_MAX_NS   INT64_C(1000000000)
#define LEAP_GROWTH   8

bool ts_sched_gate_open(const struct ts_sthread *thread)
{
    const struct ts_op *op = &thread->op;
    const struct ts_object *object = thread->object;
    if (thread->signal_due || (op->cancels && ts_sched_must_end(thread))) {
        return true;
    }
    switch (op->gate) {
    case TS_GATE_OPEN:
        return true;
    case TS_GATE_EXCLUSIVE:
        return (object->holder == TS_NOBODY && object->readers == 0) ||
               (op->again && object->holder == thread->index);
    case TS_GATE_SHARED:
        return object->holder == TS_NOBODY && object->count == 0;
    case TS_GATE_COUNT:
        return object->count > 0;
    case TS_GATE_SIGNAL:
        return thread->signalled;
    case TS_GATE_END:
        return op->target == TS_ALL_OTHERS ? ts_sched.live_count == 1 : ts_sched_threads[op->target].ended;
    case TS_GATE_FD:
        return ts_sched_is_ready(thread);
    case TS_GATE_PENDING:
        return ts_signals_awaited(thread);
    default:
        return false;
    }
}

int32_t ts_sched_holder(const struct ts_sthread *thread)
{
    switch (thread->op.gate) {
    case TS_GATE_EXCLUSIVE:
    case TS_GATE_SHARED:
        return thread->object->holder;
    case TS_GATE_END:
        return thread->op.target < TS_EXPLORE_THREADS ? thread->op.target : TS_NOBODY;
    default:
        return TS_NOBODY;
    }
}

/* For the trace: what made it wait, and the step that ended that. */
static void follow_wait(struct ts_sthread *thread, bool open)
{
    if (open) {
        thread->opener = ts_sched.result->step_count - 1; /* unused where it has not waited */
    } else {
        thread->holder = (uint16_t)(thread->waited ? thread->holder : ts_sched_holder(thread));
        thread->opener = TS_STEP_NONE;
        thread->waited = true;
    }
}

/* Brings the sets up to date with what a thread is about to do. */
void ts_sched_refresh(struct ts_sthread *thread)
{
    if (thread->op.gate == TS_GATE_OPEN) {
        return; /* it is enabled, as it was when it ran */
    }
    bool open = ts_sched_gate_open(thread);
    if (open && !thread->could) {
        thread->ran_at = ts_sched.steps; /* until now it could not */
        thread->could = true;
    }
    follow_wait(thread, open);
    ts_mask_set(&ts_sched.gated, thread->index, true);
    ts_mask_set(&ts_sched.enabled, thread->index, open);
    ts_mask_set(&ts_sched.timed, thread->index, !open && thread->op.deadline_ns != TS_NEVER);
    ts_sched.due_ns = thread->op.deadline_ns < ts_sched.due_ns ? thread->op.deadline_ns : ts_sched.due_ns;
    ts_mask_set(&ts_sched.fd_waits, thread->index,
                thread->op.gate == TS_GATE_FD || thread->op.gate == TS_GATE_PENDING);
}

void ts_sched_changed(const struct ts_object *object)
{
    TS_MASK_EACH(i, &ts_sched.gated)
    {
        if (ts_sched_threads[i].object == object) {
            ts_sched_refresh(&ts_sched_threads[i]);
        }
    }
}

void ts_sched_signal(uint32_t index)
{
    ts_sched_threads[index].signalled = true;
    ts_sched_refresh(&ts_sched_threads[index]);
}

void ts_sched_cancel(struct ts_sthread *thread)
{
    thread->cancelled = 1;
    ts_sched_refresh(thread);
}

struct ts_mask ts_sched_waiters(const struct ts_object *object)
{
    struct ts_mask waiters = {{0}};
    TS_MASK_EACH(i, &ts_sched.gated)
    {
        const struct ts_sthread *thread = &ts_sched_threads[i];
        if (thread->object == object && thread->op.gate == TS_GATE_SIGNAL && !thread->signalled &&
            !(thread->op.cancels && ts_sched_must_end(thread))) {
            ts_mask_set(&waiters, i, true);
        }
    }
    return waiters;
}

/* The thread whose time comes first; NULL when nobody waits for any. */
static struct ts_sthread *earliest(void)
{
    struct ts_sthread *first = NULL;
    TS_MASK_EACH(i, &ts_sched.timed)
    {
        struct ts_sthread *thread = &ts_sched_threads[i];
        if (first == NULL || thread->op.deadline_ns < first->op.deadline_ns) {
            first = thread;
        }
    }
    return first;
}

/* Who spins and reads the clock meanwhile looks again: what it reads has changed. */
static void wake_clock_readers(void)
{
    TS_MASK_EACH(i, &ts_sched.spinning)
    {
        struct ts_sthread *thread = &ts_sched_threads[i];
        if (thread->spin.clock) {
            ts_sched_stop_spinning(i);
            thread->spin.repeats = 0;
        }
    }
}

static void pass_time(int64_t until_ns)
{
    if (until_ns > ts_sched_time()) {
        ts_sched.skipped_ns += until_ns - ts_sched_time();
        wake_clock_readers();
    }
}

static bool somebody_reads_the_clock(void)
{
    bool clock = false;
    TS_MASK_EACH(i, &ts_sched.spinning)
    {
        clock = clock || ts_sched_threads[i].spin.clock;
    }
    return clock;
}

/*
 * Everybody who can go on spins. Time goes by: to the next time-out, but no further than a step that doubles
 * as long as nothing is written, so that a loop with a limit of its own reaches it. Without a clock or a
 * time-out nothing will ever come.
 */
static struct ts_mask stall(const struct ts_sthread *first)
{
    struct ts_mask candidates = {{0}};
    bool clock = somebody_reads_the_clock();
    ts_sched.jump_ns = ts_sched.jump_ns == 0 ? JUMP_FIRST_NS : ts_sched.jump_ns * 2;
    ts_sched.jump_ns = ts_sched.jump_ns < JUMP_MAX_NS ? ts_sched.jump_ns : JUMP_MAX_NS;
    int64_t then_ns = ts_sched_time() + ts_sched.jump_ns;
    if (first != NULL && (!clock || first->op.deadline_ns <= then_ns)) {
        ts_mask_set(&candidates, first->index, true);
        return candidates;
    }
    if (clock) {
        pass_time(then_ns);
    } else if (++ts_sched.stalls > STALLS_MAX) {
        ts_sched_fail(TS_RUN_LIVELOCK,
                      "every thread that can go on waits in a loop for something that no other "
                      "thread will do");
    }
    for (uint32_t i = 0; i < ts_mask_words; i++) {
        candidates.word[i] = ts_sched.enabled.word[i] & (clock ? ~ts_sched.spinning.word[i] : UINT64_MAX);
    }
    return candidates;
}

/* Those whose time has come. */
static void add_due(struct ts_mask *candidates, int64_t now_ns)
{
    int64_t next_ns = ts_signal_alarm.at_ns;
    TS_MASK_EACH(i, &ts_sched.timed)
    {
        int64_t at_ns = ts_sched_threads[i].op.deadline_ns;
        if (at_ns <= now_ns && !ts_mask_has(&ts_sched.spinning, i)) {
            ts_mask_set(candidates, i, true);
        }
        next_ns = at_ns < next_ns ? at_ns : next_ns;
    }
    ts_sched.due_ns = next_ns;
}

/* Those who wait in a loop for the clock may look at it. */
static void look_again(void)
{
    ts_sched.look_ns = TS_NEVER;
    TS_MASK_EACH(i, &ts_sched.spinning)
    {
        if (ts_sched_threads[i].spin.clock) {
            ts_sched_stop_spinning(i); /* until its next look */
        }
    }
}

static struct ts_mask can_go_on(void)
{
    struct ts_mask mask = {{0}};
    for (uint32_t i = 0; i < ts_mask_words; i++) {
        mask.word[i] = ts_sched.enabled.word[i] & ~ts_sched.spinning.word[i];
    }
    return mask;
}

/* Those who can go on without time passing, spinners aside; and what the default scheduler makes of it. */
static void find_candidates(const struct ts_sthread *self, struct ts_mask *candidates)
{
    if (ts_sched.fds_changed) {
        ts_sched_refresh_descriptors();
    }
    int64_t now_ns = ts_sched_time();
    if (now_ns >= ts_signal_alarm.at_ns) {
        ts_signals_ring();
    }
    if (now_ns >= ts_sched.look_ns) {
        look_again();
    }
    *candidates = can_go_on();
    if (now_ns >= ts_sched.due_ns) {
        add_due(candidates, now_ns);
    }
    if (self->op.kind == TS_OP_YIELD && ts_mask_has(candidates, self->index)) {
        ts_mask_set(candidates, self->index, false);
        ts_mask_set(candidates, self->index, !ts_mask_any(candidates));
    }
}

/* When nobody can go on but by time passing. */
static struct ts_mask last_resort(void)
{
    struct ts_mask candidates = {{0}};
    if (!ts_mask_any(&ts_sched.enabled) && ts_mask_any(&ts_sched.fd_waits)) {
        ts_sched_refresh_descriptors();
    }
    struct ts_sthread *first = earliest();
    if (first != NULL ? ts_signal_alarm.at_ns < first->op.deadline_ns : ts_signals_may_ring()) {
        pass_time(ts_signal_alarm.at_ns);
        ts_signals_ring();
        candidates = can_go_on();
    }
    if (ts_mask_any(&candidates)) {
        return candidates;
    }
    if (ts_mask_any(&ts_sched.enabled)) {
        return stall(first);
    }
    if (first != NULL) {
        ts_mask_set(&candidates, first->index, true);
        return candidates;
    }
    if (ts_mask_any(&ts_sched.fd_waits)) {
        ts_sched_wait_outside();
    }
    if (!ts_mask_any(&ts_sched.enabled)) {
        ts_sched_deadlock();
    }
    return ts_sched.enabled;
}

static _Noreturn void diverged(const char *text)
{
    ts_sched.result->diverged_at = ts_sched.steps;
    ts_sched_fail(TS_RUN_DIVERGED, text);
}

/* A thread at the event that a deviation names has yet to come to it: for a switch, only while it decides. */
static bool is_to_come(const struct ts_deviation *deviation, const struct ts_sthread *self)
{
    const struct ts_sthread *thread = &ts_sched_threads[deviation->thread % TS_EXPLORE_THREADS];
    return thread->events < deviation->at ||
           (thread->events == deviation->at && (deviation->choice != 0 || thread == self));
}

/* By thread and event in any order of the threads: without some of its deviations a schedule goes another
 * way. */
static const struct ts_deviation *due_somewhere(const struct ts_sthread *self, bool choice)
{
    const struct ts_deviation *given = ts_sched.arena->given;
    uint32_t from = 0, end = ts_sched.arena->given_count;
    while (from < end) {
        uint32_t middle = from + (end - from) / 2;
        const struct ts_deviation *at = &given[middle];
        bool before = at->thread != self->index ? at->thread < self->index
                      : at->at != self->events  ? at->at < self->events
                                                : (at->choice != 0) < choice;
        from = before ? middle + 1 : from;
        end = before ? end : middle;
    }
    bool met = from < ts_sched.arena->given_count && given[from].thread == self->index &&
               given[from].at == self->events && (given[from].choice != 0) == choice;
    return met ? &given[from] : NULL;
}

/* The deviation that is due at this event of this thread; NULL: none. */
static const struct ts_deviation *due(const struct ts_sthread *self, bool choice)
{
    const struct ts_arena *arena = ts_sched.arena;
    if (ts_sched.lenient) {
        return due_somewhere(self, choice);
    }
    while (ts_sched.given_next < arena->given_count) {
        const struct ts_deviation *deviation = &arena->given[ts_sched.given_next];
        if (deviation->thread == self->index && deviation->at == self->events &&
            (deviation->choice != 0) == choice) {
            ts_sched.given_next++;
            return deviation;
        }
        if (is_to_come(deviation, self)) {
            return NULL;
        }
        diverged("a thread passed the event at which the schedule chooses, without a choice");
    }
    return NULL;
}

static uint32_t follow_given(const struct ts_sthread *self, const struct ts_mask *options,
                             uint32_t by_default)
{
    const struct ts_deviation *deviation = due(self, false);
    if (deviation == NULL) {
        return by_default;
    }
    bool possible = deviation->value < TS_EXPLORE_THREADS && ts_mask_has(options, deviation->value);
    if (!possible && !ts_sched.lenient) {
        diverged("the thread that the schedule chooses cannot go on there");
    }
    return possible ? deviation->value : by_default;
}

static void record(const struct ts_sthread *self, uint16_t choice, uint32_t value)
{
    struct ts_run_result *result = ts_sched.result;
    if (result->deviation_count == TS_DEVIATIONS_MAX) {
        result->overflowed = true;
        return;
    }
    result->deviations[result->deviation_count++] = (struct ts_deviation){
        .at = self->events, .thread = self->index, .value = (uint16_t)value, .choice = choice};
}

static uint32_t ask(const struct ts_sthread *self, const struct ts_mask *options,
                    const struct ts_mask *patient, uint32_t count, uint32_t by_default)
{
    struct ts_choice_view view = {.candidates = options,
                                  .patient = patient,
                                  .count = count,
                                  .self = self->index,
                                  .self_can = ts_mask_has(options, self->index),
                                  .by_default = by_default,
                                  .ops = ts_sched_ops};
    return ts_sched.strategy->pick(ts_sched.strategy_state, &ts_sched.run, &view);
}

/* Whom else a strategy may take: those for whom time, or a wake-up without a signal, would do. A loop that
 * sleeps or looks at the clock waits for time like a sleep, only that nobody knows for how long. */
static void add_impatient(struct ts_mask *options)
{
    if (ts_sched.replay || ts_sched.arena->config.time == TS_TIME_EAGER) {
        for (uint32_t i = 0; i < ts_mask_words; i++) {
            options->word[i] |= ts_sched.timed.word[i] & ~ts_sched.spinning.word[i];
        }
        TS_MASK_EACH(i, &ts_sched.spinning)
        {
            ts_mask_set(options, i, ts_spin_for_time(&ts_sched_threads[i].spin) || ts_mask_has(options, i));
        }
    }
    if (ts_sched.replay || ts_sched.arena->config.spurious) {
        TS_MASK_EACH(i, &ts_sched.gated)
        {
            if (ts_sched_threads[i].op.kind == TS_OP_WAIT) {
                ts_mask_set(options, i, true);
            }
        }
    }
}

/* The steps grow, so that any time comes soon; from the first again when the thread has left its loop. */
static void let_clock_run(struct ts_sthread *thread)
{
    int64_t leap_ns = thread->leap_ns == 0 ? JUMP_FIRST_NS : thread->leap_ns * LEAP_GROWTH;
    thread->leap_ns = leap_ns < JUMP_MAX_NS ? leap_ns : JUMP_MAX_NS;
    pass_time(ts_sched_time() + thread->leap_ns);
}

struct ts_sthread *ts_sched_decide(struct ts_sthread *self)
{
    struct ts_mask options = {{0}};
    find_candidates(self, &options);
    if (!ts_mask_any(&options)) {
        options = last_resort();
    }
    bool self_can = ts_mask_has(&options, self->index);
    uint32_t by_default = self_can ? self->index : ts_mask_after(&options, self->index);
    struct ts_mask patient = {{0}};
    for (uint32_t i = 0; i < ts_mask_words; i++) { /* a copy of the whole would wait for what was written */
        patient.word[i] = options.word[i];
    }
    add_impatient(&options);
    uint32_t count = ts_mask_count(&options);
    uint32_t chosen = by_default;
    if (ts_sched.replay) {
        chosen = follow_given(self, &options, by_default);
    } else if (count > 1) {
        uint32_t turn = ts_sched.steps >= ts_sched.fair_at ? ts_sched_owed(&patient) : TS_EXPLORE_THREADS;
        chosen = turn < TS_EXPLORE_THREADS ? turn : ask(self, &options, &patient, count, by_default);
    }
    ts_sched.result->decisions += count > 1;
    ts_sched.preempted = self_can && chosen != self->index;
    ts_sched.result->preemptions += ts_sched.preempted;
    if (chosen != by_default) {
        record(self, 0, chosen);
    }
    struct ts_sthread *next = &ts_sched_threads[chosen];
    if (ts_mask_has(&ts_sched.timed, chosen)) {
        pass_time(next->op.deadline_ns);
    } else if (!ts_mask_has(&patient, chosen) && next->spin.clock) {
        let_clock_run(next);
    }
    return next;
}

uint32_t ts_sched_choose(uint32_t count)
{
    struct ts_sthread *self = ts_self;
    uint32_t chosen = 0;
    if (ts_sched.replay) {
        const struct ts_deviation *deviation = due(self, true);
        if (deviation != NULL && deviation->value >= count && !ts_sched.lenient) {
            diverged("the schedule chooses a value that there is no longer");
        }
        chosen = deviation != NULL && deviation->value < count ? deviation->value : 0;
    } else if (ts_sched.strategy->choose != NULL) {
        chosen = ts_sched.strategy->choose(ts_sched.strategy_state, &ts_sched.run, count);
    } else {
        chosen = (uint32_t)ts_random_below(&ts_sched.run.random, count);
    }
    if (chosen != 0) {
        record(self, 1, chosen);
    }
    return chosen;
}

/* The scheduler's threads, and the beginning and end of a schedule. */
#include "explore/core/mix.h"
#include "explore/core/signals.h"
#include "explore/core/state.h"

#include <stddef.h>

static void clear_mask(struct ts_mask *mask)
{
    for (uint32_t i = 0; i < TS_MASK_WORDS; i++) {
        mask->word[i] = 0;
    }
}

/* Everything of a place but its parked pthread. */
static void renew(struct ts_sthread *thread, uint32_t index)
{
    thread->index = (uint16_t)index;
    thread->object = NULL;
    thread->frame = NULL;
    thread->events = 0;
    thread->ran_at = ts_sched.steps;
    thread->last_hash = ts_hash64(index + 1);
    thread->used = true;
    thread->ended = false;
    thread->detached = false;
    thread->joined = false;
    thread->signalled = false;
    thread->could = false;
    thread->uncancellable = false;
    thread->asynchronous = false;
    thread->had_robust = false;
    thread->signal_due = false;
    thread->interrupted = false;
    thread->handles = false;
    thread->signals_blocked = 0;
    thread->signals_awaited = 0;
    thread->cancelled = 0;
    thread->leaves = false;
    thread->op = (struct ts_op){.kind = TS_OP_BEGIN, .gate = TS_GATE_OPEN, .deadline_ns = TS_NEVER};
    ts_spin_clear(&thread->spin);
    thread->leap_ns = 0;
    ts_sched_ops[index] = &thread->op;
}

static void come_to_be(struct ts_sthread *thread)
{
    ts_mask_set(&ts_sched.live, thread->index, true);
    ts_mask_set(&ts_sched.enabled, thread->index, true);
    ts_sched.live_count++;
}

static void forget_schedule(void)
{
    clear_mask(&ts_sched.live);
    clear_mask(&ts_sched.enabled);
    clear_mask(&ts_sched.gated);
    clear_mask(&ts_sched.timed);
    clear_mask(&ts_sched.spinning);
    clear_mask(&ts_sched.fd_waits);
    for (uint32_t i = 0; i < ts_sched.thread_count; i++) {
        ts_sched_threads[i].used = false;
        ts_sched_threads[i].events = 0;
        ts_sched_threads[i].randoms = 0;
    }
    for (uint32_t i = 0; i < sizeof ts_sched.novelty / sizeof *ts_sched.novelty && ts_sched.novel; i++) {
        ts_sched.novelty[i] = 0;
    }
    ts_sched.novel = false;
    ts_sched.live_count = 0;
    ts_sched.spinners = 0;
    ts_sched.thread_count = 0;
    ts_sched.steps = 0;
    ts_sched.checksum = 0;
    ts_sched.class_hash = 0;
    ts_sched.skipped_ns = 0;
    ts_sched.jump_ns = 0;
    ts_sched.stalls = 0;
    ts_sched.writes = 0;
    ts_sched.due_ns = TS_NEVER;
    ts_sched.look_ns = TS_NEVER;
    ts_sched.fair_at = TS_STARVED_STEPS;
    ts_sched.owed_steps = 0;
    ts_sched.given_next = 0;
    ts_sched.fds_changed = false;
}

static void begin_result(struct ts_run_result *result, uint64_t number)
{
    result->end = TS_RUN_NONE;
    result->threads = 0;
    result->number = number;
    result->steps = 0;
    result->decisions = 0;
    result->preemptions = 0;
    result->signal = 0;
    result->checksum = 0;
    result->class_hash = 0;
    result->diverged_at = 0;
    result->overflowed = false;
    result->text[0] = '\0';
    result->deviation_count = 0;
    result->step_count = 0;
}

bool ts_sched_begin(struct ts_arena *arena, uint64_t number, bool pooled)
{
    const struct ts_explore_config *config = &arena->config;
    uint32_t which = ts_mix_whose(arena, number);
    forget_schedule();
    ts_objects_begin();
    ts_signals_begin();
    ts_sched.arena = arena;
    ts_sched.result = &arena->result;
    if (ts_sched.handoff == NULL) { /* for good: parked threads can be run in one way only */
        ts_sched.handoff = ts_handoff_choose((enum ts_handoff_kind)config->handoff);
    }
    ts_sched.pooled = pooled;
    ts_sched.replay = config->replay;
    ts_sched.lenient = config->lenient;
    ts_sched.trace = config->trace || config->keep;
    ts_sched.everywhere = config->replay || config->trace;
    ts_sched_points = (enum ts_points)config->points;
    ts_sched.strategy = ts_strategies[config->strategy[which].id];
    ts_sched.strategy_state = arena->strategy_state[which];
    ts_sched.run = (struct ts_strategy_run){.number = arena->mix[which].runs,
                                            .depth = config->strategy[which].depth,
                                            .random = {ts_seed_mix(config->seed, number)},
                                            .arena = arena};
    arena->which = which;
    arena->mix[which].runs += !config->replay;
    begin_result(ts_sched.result, number);
    if (ts_sched.handoff == NULL) {
        return false;
    }
    if (!ts_sched.replay && ts_sched.strategy->begin != NULL &&
        !ts_sched.strategy->begin(ts_sched.strategy_state, &ts_sched.run)) {
        /* Relaxed: the driver looks when the program has stopped, which orders it. */
        atomic_fetch_or_explicit(&arena->exhausted, UINT64_C(1) << which, memory_order_relaxed);
        return false;
    }
    struct ts_sthread *first = &ts_sched_threads[0];
    renew(first, 0);
    ts_sched.thread_count = 1;
    ts_mask_words = 1;
    come_to_be(first);
    ts_handoff_adopt(&first->context);
    first->id = pthread_self();
    atomic_store_explicit(&arena->phase, 1, memory_order_release); /* pairs with the driver's look at it */
    ts_self = first;
    return true;
}

static void wait_for_all(struct ts_sthread *self, enum ts_op_kind kind)
{
    struct ts_op op = {
        .kind = (uint8_t)kind, .gate = TS_GATE_END, .target = TS_ALL_OTHERS, .deadline_ns = TS_NEVER};
    (void)ts_sched_reach(self, &op);
}

void ts_sched_wait_for_others(void)
{
    wait_for_all(ts_self, TS_OP_END);
}

void ts_sched_end(void)
{
    wait_for_all(ts_self, TS_OP_END);
    ts_self = NULL;
    ts_sched_complete(TS_RUN_DONE, "");
}

void ts_sched_exit(void)
{
    ts_self = NULL;
    ts_sched_complete(TS_RUN_DONE, "");
}

struct ts_sthread *ts_sched_claim(struct ts_sthread *parent)
{
    uint32_t index = ts_sched.thread_count;
    for (uint32_t i = 1; index == TS_EXPLORE_THREADS && i < TS_EXPLORE_THREADS; i++) {
        const struct ts_sthread *old = &ts_sched_threads[i];
        index = old->ended && (old->joined || old->detached) ? i : index;
    }
    if (index == TS_EXPLORE_THREADS) {
        return NULL;
    }
    uint64_t events = index < ts_sched.thread_count ? ts_sched_threads[index].events : 0;
    ts_sched.thread_count += index == ts_sched.thread_count;
    ts_mask_words = (ts_sched.thread_count + 63) / 64;
    struct ts_sthread *thread = &ts_sched_threads[index];
    renew(thread, index);
    if (!thread->has_pthread) {
        ts_handoff_prepare(&thread->context);
    }
    thread->last_hash = ts_sched_mix(parent->last_hash, TS_OP_BEGIN);
    ts_signals_inherit(thread, parent);
    thread->events = events; /* go on from there: an event's number stands for one event */
    if (ts_sched.strategy->created != NULL && !ts_sched.replay) {
        ts_sched.strategy->created(ts_sched.strategy_state, &ts_sched.run, index, parent->index);
    }
    return thread;
}

void ts_sched_unclaim(struct ts_sthread *thread)
{
    thread->ended = true;
    thread->joined = true;
}

void ts_sched_started(struct ts_sthread *thread)
{
    come_to_be(thread);
}

/* Opens the gates of those who waited for a thread's end. */
static void announce_end(void)
{
    TS_MASK_EACH(i, &ts_sched.gated)
    {
        if (ts_sched_threads[i].op.gate == TS_GATE_END) {
            ts_sched_refresh(&ts_sched_threads[i]);
        }
    }
}

void ts_sched_finish(struct ts_sthread *self)
{
    ts_sched_point(self, TS_OP_END, NULL, false, NULL);
    ts_mask_set(&ts_sched.live, self->index, false);
    ts_mask_set(&ts_sched.enabled, self->index, false);
    if (ts_mask_has(&ts_sched.spinning, self->index)) {
        ts_sched_stop_spinning(self->index);
    }
    ts_sched.live_count--;
    self->ended = true;
    self->events++; /* a choice of who goes on now is not the choice at the point before */
    announce_end();
    if (self->had_robust && !ts_sched.pooled) { /* a parked one holds it for the kernel */
        ts_objects_abandon(self->index, ts_sched_changed);
    }
    struct ts_sthread *next = ts_sched_decide(self);
    ts_self = NULL;
    if (ts_sched.pooled && !self->leaves) {
        ts_handoff_swap(ts_sched.handoff, &self->context, &next->context);
        ts_self = self;
    } else {
        self->has_pthread = false;
        ts_handoff_leave(ts_sched.handoff, &self->context, &next->context);
    }
}

void ts_sched_enter(struct ts_sthread *self)
{
    ts_handoff_park(ts_sched.handoff, &self->context);
    ts_self = self;
}

void ts_sched_await(struct ts_sthread *thread)
{
    ts_handoff_await(&thread->context);
}

bool ts_sched_pooled(void)
{
    return ts_sched.pooled;
}

struct ts_sthread *ts_sched_thread_of(pthread_t id)
{
    for (uint32_t i = 0; i < ts_sched.thread_count; i++) {
        struct ts_sthread *thread = &ts_sched_threads[i];
        if (thread->used && !thread->joined && pthread_equal(thread->id, id)) {
            return thread;
        }
    }
    return NULL;
}

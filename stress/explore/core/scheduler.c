#include "explore/core/scheduler.h"

#include "explore/core/signals.h"
#include "explore/core/state.h"
#include "explore/core/sys.h"

#include <stddef.h>

#define STEPS_SHOWN 1024u
#define LOOK_NS     1000 /* who waits in a loop for the clock looks at it once in so long */

void ts_sched_ignore(const void *start, uint64_t size)
{
    for (uint32_t i = 0; i < TS_SCHED_IGNORED; i++) {
        if (ts_sched_ignored[i].size == 0) {
            ts_sched_ignored[i] = (struct ts_sched_range){(uintptr_t)start, size};
            return;
        }
    }
    ts_sched_fail(TS_RUN_REFUSED, "more memory is to be ignored than there is room for");
}

struct ts_object *ts_sched_object(const void *address)
{
    struct ts_object *object = ts_object_at(address);
    if (object == NULL) {
        ts_sched_fail(TS_RUN_REFUSED, "more objects than the scheduler has room for in one schedule");
    }
    return object;
}

/* Threads that spin on what is written now look again. */
static void wake_spinners(const void *address)
{
    TS_MASK_EACH(i, &ts_sched.spinning)
    {
        if (ts_spin_watches(&ts_sched_threads[i].spin, address)) {
            ts_sched_stop_spinning(i);
            ts_sched_threads[i].spin.repeats = 0;
        }
    }
}

static void give_way(const struct ts_sthread *self)
{
    if (ts_sched.strategy->yielded != NULL && !ts_sched.replay) {
        ts_sched.strategy->yielded(ts_sched.strategy_state, &ts_sched.run, self->index);
    }
}

/* Whether something was written, since the thread read it last, to a place that it reads again and again. */
static bool has_news(const struct ts_spin *spin)
{
    for (uint32_t i = 0; i < TS_SPIN_PLACES; i++) {
        const struct ts_object *object =
            spin->granule[i] != 0 ? ts_object_find((const void *)(spin->granule[i] * 8)) : NULL;
        if (object != NULL && object->changed > spin->writes[i]) {
            return true;
        }
    }
    return false;
}

static void note_spin(struct ts_sthread *self)
{
    if (has_news(&self->spin)) {
        self->spin.repeats = 0;
        return;
    }
    if (!ts_mask_has(&ts_sched.spinning, self->index)) {
        ts_mask_set(&ts_sched.spinning, self->index, true);
        ts_sched.spinners++;
        give_way(self);
    }
    int64_t look_ns = self->spin.clock ? ts_sched_time() + LOOK_NS : TS_NEVER;
    ts_sched.look_ns = look_ns < ts_sched.look_ns ? look_ns : ts_sched.look_ns;
}

/* It does something. Who waited for the clock has seen its time come: the next one begins with small jumps.
 */
static void note_progress(struct ts_sthread *self)
{
    ts_sched.jump_ns = self->spin.clock ? 0 : ts_sched.jump_ns;
    self->leap_ns = 0;
    if (ts_mask_has(&ts_sched.spinning, self->index)) {
        ts_sched_stop_spinning(self->index);
    }
    ts_spin_clear(&self->spin);
}

static bool is_memory(const struct ts_op *op)
{
    return op->kind >= TS_OP_READ && op->kind <= TS_OP_RMW;
}

/* Keeps track of who spins, from what a thread is about to do. */
static inline void follow_spin(struct ts_sthread *self)
{
    const struct ts_op *op = &self->op;
    if (op->kind == TS_OP_READ || op->kind == TS_OP_LOAD || op->idle) {
        if (ts_spin_read(&self->spin, op->object, ts_sched.writes)) {
            note_spin(self);
        }
    } else if (op->kind == TS_OP_CLOCK) {
        if (ts_spin_clock(&self->spin)) {
            note_spin(self);
        }
    } else if (op->kind == TS_OP_YIELD) {
        give_way(self);
    } else if (op->kind == TS_OP_SLEEP) {
        self->spin.sleeps = true;
    } else if (op->kind != TS_OP_FENCE) {
        note_progress(self);
    }
}

/* The class of a schedule: the sum over all operations of a hash of what came before each, in its own thread
 * and among those that it conflicts with. Sums do not depend on the order of what is independent; nor does
 * anything in the hash, least of all a thread's number. An operation that its time ended is another one. */
static inline void follow_class(struct ts_sthread *self, bool open)
{
    const struct ts_op *op = &self->op;
    uint64_t before = 0;
    struct ts_object *object = self->object;
    if (object != NULL) {
        before = op->writes ? object->last_write + object->last_reads : object->last_write;
    }
    self->last_hash = ts_sched_mix(self->last_hash + op->kind + (open ? 0 : TS_OP_COUNT), before);
    ts_sched.class_hash += self->last_hash;
    if (object == NULL) {
        return;
    }
    if (op->writes) {
        object->last_write = self->last_hash;
        object->last_reads = 0;
    } else {
        object->last_reads += self->last_hash;
    }
}

static void keep_step(const struct ts_sthread *self, bool preempted, bool open)
{
    struct ts_run_result *result = ts_sched.result;
    uint32_t number = result->step_count++;
    if (number < TS_STEPS_KEPT) {
        result->step[number] = (struct ts_step){
            .thread = self->index,
            .kind = self->op.kind,
            .preempted = preempted,
            .object_id = self->object != NULL ? self->object->id : 0,
            .pc = self->op.pc,
            .event = self->events,
            .value = is_memory(&self->op) ? ts_spin_peek((uintptr_t)self->op.object / 8) : 0,
            .opener = self->waited ? self->opener : TS_STEP_NONE,
            .holder = self->waited ? self->holder : UINT16_MAX,
            .waited = self->waited,
            .timed = !open,
        };
    }
}

/* Half-way to the limit it is noted what is done with which values; in the last quarter, whether anything is
 * new. */
static void watch_length(const struct ts_sthread *self)
{
    uint64_t limit = ts_sched.arena->config.steps_max;
    uint64_t value = is_memory(&self->op) ? ts_spin_peek((uintptr_t)self->op.object / 8) : 0;
    uint64_t hash = ts_sched_mix(value + self->index, (uintptr_t)self->op.pc + self->op.kind);
    uint64_t *word = &ts_sched.novelty[hash / 64 % 1024];
    uint64_t bit = UINT64_C(1) << (hash % 64);
    if ((*word & bit) == 0) {
        *word |= bit;
        ts_sched.novel = ts_sched.novel || ts_sched.steps > limit / 4 * 3;
    }
    if (ts_sched.steps >= limit) {
        ts_sched_fail(ts_sched.novel ? TS_RUN_LONG : TS_RUN_LIVELOCK,
                      ts_sched.novel ? "it took more steps than are allowed, and was still doing new things"
                                     : "the threads went on without end, and nothing new came of it");
    }
}

static inline void count_event(struct ts_sthread *self)
{
    uint64_t event = (uint64_t)self->index << 8 | self->op.kind;
    self->events++;
    ts_sched.steps++;
    ts_sched.checksum = (ts_sched.checksum ^ event) * 0x9e3779b97f4a7c15ULL;
    ts_sched.checksum ^= ts_sched.checksum >> 29;
    if (ts_sched.steps > ts_sched.arena->config.steps_max / 2) {
        watch_length(self);
    }
    if (ts_sched.steps % STEPS_SHOWN == 0) { /* relaxed: progress to look at; one writer */
        atomic_store_explicit(&ts_sched.arena->step_now, ts_sched.steps, memory_order_relaxed);
    }
}

/* What an operation that is done now means for others. One that leaves memory as it is wakes nobody: a loop
 * that writes the same again and again would pass for work. */
static inline void follow_write(const struct ts_sthread *self)
{
    const struct ts_op *op = &self->op;
    bool idle = op->idle && is_memory(op) && ts_spin_is_same(&self->spin, op->object);
    if (op->writes && !idle) {
        ts_sched.stalls = 0;
        ts_sched.jump_ns = 0;
        ts_sched.writes++;
        if (self->object != NULL && self->object->address == op->object) {
            self->object->changed = ts_sched.writes;
        }
        if (ts_sched.spinners > 0 && op->object != NULL) {
            wake_spinners(op->object);
        }
    }
}

/*
 * Whether it waits, for ever, for what a thread holds that waits for it in turn: none of these can go on,
 * whatever the others do. A ring closes where its last member comes to its lock. Who may be cancelled, or
 * will not wait for ever, is in none.
 */
static bool closes_a_ring(const struct ts_sthread *self)
{
    const struct ts_sthread *at = self;
    for (uint32_t i = 0; i < ts_sched.thread_count; i++) {
        int32_t holder = ts_sched_holder(at);
        bool stays = at->op.deadline_ns == TS_NEVER && !at->op.cancels && !at->asynchronous;
        if (holder == TS_NOBODY || !stays || ts_sched_gate_open(at)) {
            return false;
        }
        at = &ts_sched_threads[holder];
        if (at == self) {
            return true;
        }
    }
    return false;
}

/* Lets others go first, if that is decided. */
static bool take_turn(struct ts_sthread *self)
{
    const struct ts_op *op = &self->op;
    self->object = op->object != NULL ? ts_sched_object(op->object) : NULL;
    self->waited = false;
    ts_sched_refresh(self);
    if (!ts_mask_has(&ts_sched.enabled, self->index) && closes_a_ring(self)) {
        ts_sched_fail(TS_RUN_DEADLOCK, "threads wait for each other, whatever the others do");
    }
    struct ts_sthread *next = ts_sched_decide(self);
    if (next != self) {
        self->frame = __builtin_frame_address(0);
        if (ts_sched.trace && ts_sched.preempted) {
            keep_step(self, true, true);
        }
        ts_handoff_swap(ts_sched.handoff, &self->context, &next->context);
    }
    self->ran_at = ts_sched.steps;
    self->could = false;
    bool open = op->gate == TS_GATE_OPEN || ts_sched_gate_open(self);
    if (op->gate != TS_GATE_OPEN) {
        ts_mask_set(&ts_sched.gated, self->index, false);
        ts_mask_set(&ts_sched.timed, self->index, false);
        ts_mask_set(&ts_sched.fd_waits, self->index, false);
        ts_mask_set(&ts_sched.enabled, self->index, true);
    }
    if (!open) {
        give_way(self); /* who waits for time in a loop leaves the turn to others */
    }
    follow_write(self);
    follow_class(self, open);
    if (ts_sched.strategy->stepped != NULL && !ts_sched.replay) {
        ts_sched.strategy->stepped(ts_sched.strategy_state, &ts_sched.run, self->index, op, ts_sched_ops,
                                   &ts_sched.live);
    }
    if (ts_sched.trace) {
        keep_step(self, false, open);
    }
    return open;
}

/* The operation stands in self->op. */
static inline bool reach_once(struct ts_sthread *self)
{
    count_event(self);
    follow_spin(self);
    return take_turn(self);
}

/*
 * A signal came while the thread stood at its point: the handler runs, and then the point is reached again,
 * for what held before need not hold any more. A call that a handler cuts short, and that had to wait, may
 * have begun or not: the strategy chooses, unless time went by since it stood there.
 */
__attribute__((noinline, cold)) static bool handle_signals(struct ts_sthread *self)
{
    const struct ts_op op = self->op;
    struct pollfd *const fds = self->fds;
    const uint32_t fd_count = self->fd_count;
    bool open = true;
    while (self->signal_due) {
        bool begun = op.interrupts == TS_INTERRUPTS_ENDS ||
                     (op.interrupts != TS_INTERRUPTS_NEVER && self->waited &&
                      (ts_sched.skipped_ns != self->came_ns || ts_sched_choose(2) == 0));
        enum ts_delivered delivered = ts_signals_deliver(self);
        self->op = op;
        self->fds = fds;
        self->fd_count = fd_count;
        if (op.gate == TS_GATE_SIGNAL) {
            return self->signalled; /* else it woke without a signal, as it may */
        }
        self->came_ns = ts_sched.skipped_ns;
        if (begun && (delivered == TS_DELIVERED_CUTS ||
                      (delivered == TS_DELIVERED_RESTARTS && op.interrupts != TS_INTERRUPTS_ASKED))) {
            self->interrupted = true;
            return false;
        }
        open = reach_once(self);
    }
    return open;
}

static inline bool reach(struct ts_sthread *self)
{
    bool open = reach_once(self);
    return __builtin_expect(self->signal_due, 0) ? handle_signals(self) : open;
}

bool ts_sched_reach(struct ts_sthread *self, const struct ts_op *op)
{
    self->op = *op;
    self->interrupted = false;
    self->came_ns = ts_sched.skipped_ns;
    return reach(self);
}

/* Member by member: a copy of a whole operation would wait for the parts that have just been written. */
static inline void set_open(struct ts_op *op, enum ts_op_kind kind, const void *object, bool writes,
                            bool idle, const void *pc)
{
    op->kind = (uint8_t)kind;
    op->gate = TS_GATE_OPEN;
    op->writes = writes;
    op->again = false;
    op->cancels = false;
    op->interrupts = TS_INTERRUPTS_NEVER;
    op->idle = idle;
    op->object = object;
    op->pc = pc;
    op->deadline_ns = TS_NEVER;
}

static const void *granule_of(const volatile void *address)
{
    return (const void *)((uintptr_t)address & ~(uintptr_t)7);
}

void ts_sched_point(struct ts_sthread *self, enum ts_op_kind kind, const void *object, bool writes,
                    const void *pc)
{
    set_open(&self->op, kind, object, writes, false, pc);
    (void)reach(self);
}

void ts_sched_atomic(struct ts_sthread *self, enum ts_op_kind kind, const volatile void *address, bool writes,
                     bool idle, const void *pc)
{
    set_open(&self->op, kind, granule_of(address), writes, idle, pc);
    (void)reach(self);
}

/* An alarm rings at the same event whatever is known of the memory. A loop alone waits for nothing else. */
static bool may_ring_here(const struct ts_sthread *self)
{
    return ts_signal_alarm.at_ns != TS_NEVER &&
           (ts_mask_has(&ts_sched.spinning, self->index) || ts_sched_time() >= ts_signal_alarm.at_ns);
}

/*
 * Memory that nobody else has been seen to use counts as an event, and nothing is decided: the thread would
 * go on by default. A handler is somebody else than the thread that it comes in. A schedule that is followed
 * decides everywhere, so it does not matter what was known.
 */
void ts_sched_access(struct ts_sthread *self, enum ts_op_kind kind, const void *address, bool writes,
                     const void *pc)
{
    const void *granule = granule_of(address);
    set_open(&self->op, kind, granule, writes, false, pc);
    count_event(self);
    follow_spin(self);
    uint32_t who = self->index + (self->handles ? TS_EXPLORE_THREADS : 0);
    if (may_ring_here(self) ||
        (ts_sched.live_count > 1 && (ts_sched.everywhere || ts_sched_is_shared(who, granule, writes) ||
                                     ts_mask_has(&ts_sched.spinning, self->index)))) {
        (void)take_turn(self);
        if (__builtin_expect(self->signal_due, 0)) {
            (void)handle_signals(self);
        }
    } else {
        follow_write(self);
    }
}

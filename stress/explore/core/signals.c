#include "explore/core/signals.h"

#include "explore/core/state.h"
#include "explore/core/sys.h"

#include <stddef.h>

#define PENDING_MAX   256u
#define MASK_BYTES    8  /* the kernel's sigset_t */
#define REALTIME_FROM 32 /* from here on each that is sent is taken */

/* As the kernel has it for x86-64 and 64-bit ARM alike, but for the restorer, which ARM has not. */
struct kernel_action {
    void *handler;
    unsigned long flags;
#if defined(__x86_64__)
    void *restorer;
#endif
    uint64_t mask;
};

struct ts_signal_alarm ts_signal_alarm = {.at_ns = TS_NEVER};
void (*ts_signals_handle)(struct ts_sthread *self, const struct ts_signal *signal);

static struct ts_signal pending[PENDING_MAX];
static uint32_t pending_count;
static uint64_t sent; /* which numbers */
static bool known;    /* what the kernel's mask was */

void ts_signals_begin(void)
{
    pending_count = 0;
    sent = 0;
    known = false;
    ts_signal_alarm = (struct ts_signal_alarm){.at_ns = TS_NEVER};
}

/* Before the first that says something of masks nobody has changed one, so all have the kernel's. */
static void know(void)
{
    if (known) {
        return;
    }
    uint64_t blocked = 0;
    ts_sys4(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)(uintptr_t)&blocked, MASK_BYTES);
    for (uint32_t i = 0; i < ts_sched.thread_count; i++) {
        ts_sched_threads[i].signals_blocked = blocked;
    }
    known = true;
}

uint64_t ts_signals_blocked(struct ts_sthread *thread)
{
    know();
    return thread->signals_blocked;
}

void ts_signals_inherit(struct ts_sthread *thread, struct ts_sthread *parent)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < pending_count;
         i++) { /* what was sent to who had this place before is nobody's */
        if (pending[i].target != thread->index) {
            pending[kept++] = pending[i];
        }
    }
    pending_count = kept;
    thread->signals_blocked = parent->signals_blocked;
}

static struct kernel_action action_of(int number)
{
    struct kernel_action action = {.handler = NULL};
    ts_sys4(SYS_rt_sigaction, number, 0, (long)(uintptr_t)&action, MASK_BYTES);
    return action;
}

/* By its handler, else what the kernel does without one: nothing, or it ends the process, or stops it. */
static bool is_handled(const struct kernel_action *action, int number)
{
    uint64_t bit = ts_signal_bit(number);
    bool harmless = number == SIGCHLD || number == SIGURG || number == SIGWINCH || number == SIGCONT;
    bool by_default = (uintptr_t)action->handler == (uintptr_t)SIG_DFL;
    if (by_default && !harmless) {
        ts_sched_signalled(number);
        ts_sched_died();
        ts_sys4(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)(uintptr_t)&bit, 0, MASK_BYTES);
        ts_sys4(SYS_tgkill, ts_sys_getpid(), ts_sys_gettid(), number, 0);
    }
    return !by_default && (uintptr_t)action->handler != (uintptr_t)SIG_IGN;
}

static bool has_handler(int number)
{
    struct kernel_action action = action_of(number);
    return (uintptr_t)action.handler != (uintptr_t)SIG_DFL && (uintptr_t)action.handler != (uintptr_t)SIG_IGN;
}

bool ts_signals_from_outside(const struct ts_sthread *thread)
{
    bool suspended = thread->signals_awaited == 0;
    uint64_t wanted = suspended ? ~thread->signals_blocked : thread->signals_awaited;
    return (wanted & sent) == 0 ||
           (suspended && (wanted & ~sent & ts_signal_bit(SIGCHLD)) != 0 && has_handler(SIGCHLD));
}

static bool is_for(const struct ts_signal *signal, const struct ts_sthread *thread, uint64_t set)
{
    return (signal->target == TS_ALL_OTHERS || signal->target == thread->index) &&
           (ts_signal_bit(signal->number) & set) != 0;
}

uint64_t ts_signals_pending(const struct ts_sthread *thread, uint64_t set)
{
    uint64_t found = 0;
    for (uint32_t i = 0; i < pending_count; i++) {
        found |= is_for(&pending[i], thread, set) ? ts_signal_bit(pending[i].number) : 0;
    }
    return found;
}

bool ts_signals_awaited(const struct ts_sthread *thread)
{
    uint64_t from_outside = 0;
    if (thread->signals_awaited != 0) {
        ts_sys4(SYS_rt_sigpending, (long)(uintptr_t)&from_outside, MASK_BYTES, 0, 0);
    }
    return ((ts_signals_pending(thread, thread->signals_awaited) | from_outside) & thread->signals_awaited) !=
           0;
}

/* What it would take by a handler, before its next operation. */
static uint64_t deliverable(const struct ts_sthread *thread)
{
    return ~thread->signals_blocked & ~thread->signals_awaited;
}

static void look_at(struct ts_sthread *thread)
{
    thread->signal_due = ts_signals_pending(thread, deliverable(thread)) != 0;
    if (thread->signal_due && ts_mask_has(&ts_sched.spinning, thread->index)) {
        ts_sched_stop_spinning(thread->index);
        ts_spin_clear(&thread->spin);
    }
    if (thread != ts_self) { /* who runs says what it waits for when it comes to it */
        ts_sched_refresh(thread);
    }
}

bool ts_signals_take(struct ts_sthread *thread, uint64_t set, struct ts_signal *signal)
{
    uint64_t found = ts_signals_pending(thread, set);
    uint32_t at = 0;
    if (found == 0) {
        return false;
    }
    while (!is_for(&pending[at], thread, found & -found)) {
        at++;
    }
    *signal = pending[at];
    pending_count--;
    for (; at < pending_count; at++) { /* those of one number are taken in the order that they were sent */
        pending[at] = pending[at + 1];
    }
    TS_MASK_EACH(i, &ts_sched.live)
    {
        look_at(&ts_sched_threads[i]); /* who waited for the same waits on */
    }
    return true;
}

void ts_signals_block(struct ts_sthread *thread, uint64_t blocked)
{
    know();
    thread->signals_blocked = blocked & ~(ts_signal_bit(SIGKILL) | ts_signal_bit(SIGSTOP));
    look_at(thread);
}

/* What was sent to the process, and is not taken by who was to, is anybody's. */
static void give_back(const struct ts_sthread *self)
{
    for (uint32_t i = 0; i < pending_count; i++) {
        bool given = pending[i].shared && is_for(&pending[i], self, ~deliverable(self));
        pending[i].target = given ? TS_ALL_OTHERS : pending[i].target;
    }
    TS_MASK_EACH(i, &ts_sched.live)
    {
        look_at(&ts_sched_threads[i]);
    }
}

void ts_signals_await(struct ts_sthread *self, uint64_t set)
{
    know();
    self->signals_awaited = set;
    if (set == 0) {
        give_back(self);
    }
    look_at(self);
}

/* One that is not counted, and is pending already, is not pending twice. */
static bool is_merged(const struct ts_signal *signal)
{
    bool merged = false;
    for (uint32_t i = 0; i < pending_count; i++) {
        merged = merged || (signal->number < REALTIME_FROM && pending[i].number == signal->number &&
                            pending[i].target == signal->target);
    }
    return merged;
}

/* Of those that would take it now, by the strategy's choice, whom the process's signal goes to: by default
 * who sends it. */
static uint16_t taker(int number)
{
    struct ts_mask takers = {{0}};
    uint64_t bit = ts_signal_bit(number);
    TS_MASK_EACH(i, &ts_sched.live)
    {
        const struct ts_sthread *thread = &ts_sched_threads[i];
        ts_mask_set(&takers, i, (bit & (~thread->signals_blocked | thread->signals_awaited)) != 0);
    }
    uint32_t count = ts_mask_count(&takers);
    uint32_t self = ts_self != NULL ? ts_self->index : 0;
    if (count == 0) {
        return TS_ALL_OTHERS;
    }
    uint32_t first = ts_mask_has(&takers, self) ? self : ts_mask_after(&takers, self);
    uint32_t chosen = count > 1 && ts_self != NULL ? ts_sched_choose(count) : 0;
    for (; chosen > 0; chosen--) {
        first = ts_mask_after(&takers, first);
    }
    return (uint16_t)first;
}

bool ts_signals_send(const struct ts_signal *signal)
{
    know();
    struct ts_signal now = *signal;
    sent |= ts_signal_bit(signal->number);
    if (now.target == TS_ALL_OTHERS) {
        now.shared = true;
        now.target = taker(now.number);
    }
    if (now.target != TS_ALL_OTHERS &&
        (deliverable(&ts_sched_threads[now.target]) & ts_signal_bit(now.number)) != 0) {
        struct kernel_action action = action_of(now.number);
        if (!is_handled(&action, now.number)) {
            return true;
        }
    }
    if (is_merged(&now)) {
        return true;
    }
    if (pending_count == PENDING_MAX) {
        return false;
    }
    pending[pending_count++] = now;
    TS_MASK_EACH(i, &ts_sched.live)
    {
        if (now.target == TS_ALL_OTHERS || now.target == i) {
            look_at(&ts_sched_threads[i]);
        }
    }
    return true;
}

enum ts_delivered ts_signals_deliver(struct ts_sthread *self)
{
    struct ts_signal signal;
    enum ts_delivered delivered = TS_DELIVERED_NONE;
    while (ts_signals_take(self, deliverable(self), &signal)) {
        uint64_t kept = self->signals_blocked, awaited = self->signals_awaited;
        struct kernel_action action = action_of(signal.number);
        if (!is_handled(&action, signal.number)) {
            continue;
        }
        if (delivered == TS_DELIVERED_NONE) {
            delivered = (action.flags & SA_RESTART) != 0 ? TS_DELIVERED_RESTARTS : TS_DELIVERED_CUTS;
        }
        bool handles = self->handles;
        self->handles = true;
        self->signals_awaited = 0;
        ts_signals_block(self, kept | action.mask | ts_signal_bit(signal.number));
        ts_signals_handle(self, &signal);
        self->handles = handles;
        self->signals_awaited = awaited;
        ts_signals_block(self, kept);
    }
    self->signal_due = false;
    return delivered;
}

void ts_signals_set_alarm(int64_t at_ns, int64_t interval_ns)
{
    ts_signal_alarm = (struct ts_signal_alarm){.at_ns = at_ns, .interval_ns = interval_ns};
    ts_sched.due_ns = at_ns < ts_sched.due_ns ? at_ns : ts_sched.due_ns;
}

bool ts_signals_may_ring(void)
{
    bool waits = false;
    if (ts_signal_alarm.at_ns == TS_NEVER) {
        return false;
    }
    bool handled = has_handler(SIGALRM);
    TS_MASK_EACH(i, &ts_sched.live)
    {
        const struct ts_sthread *thread = &ts_sched_threads[i];
        bool ended = thread->op.interrupts != TS_INTERRUPTS_NEVER ||
                     (ts_mask_has(&ts_sched.spinning, i) && !thread->spin.clock);
        waits = waits || thread->op.gate == TS_GATE_PENDING || (handled && ended);
    }
    return waits;
}

void ts_signals_ring(void)
{
    const struct ts_signal ring = {.number = SIGALRM, .code = SI_KERNEL, .target = TS_ALL_OTHERS};
    int64_t interval_ns = ts_signal_alarm.interval_ns;
    ts_signal_alarm.at_ns = interval_ns > 0 ? ts_signal_alarm.at_ns + interval_ns : TS_NEVER;
    (void)ts_signals_send(&ring); /* one that is pending is not pending twice */
    if (ts_self != NULL) {
        ts_sched_refresh(ts_self); /* it is at its point, too */
    }
}

/*
 * The scheduler: one thread of the program runs at a time, and at each point it is decided which.
 *
 * A point stands before an operation (op.h). The thread that reaches it says what it is about to do; the
 * strategy, or the schedule that is followed, chooses among the threads that can do theirs; the chosen one
 * returns from its point and does its operation. Blocking is a state here and never in the kernel: a thread
 * whose gate is shut is not chosen until somebody has opened it. Time is virtual: it moves a little at each
 * step, and jumps when a time-out is what comes next.
 *
 * Spin loops are told by what they do: a thread that reads the same places again and again, finds the same
 * values and writes nothing gives way until somebody writes to one of those places (spin.h).
 *
 * Threads: everything here is called by the thread that runs under the scheduler, which is the one for which
 * ts_self is not NULL. A thread without it (started before, or ending) is not scheduled, and its calls pass
 * through. Compiled without sanitizers, calls no libc (it is intercepted): ThreadSanitizer sees neither the
 * state nor the order that it makes. Ownership: the arena is the caller's. Units: virtual nanoseconds.
 * Errors: what cannot be gone on with ends the process (TS_EXPLORE_EXIT) after it is written to the arena.
 */
#ifndef TS_EXPLORE_CORE_SCHEDULER_H
#define TS_EXPLORE_CORE_SCHEDULER_H

#include "explore/core/arena.h"
#include "explore/core/handoff.h"
#include "explore/core/object.h"
#include "explore/core/spin.h"
#include "explore/core/strategy.h"

#include <poll.h>
#include <pthread.h>

#define TS_EXPLORE_EXIT 88 /* the schedule's end is in the arena */

/* Virtual time begins here: 2024-08-08 00:00:00 UTC, and so long after the machine's start. */
#define TS_VIRTUAL_EPOCH_NS  INT64_C(1723075200000000000)
#define TS_VIRTUAL_UPTIME_NS INT64_C(1000000000000)
#define TS_STEP_NS           50

struct ts_sthread {
    struct ts_context context;
    struct ts_op op;          /* what it will do when it goes on */
    struct ts_object *object; /* op.object's; NULL: none */
    const void *frame;        /* frame pointer at its point */
    uint64_t events;          /* points reached */
    uint64_t ran_at;          /* step at which it last went on, or then first came to be able to */
    uint64_t last_hash;       /* of its latest operation, for the class */
    struct ts_spin spin;
    uint64_t randoms;   /* that it has been given */
    int64_t leap_ns;    /* how far the clock was let run for its loop, the last time */
    struct pollfd *fds; /* at TS_GATE_FD with TS_FD_SET: what it waits for; the caller's, who sees revents */
    uint32_t fd_count;
    uint16_t index;
    bool used;
    bool ended;
    bool detached;
    bool joined;
    bool signalled; /* opens TS_GATE_SIGNAL */
    bool could;     /* at its point: the gate has been open, and may have been shut again */
    bool waited;    /* at its point: the gate was shut when it came; holder and opener are as in ts_step */
    bool uncancellable; /* it has said so */
    bool asynchronous;  /* it may be cancelled anywhere */
    bool had_robust;    /* it has held a robust mutex */
    bool signal_due;    /* it owes a handler its turn (signals.h) */
    bool handles;       /* it is in a handler */
    bool interrupted;   /* its latest ts_sched_reach was cut short by a handler */
    int64_t came_ns;    /* the time that had been jumped over when it came to its latest ts_sched_reach */
    uint64_t signals_blocked;
    uint64_t signals_awaited; /* at TS_GATE_PENDING */
    uint64_t cancelled; /* somebody has asked it to end; of an object's size, for who looks again and again */
    uint16_t holder;
    uint32_t opener;
    bool has_pthread; /* parked in the pool, or running */
    bool leaves;      /* it must end natively: called pthread_exit */
    pthread_t id;
    void *(*routine)(void *);
    void *argument;
    void *value;
    char begin_token; /* what ThreadSanitizer is told about: create happens before the body, */
    char end_token;   /* the body before join */
};

/* The calling thread, NULL when it is not under the scheduler. */
extern __thread struct ts_sthread *ts_self __attribute__((tls_model("initial-exec")));

/* How much of the program makes points. */
extern enum ts_points ts_sched_points;

/* Memory of whoever watches the program, of which atomic operations are no points: counters that every thread
 * writes would be most of the search. At most TS_SCHED_IGNORED times, before the first schedule. */
#define TS_SCHED_IGNORED 4u
void ts_sched_ignore(const void *start, uint64_t size);

struct ts_sched_range {
    uintptr_t begin;
    uintptr_t size;
};
extern struct ts_sched_range ts_sched_ignored[TS_SCHED_IGNORED];

static inline bool ts_sched_is_ignored(const volatile void *address)
{
    bool ignored = false;
    for (uint32_t i = 0; i < TS_SCHED_IGNORED; i++) {
        ignored |= (uintptr_t)address - ts_sched_ignored[i].begin < ts_sched_ignored[i].size;
    }
    return ignored;
}

/* The calling thread becomes thread 0 of schedule `number`. With `pooled` threads of the program park when
 * they end and are used again in the next schedule; else they end as usual. False: no schedule is left. */
bool ts_sched_begin(struct ts_arena *arena, uint64_t number, bool pooled);

/* Waits for all threads of the schedule to end, and completes its result. The calling thread is free again.
 */
void ts_sched_end(void);

/* Waits for all other threads to end; the schedule goes on. */
void ts_sched_wait_for_others(void);

/* The schedule ends here, though other threads may live: the process is about to exit. The calling thread is
 * free again. */
void ts_sched_exit(void);

/* The process dies: writes down how far the schedule came. For signal handlers. */
void ts_sched_died(void);

/* The program sends a signal to itself: what ends it then is its own doing. */
void ts_sched_signalled(int signal);

/* Reaches a point. True when the operation can be done now; false when its time has come instead, or (with
 * TS_GATE_SIGNAL) it woke without a signal, or (interrupted) a handler cut it short. */
bool ts_sched_reach(struct ts_sthread *self, const struct ts_op *op);

/* A point before an operation that nothing can block. */
void ts_sched_point(struct ts_sthread *self, enum ts_op_kind kind, const void *object, bool writes,
                    const void *pc);

/* The same for an atomic operation; `idle` as in ts_op. */
void ts_sched_atomic(struct ts_sthread *self, enum ts_op_kind kind, const volatile void *address, bool writes,
                     bool idle, const void *pc);

/* An access to plain memory: as above, but decided about only where the search considers it. */
void ts_sched_access(struct ts_sthread *self, enum ts_op_kind kind, const void *address, bool writes,
                     const void *pc);

/* The object at an address; ends the process when there is no room. */
struct ts_object *ts_sched_object(const void *address);

/* Gates that depend on the object may have changed. */
void ts_sched_changed(const struct ts_object *object);

/* Opens the gate of a thread that waits at TS_GATE_SIGNAL. */
void ts_sched_signal(uint32_t index);

/* Asks a thread to end: its gate is open when it waits where that can be. */
void ts_sched_cancel(struct ts_sthread *thread);

static inline bool ts_sched_must_end(const struct ts_sthread *thread)
{
    return thread->cancelled != 0 && !thread->uncancellable && !thread->leaves;
}

/* The threads that wait at TS_GATE_SIGNAL on the object and are not signalled yet, nor about to end. */
struct ts_mask ts_sched_waiters(const struct ts_object *object);

/* A choice of the strategy below `count`, recorded; 0 is the default. At most one for an event. */
uint32_t ts_sched_choose(uint32_t count);

/* Virtual monotonic time. */
int64_t ts_sched_now(void);

/* Descriptors may have become ready, or will by what the thread does before its next point. */
void ts_sched_descriptors_changed(void);

/* One of them is ready, or not open. */
bool ts_sched_descriptors_ready(struct pollfd *fds, uint32_t count);

struct ts_sthread *ts_sched_thread(uint32_t index);
struct ts_sthread *ts_sched_thread_of(pthread_t id); /* NULL: not one of this schedule */

/* A place for a new thread; NULL when TS_EXPLORE_THREADS are in use. */
struct ts_sthread *ts_sched_claim(struct ts_sthread *parent);
void ts_sched_unclaim(struct ts_sthread *thread);
/* It is there and can be run from now on. */
void ts_sched_started(struct ts_sthread *thread);
/* A thread under the scheduler has ended: others go on. Returns when it is begun anew (pooled), or natively.
 */
void ts_sched_finish(struct ts_sthread *self);
/* What a new pthread does first. */
void ts_sched_enter(struct ts_sthread *self);
bool ts_sched_pooled(void);
/* How the hand-off in use waits for a new pthread. */
void ts_sched_await(struct ts_sthread *thread);

/* Ends the schedule and the process. */
_Noreturn void ts_sched_fail(enum ts_run_end end, const char *text);

/* Called before the process ends by ts_sched_fail, on the failing thread; for who writes findings. */
extern void (*ts_sched_on_fail)(const struct ts_run_result *result);

#endif

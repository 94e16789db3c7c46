/*
 * The scheduler's state, for its own files.
 *
 * Threads: the one that runs.
 */
#ifndef TS_EXPLORE_CORE_STATE_H
#define TS_EXPLORE_CORE_STATE_H

#include "explore/core/scheduler.h"

/* A thread that could have gone on for so long is given a turn, whatever the strategy says (fair.c). */
#define TS_STARVED_STEPS UINT64_C(8192)

struct ts_sched {
    struct ts_arena *arena;
    struct ts_run_result *result; /* the arena's */
    const struct ts_handoff *handoff;
    const struct ts_explore_strategy *strategy;
    void *strategy_state;
    struct ts_strategy_run run;
    struct ts_mask live;     /* threads that have begun to be and not ended */
    struct ts_mask enabled;  /* gate open */
    struct ts_mask gated;    /* with a gate that is not TS_GATE_OPEN */
    struct ts_mask timed;    /* gate shut, and a deadline */
    struct ts_mask spinning; /* give way */
    struct ts_mask fd_waits; /* at TS_GATE_FD */
    uint32_t live_count;
    uint32_t spinners;
    uint32_t thread_count; /* of all time */
    bool pooled;
    bool replay;
    bool lenient;
    bool trace;
    bool everywhere; /* memory that nobody is known to share is decided about, too */
    bool fds_changed;
    bool failing;
    bool stuck;     /* nobody can go on; else it is what a thread does that a schedule ends for */
    bool preempted; /* the latest decision took the turn from a thread that could have gone on */
    uint64_t steps;
    uint64_t checksum;
    uint64_t class_hash;
    int64_t skipped_ns;     /* time jumped over */
    int64_t jump_ns;        /* next jump of the clock when everybody spins */
    uint32_t writes;        /* that changed something */
    uint64_t stalls;        /* steps in which everybody span */
    int64_t due_ns;         /* no thread that waits for time has an earlier one */
    int64_t look_ns;        /* when those who wait in a loop for the clock look at it again */
    uint64_t fair_at;       /* step at which it is looked for threads that starve */
    uint32_t owed;          /* thread that is given steps in a row, */
    uint32_t owed_steps;    /* and how many are left */
    uint32_t given_next;    /* first deviation that was not met yet */
    uint64_t novelty[1024]; /* a bit for each (thread, place, value), when the schedule is getting long */
    bool novel;
};

extern struct ts_sched ts_sched;
extern struct ts_sthread ts_sched_threads[TS_EXPLORE_THREADS];
extern const struct ts_op *ts_sched_ops[TS_EXPLORE_THREADS];

static inline int64_t ts_sched_time(void)
{
    return (int64_t)ts_sched.steps * TS_STEP_NS + ts_sched.skipped_ns;
}

static inline void ts_sched_stop_spinning(uint32_t index)
{
    ts_mask_set(&ts_sched.spinning, index, false);
    ts_sched.spinners--;
}

static inline uint64_t ts_sched_mix(uint64_t a, uint64_t b)
{
    return ts_hash64(a * 0x9e3779b97f4a7c15ULL + b);
}

/* decide.c: who goes on, now that `self` has reached its point or ended. */
struct ts_sthread *ts_sched_decide(struct ts_sthread *self);
bool ts_sched_gate_open(const struct ts_sthread *thread);
void ts_sched_refresh(struct ts_sthread *thread);
/* Who has what the thread waits for, or TS_NOBODY. */
int32_t ts_sched_holder(const struct ts_sthread *thread);

/* outside.c: asks again for those who wait for what the kernel knows; waits until one of them can go on, or a
 * while, when nobody is known to be able to. */
bool ts_sched_is_ready(const struct ts_sthread *thread);
void ts_sched_refresh_descriptors(void);
void ts_sched_wait_outside(void);

/* fair.c: who is owed a turn, of those who can go on without time passing; TS_EXPLORE_THREADS: nobody. Asked
 * from step fair_at on. */
uint32_t ts_sched_owed(const struct ts_mask *patient);

/* places.c: is this memory shared, as far as is known? Learns. */
bool ts_sched_is_shared(uint32_t thread, const void *address, bool writes);

/* end.c */
_Noreturn void ts_sched_deadlock(void);
void ts_sched_complete(enum ts_run_end end, const char *text);

/* describe.c: all threads, into the result; the frame is that of who fails. */
void ts_sched_describe(enum ts_run_end end, const void *own_frame);

#endif

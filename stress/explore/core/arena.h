/*
 * The arena: what a program under the scheduler and its driver share, in a file that both map.
 *
 * It survives any death of the program, so the schedule that killed it is known; and it carries what a search
 * learns from one schedule to the next, also when each runs in a process of its own.
 *
 * Threads: the program's side is written by the one thread that the scheduler lets run, the driver's before
 * it starts the program or while that waits. `phase`, `schedules` and `steps` may be read by the driver at
 * any time, as progress. Ownership: the driver creates the file. Order: everything else is read by the driver
 * after the program (or the child that ran the schedule) has ended, or has stopped in a way that it reported.
 */
#ifndef TS_EXPLORE_CORE_ARENA_H
#define TS_EXPLORE_CORE_ARENA_H

#include "explore/core/config.h"
#include "explore/core/handoff.h"
#include "explore/core/mask.h"
#include "explore/core/op.h"
#include "explore/core/schedule.h"

#include <stddef.h>

#define TS_STRATEGY_BYTES (UINT32_C(1) << 21)
#define TS_CLASSES        (UINT32_C(1) << 20) /* room for classes of schedules; a power of two */
#define TS_SHARED_PLACES  (UINT32_C(1) << 16) /* room for memory known to be shared; a power of two */
#define TS_STEPS_KEPT     (UINT32_C(1) << 20) /* of a traced schedule */
#define TS_ARENA_FRAMES   16u
#define TS_ARENA_FDS      8u
#define TS_STEP_NONE      UINT32_MAX

struct ts_fd_state {
    int32_t fd;
    char what[28]; /* "pipe", "eventpoll", the last part of a path; "": not known */
};

/* What each thread was doing when the schedule ended badly. */
struct ts_thread_state {
    struct ts_op op;
    bool used;
    bool ended;
    int32_t holder; /* the thread that has what it waits for; -1: nobody */
    uint32_t object_id;
    uint64_t signals;  /* at TS_GATE_PENDING: those that it awaits; none: any that is handled */
    uint32_t come;     /* of the object, a barrier: who has come to it */
    uint32_t fd_count; /* at TS_GATE_FD: of how many descriptors one must be ready; the first of them: */
    struct ts_fd_state fds[TS_ARENA_FDS];
    uint32_t frames;
    const void *frame[TS_ARENA_FRAMES]; /* return addresses, innermost first */
};

struct ts_step {
    uint16_t thread;
    uint8_t kind;
    uint8_t preempted;  /* another thread went on here, though this one could */
    uint32_t object_id; /* 0: none */
    const void *pc;
    uint64_t event;  /* of the thread */
    uint64_t value;  /* read or written, as far as known */
    uint32_t opener; /* the step after which it could go on again, as an index; TS_STEP_NONE: none */
    uint16_t holder; /* who had what it waited for; UINT16_MAX: nobody */
    uint8_t waited;  /* it could not go on when it came here */
    uint8_t timed;   /* its time came instead of what it waited for */
};

struct ts_run_result {
    uint32_t end; /* enum ts_run_end */
    uint32_t threads;
    uint32_t signal; /* the latest that the program has sent to itself; 0: none */
    uint32_t by;     /* the thread that did what ended it badly; TS_EXPLORE_THREADS: nobody, they are stuck */
    uint64_t number; /* of the schedule */
    uint64_t steps;
    uint64_t decisions; /* steps with an alternative */
    uint64_t preemptions;
    uint64_t checksum;    /* of all events */
    uint64_t class_hash;  /* equal for schedules that order the same conflicting operations the same way */
    uint64_t diverged_at; /* step */
    bool overflowed;      /* more deviations than there is room for */
    char text[256];       /* what to say about the end, "" when it was a good one */
    uint32_t deviation_count;
    struct ts_deviation deviations[TS_DEVIATIONS_MAX];
    struct ts_thread_state states[TS_EXPLORE_THREADS];
    uint32_t step_count; /* may exceed TS_STEPS_KEPT: the first ones are kept */
    struct ts_step step[TS_STEPS_KEPT];
};

/* Eight bytes of memory that more than one thread has used while several were alive. */
struct ts_place {
    uintptr_t granule; /* address / 8; 0: free */
    uint16_t thread;   /* who came first */
    uint8_t shared;    /* others came, and somebody wrote */
    uint8_t flags;     /* 1 written, 2 used by several */
};

/* What is known of a strategy beside others (mix.h). */
struct ts_mixed {
    uint64_t runs;    /* schedules that it has made */
    uint32_t repeats; /* the share of the latest whose class was known, in 1/65536 */
};

struct ts_arena {
    uint64_t magic;
    uint64_t size;
    struct ts_explore_config config;
    _Atomic uint32_t phase;     /* 1 while a schedule runs */
    _Atomic uint64_t schedules; /* ended, of this exploration */
    _Atomic uint64_t steps;     /* in them */
    _Atomic uint64_t step_now;  /* of the schedule under way; moves slowly */
    _Atomic uint64_t exhausted; /* a bit for each strategy of the config that has no further schedule */
    _Atomic uint32_t stop;      /* set by the driver: no further schedule is to begin */
    _Atomic int32_t process;    /* that runs the schedule; 0: the target itself */
    uint64_t cut;               /* of the schedules: ended at the limit of steps, still doing new things */
    uint64_t classes;           /* different ones */
    uint64_t classes_seen_once;
    uint64_t longest_steps; /* of any schedule; for the strategies */
    uint64_t most_decisions;
    uint32_t most_threads;
    uint32_t place_count;
    uint64_t shared_places; /* of those, how many are known to be shared */
    uint64_t
        latest_repeats; /* a bit for each of the latest 64 schedules, the last lowest: its class was known */
    struct ts_run_result result; /* of the latest schedule */
    uint32_t which;              /* strategy of the config has made it */
    struct ts_mixed mix[TS_ARENA_STRATEGIES];
    uint32_t given_count;
    uint64_t given_checksum; /* 0: none */
    struct ts_deviation given[TS_DEVIATIONS_MAX];
    struct ts_place places[TS_SHARED_PLACES];
    uint64_t class_seen[TS_CLASSES]; /* class hash, its lowest bit: seen more than once */
    _Alignas(64) unsigned char strategy_state[TS_ARENA_STRATEGIES][TS_STRATEGY_BYTES];
};

/* What both sides must agree on, since a program was perhaps built by another version: where the members
 * stand, and how many kinds of things their numbers tell apart. */
#define TS_ARENA_MAGIC                                                                                       \
    (UINT64_C(0x5241585354000000) + offsetof(struct ts_arena, phase) +                                       \
     offsetof(struct ts_arena, classes) * 31 + offsetof(struct ts_arena, result) * 37 +                      \
     offsetof(struct ts_arena, mix) * 41 + offsetof(struct ts_arena, class_seen) * 43 +                      \
     offsetof(struct ts_run_result, states) * 47 + sizeof(struct ts_thread_state) * 53 +                     \
     sizeof(struct ts_step) * 59 + TS_OP_COUNT * 61 + TS_GATE_PENDING * 67 + TS_RUN_REFUSED * 71)

#endif

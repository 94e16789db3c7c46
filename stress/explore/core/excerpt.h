/*
 * An excerpt of a traced schedule, short enough to be shown: its last steps, those round each switch and
 * round what a finding names, and what each thread waited for when nothing went on any more.
 *
 * Threads: pure. No libc: it also runs in a process that is about to die. Ownership: the caller's.
 */
#ifndef TS_EXPLORE_CORE_EXCERPT_H
#define TS_EXPLORE_CORE_EXCERPT_H

#include "explore/core/arena.h"
#include "explore/core/mark.h"

struct ts_excerpt_step {
    uint64_t number; /* steps done up to and with this one */
    uint64_t event;  /* of the thread */
    uint64_t value;
    const void *pc;
    uint64_t opener; /* number of the step that ended its wait; 0: none */
    uint32_t object; /* 0: none */
    uint16_t thread;
    uint16_t holder; /* UINT16_MAX: nobody */
    uint16_t choice; /* the value chosen here, a fault: 0 is the default */
    uint8_t kind;    /* enum ts_op_kind */
    uint8_t mark;    /* enum ts_excerpt_mark */
    bool picked;     /* the schedule says that this thread goes on here, when the one before could not */
    bool waited;
    bool timed;
    bool named; /* `named` knows it, and the one before or after that it knows is another thread's */
};

/* Calls `take` for each step of the excerpt, in order; at most `max`. Returns how many. Those near the first
 * ones at which threads meet in what `named` knows (a finding's accesses; NULL: nothing) are kept as those
 * near a switch. */
uint32_t ts_excerpt(const struct ts_run_result *result, uint32_t max,
                    bool (*named)(const struct ts_step *step, void *user_data),
                    void (*take)(const struct ts_excerpt_step *step, void *user_data), void *user_data);

#endif

/*
 * What an exploration does: the part of the arena (arena.h) that its driver fills in; and how schedules end.
 *
 * Threads: plain data. Units: none.
 */
#ifndef TS_EXPLORE_CORE_CONFIG_H
#define TS_EXPLORE_CORE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define TS_ARENA_STRATEGIES 9u

/* Whose turn it is when time alone could wake a thread. */
enum ts_time {
    TS_TIME_EAGER, /* a time-out may come at any step, however soon */
    TS_TIME_LAZY,  /* time passes only when nobody can go on */
};

struct ts_strategy_choice {
    uint32_t id;    /* enum ts_strategy_id */
    uint32_t depth; /* pct: bugs of this depth; delay: delays; dfs: preemptions; else unused */
};

struct ts_explore_config {
    uint64_t seed;
    uint64_t first; /* number of the first schedule */
    uint64_t count; /* how many; a replay has one */
    uint64_t steps_max;
    uint32_t points; /* enum ts_points */
    uint32_t time;   /* enum ts_time */
    uint32_t handoff;
    uint32_t strategies; /* schedule n is made by number n % strategies, or by another (mix.h) */
    struct ts_strategy_choice strategy[TS_ARENA_STRATEGIES];
    bool spurious; /* condition variables may wake without a signal */
    bool replay;   /* follow `given` */
    bool lenient;  /* leave out what cannot be followed instead of calling it a divergence; `given` is sorted
                      by  thread, event and kind */
    bool trace;    /* keep steps, of memory that nobody shares too */
    bool keep;     /* keep steps as they are decided about */
    bool fork; /* a program's schedules are forked, not run in the server's memory (program/image.h); what the
                  first run asks for holds until the program is started again */
    bool attend; /* every schedule is worth a look (control.h) */
};

enum ts_run_end {
    TS_RUN_NONE, /* under way, or it died */
    TS_RUN_DONE,
    TS_RUN_DEADLOCK,
    TS_RUN_LOST_WAKEUP, /* a deadlock in which all that is waited for is signals */
    TS_RUN_LIVELOCK,    /* steps without end, none of which does anything new */
    TS_RUN_LONG,        /* more steps than are allowed, and still doing new things */
    TS_RUN_DIVERGED,    /* the schedule given could not be followed */
    TS_RUN_REFUSED,     /* the scheduler cannot model what the program does */
};

#endif

/*
 * What a step of a schedule's excerpt stands for.
 */
#ifndef TS_EXPLORE_CORE_MARK_H
#define TS_EXPLORE_CORE_MARK_H

enum ts_excerpt_mark {
    TS_EXCERPT_DONE,
    TS_EXCERPT_STOPPED, /* a preemption: it could have gone on, and another thread did */
    TS_EXCERPT_STUCK,   /* it waits when the schedule ends */
};

#endif

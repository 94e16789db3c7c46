/*
 * Many findings to be shrunk, and one budget: each has a fair share of what is left, in schedules and in
 * time. What some do not need goes to the others, in further rounds: to those of which most is left, as long
 * as a round still leads further.
 *
 * A share of time is never less than a second, in which nothing would come of it: where there is too little
 * for all, the last ones stay as they are.
 *
 * Threads: the caller's. Ownership: the caller's. Units: milliseconds, schedules. Progress: ends when nobody
 * has anything to gain, when the budget is used up, or when a part says so. Errors: none of its own.
 */
#ifndef TS_EXPLORE_SHRINK_ROUNDS_H
#define TS_EXPLORE_SHRINK_ROUNDS_H

#include "explore/shrink.h"

/* How long all of it may take: as asked for; else (0) as long as the search, but from 20 s to 5 min; 5 min
 * where that had no limit of time (0). */
int64_t ts_shrink_limit_ms(int64_t asked_ms, int64_t search_ms);

struct ts_shrink_item {
    bool begun;
    bool settled;           /* there is nothing more to do for it */
    bool better;            /* its latest part has led further */
    uint64_t tries;         /* schedules that went into it so far */
    uint64_t left;          /* deviations that it still has */
    enum ts_shrunk_end end; /* of its latest part */
};

struct ts_shrink_rounds {
    uint64_t tries_each; /* at most, for one finding */
    uint64_t tries_all;
    int64_t limit_ms; /* for all of them */
    /* Shrinks one further, and brings its item up to date. False: enough of all. */
    bool (*part)(size_t index, uint64_t tries, int64_t limit_ms, void *user_data);
    void *user_data;
};

void ts_shrink_rounds(const struct ts_shrink_rounds *rounds, struct ts_shrink_item *items, size_t count);

#endif

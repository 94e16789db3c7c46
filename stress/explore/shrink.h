/*
 * Shrinks a schedule: the fewest switches that still show the same finding, and which order of which two
 * operations decides.
 *
 * Deviations are left out by delta debugging (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing
 * Input, IEEE TSE 28(2), 2002); what is left follows leniently, and what really happened is the next
 * schedule. Then preemptions move to where their thread must stop anyway, and a search bounded to fewer
 * preemptions looks for what no leaving out can reach. Fewer preemptions count most; then the default
 * schedule, of which nothing can be left out; then switches, threads that are switched to, choices,
 * deviations. Each step is taken only after an exact replay with the same checksum.
 *
 * An ordering is tried, not guessed: a preemption is put off until its thread has done the operation before
 * which it was stopped; if the finding is gone, that operation against one of those that others did meanwhile
 * is what decides.
 *
 * The budget is in schedules, so that one finding is shrunk to one result wherever it is done. Time is a
 * limit for who waits: what it cuts short depends on the machine, and is told (`end`). The proof of the
 * result is in it, by what the first schedule took.
 *
 * Threads: the caller's, one at a time; callbacks run on it. Ownership: the caller's driver; ts_shrunk_fini
 * frees the result. Units: milliseconds. Progress: ends after `tries_max` schedules and the few of the proof,
 * or about `limit_ms`, or when `tick` says no; what was reached by then is the result. Errors: TS_MISMATCH
 * when the schedule given does not show the finding, or not every time; TS_NO_MEMORY; those of the driver.
 */
#ifndef TS_EXPLORE_SHRINK_H
#define TS_EXPLORE_SHRINK_H

#include "explore/driver/driver.h"

/* How far it is. */
struct ts_shrink_progress {
    uint64_t tries;
    uint64_t preemptions; /* of the best schedule so far */
    uint32_t deviations;
};

struct ts_shrink_request {
    struct ts_driver *driver;
    struct ts_explore_config config; /* of the search; its points are the schedule's */
    const char *signature;           /* of the finding */
    uint64_t tries_max;
    int64_t limit_ms;
    /* Schedules of the same points that others were shrunk to: the finding may be in one that is shorter. */
    const struct ts_schedule *hints;
    size_t hint_count;
    /* Called between schedules; false: enough. NULL: no interest. */
    bool (*tick)(const struct ts_shrink_progress *progress, void *user_data);
    void *user_data;
};

/* What ended it; of several the last of these. */
enum ts_shrunk_end {
    TS_SHRUNK_WHOLE,   /* no step led further; `fewest` says whether all with fewer preemptions were run */
    TS_SHRUNK_TRIES,   /* its budget */
    TS_SHRUNK_TIME,    /* its limit of time */
    TS_SHRUNK_STOPPED, /* the caller */
    TS_SHRUNK_ENDS
};

extern const char *const ts_shrunk_end_names[TS_SHRUNK_ENDS]; /* as files have them */

struct ts_shrunk {
    struct ts_schedule schedule; /* exact, with its checksum */
    uint64_t preemptions;
    uint64_t switches;
    uint64_t steps;
    uint32_t threads;
    uint64_t preemptions_before;
    uint64_t switches_before;
    uint32_t deviations_before;
    uint64_t tries;
    bool fewest; /* all with fewer were run, early time-outs and choices counted alike: none shows it */
    enum ts_shrunk_end end;
    char *ordering; /* sentences, a line each: which order decides */
};

ts_err ts_shrink(const struct ts_shrink_request *request, const struct ts_schedule *found,
                 struct ts_shrunk *shrunk, struct ts_diag *diag);

void ts_shrunk_fini(struct ts_shrunk *shrunk);

/* A sentence about how it ended, and how far it came, in so many schedules. */
void ts_shrunk_say(enum ts_shrunk_end end, uint64_t tries, uint32_t deviations, uint32_t deviations_before,
                   char *text, size_t size);

#endif

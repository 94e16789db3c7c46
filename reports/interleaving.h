/*
 * The interleaving of an explored finding: which thread did what, in which order, in the schedule that shows
 * it. What the viewer draws.
 *
 * A file of JSON lines (RECORD.md): a head, then steps. Long schedules are excerpts, so numbers of steps have
 * gaps.
 *
 * Threads: none of its own; a loaded interleaving is read-only. Ownership: load allocates, free releases with
 * all strings; one that is built by hand owns nothing. Strings are never NULL. Units: steps and events count
 * from 1, threads from 0 (the one that began). Errors: TS_MALFORMED with the line, TS_MISMATCH another
 * format, TS_LIMIT too large, TS_NOT_FOUND, TS_IO, TS_NO_MEMORY.
 */
#ifndef TS_REPORTS_INTERLEAVING_H
#define TS_REPORTS_INTERLEAVING_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TS_INTERLEAVING_FORMAT      1
#define TS_INTERLEAVING_STEPS_MAX   8192
#define TS_INTERLEAVING_THREADS_MAX 256
#define TS_INTERLEAVING_NOBODY      (-1)

enum ts_interleaving_mark {
    TS_INTERLEAVING_DONE,
    TS_INTERLEAVING_STOPPED, /* a preemption: it could have done this, and another thread went on */
    TS_INTERLEAVING_STUCK,   /* where it stands when the schedule ends without it */
};

struct ts_interleaving_step {
    int64_t step; /* of STOPPED: that of the step which is done instead */
    int64_t thread;
    int64_t event; /* of the thread, as schedules count them */
    enum ts_interleaving_mark mark;
    const char *operation; /* "lock" */
    int64_t object;        /* 0: none */
    const char *function;  /* "" when unknown */
    const char *file;
    int64_t line;
    bool waited;    /* it could not do this when it came here */
    int64_t holder; /* thread that had what it waited for, or NOBODY */
    int64_t opener; /* step that let it go on; 0: none */
    bool timed;     /* its time came instead */
    bool picked;    /* the schedule chose this thread when the one before had to stop */
    bool named;     /* an access that a finding names; the named one before or after is another thread's */
    int64_t choice; /* other than 0: the value chosen here: a fault that happens, who is signalled */
    bool has_value; /* of memory that is read here: */
    uint64_t value; /* the eight bytes round it, as they were */
};

struct ts_interleaving {
    const char *schedule; /* "ts1.a.2:15-3.9f3a2c11" */
    const char *end;      /* "deadlock", "lost-wakeup", "livelock", or "" */
    const char *ordering; /* the order that decides, a sentence a line; "" when it was not sought */
    int64_t threads;
    int64_t step_count; /* of the schedule; not all need be below */
    int64_t preemptions;
    struct ts_interleaving_step *steps;
    size_t count;
    void *owned; /* load's */
};

ts_err ts_interleaving_load(const char *path, struct ts_interleaving *interleaving, struct ts_diag *diag);
void ts_interleaving_free(struct ts_interleaving *interleaving);

/* Writes the file's text. Strings that are no UTF-8 are made so. */
ts_err ts_interleaving_write(const struct ts_interleaving *interleaving, FILE *out, struct ts_diag *diag);

#endif

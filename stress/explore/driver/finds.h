/*
 * Findings of a search, each once, by signature: the schedule that showed it with the fewest preemptions, and
 * how often it came.
 *
 * Threads: one at a time. Ownership: entries own copies of what they hold; fini frees them.
 */
#ifndef TS_EXPLORE_DRIVER_FINDS_H
#define TS_EXPLORE_DRIVER_FINDS_H

#include "explore/driver/driver.h"

#include <stdio.h>

struct ts_find {
    char signature[20];
    char kind[24];
    char what[24]; /* the kind, more exactly: "assertion" among crashes, "lock-order" among deadlocks */
    char *title;
    char *text;     /* for a person: stacks and all */
    char *json;     /* an object, without schedule and counts */
    char *schedule; /* shrunk, where it was */
    char *found;    /* the schedule before it was shrunk; NULL: it was not */
    char *ordering; /* which order of operations decides; NULL: not known */
    char *output;   /* what the schedule wrote */
    bool traced;    /* its interleaving is in a file beside it */
    uint64_t first; /* number of the schedule */
    uint64_t count;
    uint64_t preemptions;
    uint64_t preemptions_found;
    /* All with fewer were run, early time-outs and choices counted as preemptions: none shows it. */
    bool fewest;
    bool unsteady;         /* its schedule did not always bring it back when it was to be shrunk */
    const char *shrinking; /* how that ended (shrink.h); NULL: it was not */
    uint64_t tries;
    char shrunk[200]; /* a sentence: how far; "": nobody tried */
    uint32_t threads;
    uint64_t steps;
};

struct ts_finds {
    struct ts_find *list;
    size_t count;
    size_t room;
};

/* Takes what an event brought. Returns how many findings were new, or -1 without memory; the new ones are the
 * last of the list. */
int ts_finds_add(struct ts_finds *finds, const struct ts_driver_event *event);

/* Stacks for a person, "  #0 function file.c:12" a line. */
void ts_find_stacks(FILE *out, const struct ts_finding *finding);

/* One file's JSON: the finding, its schedule, and the command. */
void ts_find_json(FILE *out, const struct ts_find *entry, const char *program, const char *command);

void ts_finds_fini(struct ts_finds *finds);

#endif

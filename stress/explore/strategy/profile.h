/*
 * The profile: how many operations each thread did on each object, averaged over the schedules so far. For
 * strategies that weigh threads by what they have yet to do.
 *
 * Threads and objects are known again in the next schedule: a thread by its line of descent (the nth child of
 * which thread), an object by its address. What a thread's children do counts towards the thread until they
 * are there.
 *
 * Threads: the one that runs. Ownership: lies in the strategy's state; holds no pointers. Progress: counting
 * is a look-up in an open hash table. When a table is full, what is new goes uncounted.
 */
#ifndef TS_EXPLORE_STRATEGY_PROFILE_H
#define TS_EXPLORE_STRATEGY_PROFILE_H

#include "explore/core/op.h"

#include <stdbool.h>
#include <stdint.h>

#define TS_PROFILE_LINES   1024u /* threads known by descent */
#define TS_PROFILE_OBJECTS 4096u
#define TS_PROFILE_COUNTS  16384u
#define TS_PROFILE_NONE    UINT32_MAX

struct ts_profile_line {
    uint64_t descent;
    uint32_t parent; /* a line before this one; TS_PROFILE_NONE: the first */
};

struct ts_profile_object {
    uintptr_t address;
    uint32_t line; /* who came first */
    bool several;  /* others came */
    bool written;
    uint64_t seen_in; /* number of the schedule, plus 1 */
};

struct ts_profile_count {
    uint32_t line;
    uint32_t object;
    uint32_t now;     /* in this schedule */
    uint32_t average; /* over the past ones, in sixteenths */
};

struct ts_profile {
    uint32_t line_count;
    uint32_t object_count;
    uint32_t count_count;
    struct ts_profile_line line[TS_PROFILE_LINES];
    struct ts_profile_object object[TS_PROFILE_OBJECTS];
    struct ts_profile_count count[TS_PROFILE_COUNTS];
    /* Open addressing; an index plus 1, 0 is free. */
    uint16_t line_slot[2 * TS_PROFILE_LINES];
    uint16_t object_slot[2 * TS_PROFILE_OBJECTS];
    uint16_t count_slot[2 * TS_PROFILE_COUNTS];
};

/* The line of the first thread, and of a child; TS_PROFILE_NONE when there is no room. */
uint32_t ts_profile_root(struct ts_profile *profile);
uint32_t ts_profile_child(struct ts_profile *profile, uint32_t parent, uint32_t number);

/* The number of an object; TS_PROFILE_NONE when there is no room. */
uint32_t ts_profile_object(struct ts_profile *profile, const void *address);

/* A thread does something with an object. `hint` is the caller's, one for each thread, below
 * TS_PROFILE_COUNTS: it makes the next operation on the same object cheap. */
void ts_profile_note(struct ts_profile *profile, uint32_t line, uint32_t object, bool writes,
                     uint64_t schedule, uint32_t *hint);

/* The schedule has ended: what was counted becomes part of the average. A full table begins anew. */
void ts_profile_close(struct ts_profile *profile);

#endif

/*
 * Objects: what the scheduler knows of the mutexes, condition variables, semaphores and memory of the
 * program, by address, anew in each schedule.
 *
 * Threads: the one that runs. Progress: a look-up is a probe or two of an open hash table; beginning anew
 * costs nothing (entries carry the number of the schedule).
 */
#ifndef TS_EXPLORE_CORE_OBJECT_H
#define TS_EXPLORE_CORE_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#define TS_OBJECTS_MAX (UINT32_C(1) << 15)
#define TS_NOBODY      (-1)

struct ts_object {
    const void *address;
    uint32_t generation;
    uint32_t id;         /* in order of first use, from 1 */
    int32_t holder;      /* thread that holds it exclusively, or TS_NOBODY */
    uint32_t depth;      /* how often it holds it */
    uint32_t readers;    /* who hold it shared */
    uint32_t count;      /* of a semaphore; who has come to a barrier; writers that wait before readers */
    uint32_t detail;     /* the model's own */
    uint32_t changed;    /* by which of the schedule's writes last; 0: none */
    uint64_t last_write; /* hashes of the latest operations, for the class of the schedule */
    uint64_t last_reads;
};

/* In `detail`: a mutex that is free when its holder ends. */
#define TS_OBJECT_ROBUST 1u

void ts_objects_begin(void);

/* The object at an address; a new one is free, with count 0. NULL: there is no room left. */
struct ts_object *ts_object_at(const void *address);

/* The same, NULL when it was never used. */
struct ts_object *ts_object_find(const void *address);

/* What a thread that ends holds of those that are robust is nobody's; `changed` is told of each. */
void ts_objects_abandon(uint32_t thread, void (*changed)(const struct ts_object *object));

/* It is being initialised or destroyed: whatever stood there before is no more. */
void ts_object_reset(struct ts_object *object);

#endif

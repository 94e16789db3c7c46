/*
 * A schedule: every choice of one execution, as the differences from the default scheduler.
 *
 * The default scheduler lets a thread run until it cannot go on, then takes the next one by number that can;
 * time passes only when nobody can go on; the first waiter is signalled; no fault happens. A deviation says
 * where something else was chosen: at the nth event of a thread (an event is a point that it reaches) either
 * another thread went on, or a choice had another value. Events are counted whether or not the search
 * considered them, so a schedule means the same whatever the search had learned.
 *
 * As text, without spaces and safe in a shell:
 *
 *   ts1.a.2:15-3,3:9=1.9f3a2c11
 *       |  |           `- checksum of all events; "-" when there is none
 *       |  `- at event 15 of thread 2 thread 3 goes on; at event 9 of thread 3 the choice is 1; "-": no
 * deviation
 *       `- points: s synchronisation, a atomics too, m plain memory too
 *
 * Threads: pure functions. Errors: ts_schedule_parse names the character where it stopped.
 */
#ifndef TS_EXPLORE_CORE_SCHEDULE_H
#define TS_EXPLORE_CORE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_DEVIATIONS_MAX 262144u /* one at each step of the longest that is allowed by default, and more */

enum ts_points { TS_POINTS_SYNC, TS_POINTS_ATOMIC, TS_POINTS_ALL };

struct ts_deviation {
    uint64_t at;     /* events of `thread` */
    uint16_t thread; /* by number in order of creation; the first is 0 */
    uint16_t value;  /* the thread that goes on, or the value chosen */
    uint16_t choice; /* 1: a choice; 0: a switch */
};

struct ts_schedule {
    enum ts_points points;
    bool has_checksum;
    uint32_t checksum;
    uint32_t count;
    struct ts_deviation *deviations; /* the caller's */
};

/* The part of a checksum that a schedule's text holds. */
static inline uint32_t ts_schedule_checksum(uint64_t checksum)
{
    return (uint32_t)(checksum ^ checksum >> 32);
}

/* The letter of a kind of points, and back (-1: none). */
char ts_points_letter(enum ts_points points);
int ts_points_find(char letter);

/* Room that the text needs, its end included. */
size_t ts_schedule_text_size(const struct ts_schedule *schedule);

/* Writes the text; false when `size` is too small (nothing usable was written). */
bool ts_schedule_text(const struct ts_schedule *schedule, char *text, size_t size);

/* Reads a text into a schedule whose `deviations` has room for `room`. On failure false, and *place is the
 * offset of what is not valid. */
bool ts_schedule_parse(const char *text, struct ts_schedule *schedule, uint32_t room, size_t *place);

#endif

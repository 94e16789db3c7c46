/*
 * Which of several strategies makes the next schedule.
 *
 * By turns: schedule n is number n % count's. One whose schedules have mostly been of classes known before,
 * while others still find new ones, is tired: it keeps every fourth of its turns, and the others share the
 * rest, so that a small program is not run in the same few ways for most of the time. So it is, from the
 * second schedule on, among many threads with those whose chance falls with their number. What has been seen
 * depends on the schedules alone, so a seed has one result.
 *
 * Threads: the one under the scheduler. Ownership: all state lies in the arena.
 */
#ifndef TS_EXPLORE_CORE_MIX_H
#define TS_EXPLORE_CORE_MIX_H

#include "explore/core/arena.h"

/* A strategy that is named twice has two turns, and learns from both under the first of these places. */
uint32_t ts_mix_first(const struct ts_arena *arena, uint32_t which);

/* The strategy of the config that makes schedule `number`. */
uint32_t ts_mix_whose(const struct ts_arena *arena, uint64_t number);

/* A schedule of strategy `which` has ended, and whether its class was new. */
void ts_mix_learn(struct ts_arena *arena, uint32_t which, bool fresh);

/* Counts a schedule by its class. A full table takes no new ones. False: it was known. */
bool ts_mix_count(struct ts_arena *arena, uint64_t class_hash);

#endif

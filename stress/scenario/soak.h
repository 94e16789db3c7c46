/*
 * What a long life is watched for: memory that grows, a heartbeat that falters. What was seen goes to the
 * board (worker/board.h) and from there into the record.
 *
 * Memory: the owner looks in equal steps. The lowest of each stretch of looks is kept, at most
 * TS_BOARD_TROUGHS of them: when they are full, neighbours are joined and stretches are twice as long. The
 * slope leaves out the first fifth, in which a process comes to its size.
 * Heartbeat: the gaps between beats, and how many beats are missing in them. A witness beats beside the
 * heart, for a machine that holds up both is not what is looked for.
 *
 * Threads: a watch belongs to one thread; the beats' end may be another's, ordered by who calls.
 * Progress: looking opens a file of /proc; a beat costs some additions.
 */
#ifndef TS_SCENARIO_SOAK_H
#define TS_SCENARIO_SOAK_H

#include "base/clock.h"
#include "worker/board.h"

#define TS_MEMORY_LEAST_NS (20 * TS_NS_PER_S) /* a shorter life is still coming to its size */
#define TS_BEAT_BUCKETS    4096u /* each a thousandth of the period wide; the last takes all longer gaps */

struct ts_memory_watch {
    struct ts_board_soak *soak;
    int64_t start_ns, end_ns; /* of the looks */
    uint64_t looks;
    uint32_t looks_each, looks_here; /* of a stretch; in the one that is not over yet */
    uint32_t lowest_kib;             /* in it */
};

void ts_memory_watch_begin(struct ts_memory_watch *watch, struct ts_board_soak *soak);
void ts_memory_watch_look(struct ts_memory_watch *watch);
/* The same of a memory known otherwise. */
void ts_memory_watch_take(struct ts_memory_watch *watch, int64_t now_ns, uint32_t resident_kib);
/* The slope of what was looked at, unbounded after less than TS_MEMORY_LEAST_NS. Whether memory has grown,
 * for all that 95 % says, and by more than noise_kib. */
bool ts_memory_watch_end(struct ts_memory_watch *watch, uint32_t noise_kib);

struct ts_beat_watch {
    int64_t period_ns, last_ns, most_ns;
    uint64_t beats, missed;
    double mean_ns, squares; /* Welford's sums: Technometrics 4 (1962) */
    uint32_t buckets[TS_BEAT_BUCKETS];
};

void ts_beat_watch_begin(struct ts_beat_watch *watch, int64_t period_ns);
void ts_beat_watch_beat(struct ts_beat_watch *watch, int64_t now_ns);
void ts_beat_watch_end(const struct ts_beat_watch *watch, struct ts_board_beats *beats);

#endif

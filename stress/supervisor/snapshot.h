/*
 * What a worker left on its board, copied out once it is dead (or while it runs, for a progress line).
 *
 * A worker that corrupted memory may have scribbled over its board: every count is bounded, every string is
 * ended and made printable ASCII, so that nothing it wrote can harm the supervisor, a terminal or the record.
 *
 * Threads: the supervisor's own. Ownership: a snapshot holds no memory of its own. Errors: none.
 * Order: acquires `reports_ready`, `violations_ready` and `phase`; pairs with READY in worker/board.h.
 */
#ifndef TS_SUPERVISOR_SNAPSHOT_H
#define TS_SUPERVISOR_SNAPSHOT_H

#include "supervisor/site_tally.h"
#include "worker/board.h"

#include <stdbool.h>

/* A report in short. Title and signature are not on the board: they come with its stacks' symbols. */
struct ts_snapshot_report {
    char kind[24];
    char description[48];
    char title[192];
    char signature[24];
    uint64_t count;
};

struct ts_snapshot_violation {
    char name[48];
    char detail[208];
    char signature[24];
};

struct ts_snapshot_latency {
    uint64_t samples, max_ns, untimed;
    uint64_t buckets[TS_LATENCY_BUCKETS];
};

struct ts_snapshot {
    uint32_t phase;
    uint64_t hazard;
    uint64_t counters[TS_COUNTER_COUNT];
    bool armed[TS_PROBE_COUNT]; /* probes */
    uint64_t reached[TS_PROBE_COUNT], fired[TS_PROBE_COUNT];
    struct ts_site_tally sites;
    bool may_refuse;    /* a fault made an operation fail without which nothing can be set up (point.h) */
    uint32_t killed_at; /* 1 plus the probe whose rule ended the process; 0: none did */
    char crash_class[32];
    char note[256];
    struct ts_board_soak soak;
    struct ts_snapshot_latency latency;
    size_t report_count;
    uint32_t reports_lost;
    struct ts_snapshot_report reports[TS_BOARD_REPORTS];
    size_t violation_count;
    uint32_t violations_claimed;
    struct ts_snapshot_violation violations[TS_BOARD_VIOLATIONS];
};

void ts_snapshot_take(const struct ts_board *board, struct ts_snapshot *snapshot);

/* A whole report, as bounded and printable as the rest; index below report_count. And the crash. */
void ts_snapshot_report_whole(const struct ts_board *board, size_t index, struct ts_board_report *report);
bool ts_snapshot_crash(const struct ts_board *board, struct ts_board_crash *crash);

/* Copies at most size - 1 characters of source (which holds at most source_size, with or without an end). */
void ts_snapshot_text(char *target, size_t size, const char *source, size_t source_size);

#endif

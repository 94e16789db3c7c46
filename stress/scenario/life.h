/*
 * A life: one run of one scenario in one worker process, and what every scenario needs for it.
 *
 * Threads: by the owner thread, but for the board, which any thread may write.
 * Ownership: the worker owns the life and its strings.
 * Units: deadline_ns on the clock of base/clock.h.
 */
#ifndef TS_SCENARIO_LIFE_H
#define TS_SCENARIO_LIFE_H

#include "base/err.h"
#include "base/random.h"
#include "host/runner.h"
#include "scenario/catalog.h"
#include "tape/source.h"
#include "worker/board.h"

#include <stdbool.h>

#define TS_SETTINGS_MAX 16

/* What is on its way is stranded after so many looks without any progress, most of them half a millisecond
 * apart, or a whole one where timers are coarse: far above what a pipeline needs, and below the supervisor's
 * patience, which would call it a hang. Counted and not timed, for a clock that jumps is one of the faults.
 */
#define TS_DRAIN_LOOKS_MAX 7000u

struct ts_setting {
    const char *key;
    const char *value;
};

struct ts_life {
    struct ts_board *board;
    enum ts_delivery_mode mode;
    enum ts_flavour flavour;
    uint64_t seed;
    struct ts_random random; /* the scenario's decisions; owner thread only */
    int64_t deadline_ns;
    const char *library_path;
    const char *scratch_dir;
    const char *ticks_path; /* NULL: synthetic */
    double speed;           /* of ts_pace; 0: flat out */
    bool speed_given;
    uint32_t passes; /* of the tick file; 0: endless */
    struct ts_setting settings[TS_SETTINGS_MAX];
    size_t setting_count;
    bool explored;        /* its time is virtual, and a request to stop waits for its end */
    bool late_callbacks;  /* the scenario's libraries call back after their engine's end, and may */
    uint64_t hazard_seen; /* of what is on the board */
    /* What of the running engine is on the board already. */
    struct ts_runner_stats runner_seen;
    struct ts_strategy_table_stats table_seen;
    struct signal_stats engine_seen;
};

/* The body of a scenario: TS_OK when the life ran to its end (whatever it found is on the board), an error
 * when it could not run. */
typedef ts_err (*ts_scenario_body)(struct ts_life *life, struct ts_diag *diag);

/* By name in the catalog; every entry has one. */
ts_scenario_body ts_scenario_body_of(const char *name);

/* A size, number or time of the scenario's: in full, or for one of many explored runs, which have some
 * hundreds of steps to bring the hazard about. */
static inline uint32_t ts_life_size(const struct ts_life *life, uint32_t full, uint32_t explored)
{
    return life->explored ? explored : full;
}

/* Whether to end: the time is up or the supervisor asks for it. Also the heartbeat: call it in every loop. */
bool ts_life_over(struct ts_life *life);
/* The same without the heartbeat, for a wait: one that never ends is to be seen. Any thread. */
bool ts_life_expired(const struct ts_life *life);

/* The value of a setting, or fallback. */
const char *ts_life_setting(const struct ts_life *life, const char *key, const char *fallback);
/* As an integer in [minimum, maximum]; TS_INVALID names key and value. */
ts_err ts_life_number(const struct ts_life *life, const char *key, uint64_t fallback, uint64_t minimum,
                      uint64_t maximum, uint64_t *value, struct ts_diag *diag);

/* The life's hazard has occurred so often by now. Statistic; one thread. */
void ts_life_hazard(struct ts_life *life, uint64_t times);

/* The tick file, if the life has one, else the synthetic source with these options. */
ts_err ts_life_source(const struct ts_life *life, const struct ts_synthetic_options *synthetic,
                      struct ts_source **source, struct ts_diag *diag);

/* An engine begins: its counters start at zero. */
void ts_life_engine_begins(struct ts_life *life);

/* Adds to the board what runner and engine have counted since the last call. engine: NULL to ask the running
 * one. */
void ts_life_account(struct ts_life *life, const struct ts_runner *runner, const struct signal_stats *engine);

/* Adds to the board, once, what an engine without a runner counted in its whole life. Any thread. */
void ts_life_account_engine(struct ts_life *life, const struct ts_runner_stats *host,
                            const struct signal_stats *final);

/* Resident memory of the process, bytes, counted page by page: the kernel's running count (statm) is off by
 * up to 64 pages on two processors. 0 when nobody says. */
uint64_t ts_life_resident_bytes(void);

#endif

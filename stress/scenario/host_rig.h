/*
 * The rig that scenarios share: a runner with its engine, the checker and the strategies, fed from a tick
 * source.
 *
 * Threads: by the owner thread; on_result, which the rig connects to the checker, by the delivering thread.
 * Ownership: the rig owns source, runner and journal file.
 */
#ifndef TS_SCENARIO_HOST_RIG_H
#define TS_SCENARIO_HOST_RIG_H

#include "scenario/checker.h"
#include "scenario/ema_strategy.h"
#include "scenario/life.h"

struct ts_rig_options {
    uint32_t strategies; /* slots */
    uint32_t ingress_capacity;
    uint32_t queue_capacity;
    enum ts_overflow_policy queue_policy;
    uint32_t poll_budget;
    uint32_t models;
    bool one_thread;    /* for all stages of the engine (engine/config.h) */
    bool results_only;  /* strategies get results, no ticks */
    const char *symbol; /* what the strategies subscribe to; NULL: everything */
    uint32_t ahead_max; /* results on their way before the feed waits; 0: it never waits */
    bool lossless;
    bool ingress_blocks; /* signal_on_data waits for room, so that no tick is dropped */
    bool poll_on_depth;
    uint32_t idle_sleep_max_ms;     /* as the runner's */
    struct ts_ema_options strategy; /* template; board, mode, epoch and journal_file are the rig's to fill */
    struct ts_synthetic_options synthetic;
    double speed;        /* unless the life has its own */
    bool source_on_loan; /* rig->source is set by the caller and stays the caller's */
};

/* The documents' defaults: queue 4096, drop-newest, one model. Explored lives have smaller buffers. */
struct ts_rig_options ts_rig_defaults(const struct ts_life *life);

struct ts_rig {
    struct ts_life *life;
    struct ts_rig_options options;
    struct ts_source *source;
    struct ts_pace pace;
    struct ts_tick tick;
    struct ts_runner *runner;
    struct ts_checker checker;
    struct ts_tick_watch watch; /* runs in plain lives, whose latencies count */
    int journal_file;
    uint64_t next_epoch;
    uint64_t events;
    uint64_t polled_seen; /* callbacks executed by polls when the event under way was asked for */
    bool source_ended;
    bool end_twice;                    /* ts_rig_finish stops the runner a second time */
    struct ts_runner_stats host_final; /* after ts_rig_finish */
    struct ts_strategy_table_stats table_final;
    struct signal_stats engine_final;
    /* The scenario's hooks; NULL functions are not called. */
    bool (*more)(struct ts_rig *rig); /* false ends the loop before the deadline */
    /* The next event in place of the source's next tick; as ts_feed.next. */
    ts_err (*next)(struct ts_rig *rig, struct ts_event *event);
    void (*after)(struct ts_rig *rig, const struct ts_event *event);
    int64_t (*due)(struct ts_rig *rig); /* when the next tick is due, instead of the pace */
    bool (*wait)(struct ts_rig *rig);   /* before each sleep until then; false ends the loop */
    /* Each result, after the checker; on the delivering thread. */
    void (*on_result)(struct ts_rig *rig, int64_t timestamp_ns, const double *values, int count);
    void *scenario;
};

/* Builds runner and source and starts the engine. On error nothing is left behind. */
ts_err ts_rig_start(struct ts_rig *rig, struct ts_life *life, const struct ts_rig_options *options,
                    struct ts_diag *diag);

/* Creates a strategy and adds it. False when every slot is taken, or without memory, which is counted as
 * refused. */
bool ts_rig_add_strategy(struct ts_rig *rig);
/* The same with a strategy of the scenario's own, which is destroyed when there is no slot. */
bool ts_rig_admit(struct ts_rig *rig, struct ts_strategy *strategy);

/* Runs the feed until the life is over, a hook says no, or the source ends. Between two events that are due
 * no more callbacks are executed than one poll may (else: violation "poll-budget"). */
void ts_rig_loop(struct ts_rig *rig);

/* Lets everything on its way arrive (when drain), ends the engine, checks the books, and takes the rig down.
 */
void ts_rig_finish(struct ts_rig *rig, bool drain);

#endif

/*
 * The runner: the host's side of the engine, as the documents describe it.
 *
 * Life: create -> add strategies -> start (pre_start, subscribe, load library, create engine, register,
 * post_start)
 * -> loop -> stop (pre_stop, post_stop, engine destroyed) -> destroy (strategies). Strategies may be added
 * and removed at any point of it, from the owner thread.
 *
 * Loop: one event at a time on the owner thread. A Depth polls callbacks first, then goes to the strategies,
 * then to the engine. While no event is due the runner sleeps until the next one on the engine's event
 * descriptor, so that results of a quiet feed are delivered when they are ready and not with the next Depth.
 *
 * Ticks are foreign input. One that is no sound tick (engine/tick_check.h) is shown to no strategy; the
 * engine gets it, because it counts. The clock of the latest Depth, from which on a new strategy gets
 * results, does not go back and does not follow one wrong time.
 *
 * From inside a callback (on_factor, on_depth, ... of a strategy, or on_result) strategies are not added or
 * removed and the engine is not stopped: the call is refused, never deadlocked, and nothing changes. What a
 * callback may do, on whatever thread it runs, is ask for it (ts_runner_ask_remove, ts_runner_ask_stop); the
 * owner carries it out at its next look.
 *
 * Threads: everything by the thread that created the runner, but for the callback that the library calls
 * (which, in direct, locked and guarded mode, runs on the library's thread), and the two requests.
 * Ownership: the runner owns plugin, engine and strategy table.
 * Units: due_ns on the clock of base/clock.h.
 * Errors: start leaves nothing running on error. TS_DEADLOCK: refused inside a callback; TS_WRONG_THREAD: by
 * a thread that is not the owner.
 */
#ifndef TS_HOST_RUNNER_H
#define TS_HOST_RUNNER_H

#include "base/err.h"
#include "delivery_mode.h"
#include "host/callback_gate.h"
#include "host/plugin.h"
#include "host/strategy_table.h"

#include <stdbool.h>
#include <stdint.h>

struct ts_runner_options {
    enum ts_delivery_mode mode; /* must be the engine's, as config_json says it */
    const char *library_path;   /* NULL: SIGNAL_LIB_PATH */
    const char *config_json;
    bool results_only;       /* strategies get results, no ticks */
    uint32_t strategies_max; /* slots in the table */
    bool lossless;           /* when the ingress is full, poll and try again instead of dropping the tick */
    bool poll_on_depth;      /* the documents' rule; off: only the idle loop and the caller poll */
    uint32_t idle_sleep_max_ms; /* the longest sleep between two looks at the feed; 0: 100 ms */
};

struct ts_event {
    int type; /* enum wingchun_type */
    uint32_t size;
    const void *data; /* valid until the next event is asked for */
    int64_t due_ns;   /* 0: now */
    bool offer; /* give it with signal_offer, which is told the size and never drops, whatever `lossless` says
                 */
};

struct ts_runner_stats {
    uint64_t ticks_fed, ticks_depth, ticks_dropped;
    uint64_t ticks_hidden;   /* given to the engine, which counts why they are rejected, but to no strategy */
    uint64_t ticks_unwanted; /* that no strategy subscribed to */
    uint64_t
        ticks_withheld;    /* not given to the engine either: their size is wrong, and it could not be told */
    uint64_t polled;       /* callbacks executed by polls */
    uint64_t idle_wakeups; /* sleeps ended by the engine's event */
    uint64_t removed_in_flight;       /* removals asked for while on_factor was under way in that strategy */
    uint64_t removed_with_pending;    /* removals asked for while results were pending in the queue */
    uint64_t removed_asked;           /* removals carried out because ts_runner_ask_remove asked for them */
    uint64_t asked_in_vain;           /* such requests whose strategy was gone already */
    uint64_t refused;                 /* calls refused inside a callback on the owner's thread */
    struct ts_callback_drops dropped; /* callbacks that no strategy saw; known when the engine has ended */
};

/* Where events come from and who watches them; NULL functions are not called. */
struct ts_event_source {
    /* TS_OK with *event filled, or TS_END to end the loop. */
    ts_err (*next)(void *user_data, struct ts_event *event);
    /* Before each sleep of the idle loop; false ends the loop. */
    bool (*idle)(void *user_data);
    /* After each event, before the next is asked for. */
    void (*after)(void *user_data, const struct ts_event *event);
    /* After each result that reached the runner; on the delivering thread. */
    void (*on_result)(void *user_data, const char *symbol, int64_t timestamp_ns, const double *values,
                      int count);
    void *user_data;
};

struct ts_runner;

ts_err ts_runner_create(const struct ts_runner_options *options, const struct ts_event_source *feed,
                        struct ts_runner **runner, struct ts_diag *diag);

/* The strategy becomes the runner's; it receives results of ticks from now on. On error (TS_FULL: no slot) it
 * stays the caller's. */
ts_err ts_runner_add(struct ts_runner *runner, struct ts_strategy *strategy, const char *symbol,
                     uint32_t *slot);
/* TS_EMPTY: nobody there, or dying already; TS_INVALID: no such slot. */
ts_err ts_runner_remove(struct ts_runner *runner, uint32_t slot, enum ts_teardown_order order);

/*
 * Asks for the removal of the strategy with this epoch; any thread, inside a callback or not. No further
 * result is given to it on this thread; the owner tears it down when it next polls, feeds, adds or stops.
 * TS_EMPTY: asked for already; TS_FULL: too many are waiting for the owner.
 */
ts_err ts_runner_ask_remove(struct ts_runner *runner, uint64_t epoch);
/* Asks for the end of the loop, before its next event; any thread, inside a callback or not. */
void ts_runner_ask_stop(struct ts_runner *runner);
struct ts_strategy *ts_runner_strategy(struct ts_runner *runner, uint32_t slot);

/* Guarded: tears down dying strategies that no callback is in. Returns how many are left dying. */
uint32_t ts_runner_reap(struct ts_runner *runner);

/* Whether on_factor is under way in the slot's strategy; a gauge that orders nothing. */
bool ts_runner_in_flight(const struct ts_runner *runner, uint32_t slot);

ts_err ts_runner_start(struct ts_runner *runner, struct ts_diag *diag);

/* Runs until the feed ends or somebody asks for the end. */
void ts_runner_loop(struct ts_runner *runner);

/* Executes pending callbacks (no more than one budget); queued mode. Returns how many. */
uint32_t ts_runner_poll(struct ts_runner *runner);

/* Polls and waits until nothing is on its way any more, or the time is up. True: quiet. */
bool ts_runner_drain(struct ts_runner *runner, int64_t timeout_ns);

/* Ends the engine; *final gets its last counters (may be NULL). Strategies stay until destroy. Does nothing
 * when it is not running. */
ts_err ts_runner_stop(struct ts_runner *runner, struct signal_stats *final);

/* Not from inside a callback. */
void ts_runner_destroy(struct ts_runner *runner);

struct ts_runner_stats ts_runner_stats(const struct ts_runner *runner);
struct ts_strategy_table_stats ts_runner_table_stats(const struct ts_runner *runner);
const struct ts_plugin *ts_runner_plugin(const struct ts_runner *runner);
void *ts_runner_engine(const struct ts_runner *runner); /* NULL when not started */

#endif

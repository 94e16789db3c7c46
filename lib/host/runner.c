#include "host/runner.h"

#include "base/clock.h"
#include "base/probe.h"
#include "base/thread.h"
#include "engine/tick_check.h"
#include "wingchun.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_SLEEP_MAX_MS 100

struct ts_runner {
    struct ts_runner_options options;
    struct ts_event_source feed;
    struct ts_plugin plugin;
    void *engine;
    struct ts_strategy_table table;
    struct ts_runner_stats stats;
    void *gate; /* token of the callback's; NULL when not started */
    pthread_t owner;
    uint32_t inside;         /* callbacks under way on the owner's thread; the owner's */
    _Atomic bool stop_asked; /* relaxed: carries nothing but itself */
    struct ts_tick_mark now; /* data_time_ns of the latest Depth: the clock that results carry */
};

/* Executes on the library's scan thread, or, in queued mode, on the owner's thread inside a poll. */
static void on_callback(const char *symbol, long long timestamp_ns, const double *values, int count,
                        void *user_data)
{
    struct ts_runner *runner = user_data;
    bool own = pthread_equal(pthread_self(), runner->owner);
    TS_PROBE_PAUSE(RUNNER_CALLBACK_ENTER);
    if (own) {
        runner->inside++;
    }
    ts_strategy_table_on_factor(&runner->table, symbol, timestamp_ns, values, count);
    if (runner->feed.on_result != NULL) {
        runner->feed.on_result(runner->feed.user_data, symbol, timestamp_ns, values, count);
    }
    if (own) {
        runner->inside--;
    }
}

/* Whether the caller may change what callbacks stand on. */
static ts_err check_caller(struct ts_runner *runner)
{
    if (!pthread_equal(pthread_self(), runner->owner)) {
        return TS_WRONG_THREAD;
    }
    if (runner->inside > 0) {
        runner->stats.refused++;
        return TS_DEADLOCK;
    }
    return TS_OK;
}

ts_err ts_runner_create(const struct ts_runner_options *options, const struct ts_event_source *feed,
                        struct ts_runner **result, struct ts_diag *diag)
{
    if (options->strategies_max == 0 || options->strategies_max > TS_STRATEGIES_MAX) {
        return ts_fail(diag, TS_INVALID, "create runner", NULL, "%u strategies; 1 to %d are possible",
                       options->strategies_max, TS_STRATEGIES_MAX);
    }
    struct ts_runner *runner = calloc(1, sizeof *runner);
    if (runner == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create runner", NULL, "%zu bytes", sizeof *runner);
    }
    runner->options = *options;
    if (options->idle_sleep_max_ms == 0) {
        runner->options.idle_sleep_max_ms = IDLE_SLEEP_MAX_MS;
    }
    runner->feed = *feed;
    runner->owner = pthread_self();
    ts_strategy_table_init(&runner->table, options->mode, options->strategies_max);
    *result = runner;
    return TS_OK;
}

static bool takes_lock(const struct ts_runner *runner)
{
    return runner->options.mode == TS_DELIVERY_LOCKED && runner->engine != NULL;
}

/* The library's delivery mutex, round whatever touches strategies in locked mode. */
static void lock(struct ts_runner *runner)
{
    if (takes_lock(runner)) {
        int status = runner->plugin.lock(runner->engine);
        TS_ASSERT(status == SIGNAL_OK);
    }
}

static void unlock(struct ts_runner *runner)
{
    if (takes_lock(runner)) {
        int status = runner->plugin.unlock(runner->engine);
        TS_ASSERT(status == SIGNAL_OK);
    }
}

static uint64_t pending(struct ts_runner *runner)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    if (runner->engine == NULL || runner->plugin.stats == NULL ||
        runner->plugin.stats(runner->engine, &stats) != SIGNAL_OK) {
        return 0;
    }
    return stats.results_pending;
}

static ts_err remove_now(struct ts_runner *runner, uint32_t slot, enum ts_teardown_order order)
{
    runner->stats.removed_in_flight += ts_strategy_table_in_flight(&runner->table, slot);
    runner->stats.removed_with_pending += pending(runner) > 0;
    TS_PROBE_PAUSE(RUNNER_REMOVE_ENTER);
    lock(runner);
    ts_err error = ts_strategy_table_remove(&runner->table, slot, order);
    unlock(runner);
    return error;
}

/* Carries out one removal that was asked for. A strategy that dies under a callback stays in the list until
 * it is gone. */
static void attend_to(struct ts_runner *runner, uint32_t place, uint64_t epoch)
{
    struct ts_removal_list *asked = &runner->table.asked;
    uint32_t slot = ts_strategy_table_find(&runner->table, epoch);
    if (slot < runner->table.capacity) {
        remove_now(runner, slot, TS_TEARDOWN_UNLIST_FIRST);
        runner->stats.removed_asked++;
        asked->begun[place] = true;
    }
    if (!ts_strategy_table_holds(&runner->table, epoch)) {
        runner->stats.asked_in_vain += asked->begun[place] ? 0 : 1;
        ts_removal_list_clear(asked, place);
    }
}

/* Carries out the removals that were asked for, and those that were put off. */
static void attend(struct ts_runner *runner)
{
    const struct ts_removal_list *asked = &runner->table.asked;
    ts_strategy_table_reap(&runner->table);
    /* Relaxed: a request that is not seen yet is seen at the next look. */
    if (atomic_load_explicit(&asked->count, memory_order_relaxed) == 0) {
        return;
    }
    for (uint32_t place = 0; place < TS_REMOVALS_MAX; place++) {
        uint64_t epoch = ts_removal_list_at(asked, place);
        if (epoch != 0) {
            attend_to(runner, place, epoch);
        }
    }
}

ts_err ts_runner_add(struct ts_runner *runner, struct ts_strategy *strategy, const char *symbol,
                     uint32_t *slot)
{
    ts_err error = check_caller(runner);
    if (error != TS_OK) {
        return error;
    }
    attend(runner);
    lock(runner);
    error = ts_strategy_table_add(&runner->table, strategy, symbol, runner->now.newest, slot);
    unlock(runner);
    return error;
}

ts_err ts_runner_remove(struct ts_runner *runner, uint32_t slot, enum ts_teardown_order order)
{
    ts_err error = check_caller(runner);
    if (error == TS_OK && slot >= runner->table.capacity) {
        error = TS_INVALID;
    }
    return error == TS_OK ? remove_now(runner, slot, order) : error;
}

ts_err ts_runner_ask_remove(struct ts_runner *runner, uint64_t epoch)
{
    return ts_removal_list_ask(&runner->table.asked, epoch);
}

void ts_runner_ask_stop(struct ts_runner *runner)
{
    atomic_store_explicit(&runner->stop_asked, true, memory_order_relaxed);
}

static bool stop_asked(const struct ts_runner *runner)
{
    return atomic_load_explicit(&runner->stop_asked, memory_order_relaxed);
}

struct ts_strategy *ts_runner_strategy(struct ts_runner *runner, uint32_t slot)
{
    return ts_strategy_table_get(&runner->table, slot);
}

bool ts_runner_in_flight(const struct ts_runner *runner, uint32_t slot)
{
    return ts_strategy_table_in_flight(&runner->table, slot);
}

uint32_t ts_runner_reap(struct ts_runner *runner)
{
    return ts_strategy_table_reap(&runner->table);
}

static void announce(struct ts_runner *runner, size_t member_offset)
{
    lock(runner);
    runner->inside++;
    ts_strategy_table_announce(&runner->table, member_offset);
    runner->inside--;
    unlock(runner);
}

static ts_err check_complete(const struct ts_runner *runner, struct ts_diag *diag)
{
    const struct ts_plugin *plugin = &runner->plugin;
    const char *lacking = NULL;
    if (plugin->register_callback == NULL) {
        lacking = "signal_register_callback: no result could be delivered";
    } else if (runner->options.mode == TS_DELIVERY_QUEUED && plugin->poll_callbacks == NULL) {
        lacking = "signal_poll_callbacks: queued results would never be delivered";
    } else if (runner->options.mode == TS_DELIVERY_LOCKED &&
               (plugin->lock == NULL || plugin->unlock == NULL)) {
        lacking = "signal_lock: strategies could not be protected";
    }
    if (lacking != NULL) {
        return ts_fail(diag, TS_NOT_FOUND, "load signal library", runner->options.library_path, "it lacks %s",
                       lacking);
    }
    return TS_OK;
}

ts_err ts_runner_start(struct ts_runner *runner, struct ts_diag *diag)
{
    announce(runner, offsetof(struct ts_strategy_vtable, pre_start));
    ts_err error = ts_plugin_load(runner->options.library_path, &runner->plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    error = check_complete(runner, diag);
    if (error == TS_OK) {
        bool queued = runner->options.mode == TS_DELIVERY_QUEUED;
        error = ts_callback_gate_open(on_callback, runner, queued, &runner->gate, diag);
    }
    if (error == TS_OK) {
        TS_PROBE_PAUSE(RUNNER_START_LOADED);
        void *engine = runner->plugin.create(runner->options.config_json);
        if (engine == NULL) {
            const char *why =
                runner->plugin.last_error != NULL ? runner->plugin.last_error(NULL) : "it gives no reason";
            error = ts_fail(diag, TS_INVALID, "create engine", runner->options.library_path, "%s", why);
        } else {
            TS_PROBE_PAUSE(RUNNER_START_CREATED);
            runner->plugin.register_callback(engine, ts_callback_gate, runner->gate);
            runner->engine = engine;
        }
    }
    if (error != TS_OK) {
        ts_callback_gate_close(&runner->gate);
        ts_plugin_unload(&runner->plugin);
        return error;
    }
    announce(runner, offsetof(struct ts_strategy_vtable, post_start));
    return TS_OK;
}

uint32_t ts_runner_poll(struct ts_runner *runner)
{
    uint32_t executed = 0;
    if (runner->options.mode == TS_DELIVERY_QUEUED) {
        executed = (uint32_t)runner->plugin.poll_callbacks(runner->engine);
        runner->stats.polled += executed;
    }
    if (runner->inside == 0) {
        attend(runner);
    }
    return executed;
}

/* Hands the tick over and waits for room, which polls make and nothing else. */
static void offer_until_taken(struct ts_runner *runner, const struct ts_event *event)
{
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (runner->plugin.offer(runner->engine, event->type, event->data, event->size) == SIGNAL_FULL) {
        if (ts_runner_poll(runner) > 0) {
            ts_idle_reset(&idle);
        } else {
            ts_idle_wait(&idle);
        }
    }
}

static void feed_engine(struct ts_runner *runner, const struct ts_event *event)
{
    const struct ts_plugin *plugin = &runner->plugin;
    /* signal_on_data is told no size: it would read what is not there. */
    bool misfit =
        event->data != NULL && wingchun_size(event->type) != 0 && wingchun_size(event->type) != event->size;
    if (misfit && plugin->offer == NULL) {
        runner->stats.ticks_withheld++;
        return;
    }
    runner->stats.ticks_fed++;
    runner->stats.ticks_depth += event->type == WINGCHUN_DEPTH;
    if (plugin->offer != NULL && (misfit || event->offer || runner->options.lossless)) {
        offer_until_taken(runner, event);
    } else {
        plugin->on_data(runner->engine, event->type, event->data);
    }
}

static void show_to_strategies(struct ts_runner *runner, const struct ts_event *event)
{
    if (!ts_strategy_table_wants(&runner->table, event->type, event->data)) {
        runner->stats.ticks_unwanted++;
    } else if (!runner->options.results_only) {
        lock(runner);
        runner->inside++;
        ts_strategy_table_on_tick(&runner->table, event->type, event->data);
        runner->inside--;
        unlock(runner);
    }
}

static void dispatch(struct ts_runner *runner, const struct ts_event *event)
{
    uint32_t suspicions; /* the engine's to count */
    bool sound = ts_tick_check(event->type, event->data, event->size, &suspicions) == TS_TICK_SOUND;
    if (sound && event->type == WINGCHUN_DEPTH) {
        ts_tick_mark_time(&runner->now, ((const struct wingchun_depth *)event->data)->data_time_ns);
    }
    if (event->type == WINGCHUN_DEPTH && runner->options.poll_on_depth) {
        ts_runner_poll(runner);
    }
    if (sound) {
        show_to_strategies(runner, event);
    } else {
        runner->stats.ticks_hidden++;
    }
    feed_engine(runner, event);
}

/* Results in the queue of a library that cannot wake the host wait at most so long for its next look. */
#define BLIND_SLEEP_NS TS_NS_PER_MS

/* Sleeps until the time, or until the engine has results, whichever is first. */
static void sleep_until(struct ts_runner *runner, int64_t due_ns)
{
    int64_t left_ns = due_ns - ts_clock_ns();
    if (left_ns > runner->options.idle_sleep_max_ms * TS_NS_PER_MS) {
        left_ns = runner->options.idle_sleep_max_ms * TS_NS_PER_MS;
    }
    if (left_ns <= 0 || TS_PROBE(RUNNER_SLEEP_WAKE)) {
        return;
    }
    int descriptor = runner->plugin.wake_fd != NULL ? runner->plugin.wake_fd(runner->engine) : -1;
    if (descriptor < 0 || runner->plugin.arm == NULL) {
        bool blind = runner->options.mode == TS_DELIVERY_QUEUED && left_ns > BLIND_SLEEP_NS;
        ts_sleep_ns(blind ? BLIND_SLEEP_NS : left_ns);
        return;
    }
    if (runner->plugin.arm(runner->engine) == 0) {
        return;
    }
    TS_PROBE_PAUSE(RUNNER_SLEEP_ARMED);
    struct pollfd wait = {.fd = descriptor, .events = POLLIN};
    struct timespec timeout = {.tv_sec = left_ns / TS_NS_PER_S, .tv_nsec = left_ns % TS_NS_PER_S};
    runner->stats.idle_wakeups += ppoll(&wait, 1, &timeout, NULL) > 0;
}

/* Delivers results until the event is due; false when the feed ends the loop meanwhile. */
static bool wait_for(struct ts_runner *runner, const struct ts_event *event)
{
    while (event->due_ns > ts_clock_ns() && !stop_asked(runner)) {
        if (ts_runner_poll(runner) > 0) {
            continue;
        }
        if (runner->feed.idle != NULL && !runner->feed.idle(runner->feed.user_data)) {
            return false;
        }
        sleep_until(runner, event->due_ns);
    }
    return !stop_asked(runner);
}

void ts_runner_loop(struct ts_runner *runner)
{
    struct ts_event event;
    while (!stop_asked(runner) && runner->feed.next(runner->feed.user_data, &event) == TS_OK &&
           wait_for(runner, &event)) {
        attend(runner);
        dispatch(runner, &event);
        if (runner->feed.after != NULL) {
            runner->feed.after(runner->feed.user_data, &event);
        }
    }
    atomic_store_explicit(&runner->stop_asked, false, memory_order_relaxed); /* answered */
}

static bool is_quiet(struct ts_runner *runner)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    if (runner->plugin.stats == NULL || runner->plugin.stats(runner->engine, &stats) != SIGNAL_OK) {
        return false;
    }
    if (stats.results_offered != stats.results_accepted + stats.results_rejected) {
        return false; /* one is being pushed right now */
    }
    uint64_t done = stats.results_executed + stats.results_dropped_newest + stats.results_dropped_oldest +
                    stats.results_unregistered;
    return stats.in_pipeline == 0 && stats.results_pending == 0 && stats.results_accepted == done;
}

bool ts_runner_drain(struct ts_runner *runner, int64_t timeout_ns)
{
    int64_t deadline_ns = ts_clock_ns() + timeout_ns;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!is_quiet(runner)) {
        if (ts_clock_ns() >= deadline_ns) {
            return false;
        }
        if (ts_runner_poll(runner) > 0) {
            ts_idle_reset(&idle);
        } else {
            ts_idle_wait(&idle);
        }
    }
    return true;
}

ts_err ts_runner_stop(struct ts_runner *runner, struct signal_stats *final)
{
    ts_err error = check_caller(runner);
    if (error != TS_OK || runner->engine == NULL) {
        return error;
    }
    attend(runner);
    announce(runner, offsetof(struct ts_strategy_vtable, pre_stop));
    announce(runner, offsetof(struct ts_strategy_vtable, post_stop));
    void *engine = runner->engine;
    TS_PROBE_PAUSE(RUNNER_STOP_ANNOUNCED);
    if (runner->plugin.close != NULL) {
        int status = runner->plugin.close(engine, final);
        TS_ASSERT(status == SIGNAL_OK);
    } else {
        runner->plugin.register_callback(engine, NULL, NULL);
        if (runner->plugin.destroy != NULL) {
            runner->plugin.destroy(engine);
        }
    }
    runner->engine = NULL;
    runner->stats.dropped = ts_callback_gate_close(&runner->gate);
    TS_PROBE_PAUSE(RUNNER_STOP_CLOSED);
    ts_plugin_unload(&runner->plugin);
    attend(runner);
    return TS_OK;
}

void ts_runner_destroy(struct ts_runner *runner)
{
    if (runner == NULL) {
        return;
    }
    ts_err error = ts_runner_stop(runner, NULL);
    TS_ASSERT(error == TS_OK);
    ts_strategy_table_fini(&runner->table);
    free(runner);
}

struct ts_runner_stats ts_runner_stats(const struct ts_runner *runner)
{
    return runner->stats;
}

struct ts_strategy_table_stats ts_runner_table_stats(const struct ts_runner *runner)
{
    return ts_strategy_table_stats(&runner->table);
}

const struct ts_plugin *ts_runner_plugin(const struct ts_runner *runner)
{
    return &runner->plugin;
}

void *ts_runner_engine(const struct ts_runner *runner)
{
    return runner->engine;
}

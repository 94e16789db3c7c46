/* The library through its ABI, linked into the test; the host's loader is tested in host/. */
#include "base/clock.h"
#include "base/thread.h"
#include "engine/model.h"
#include "signal_api.h"
#include "wingchun.h"

#include <criterion/criterion.h>
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct seen {
    void *engine;
    int calls;
    long long last_time_ns;
    double first, second;
    char symbol[40];
    pthread_t thread;
    int nested_poll;
    int close_status, lock_status;
    bool feed_inside;
};

static struct wingchun_depth depth_of(const char *symbol, int64_t time_ns)
{
    struct wingchun_depth depth = {.data_time_ns = time_ns};
    memcpy(depth.symbol, symbol, strnlen(symbol, sizeof depth.symbol));
    depth.bid_price[0] = 10;
    depth.ask_price[0] = 11;
    return depth;
}

static void note(const char *symbol, long long time_ns, const double *values, int count, void *user_data)
{
    struct seen *seen = user_data;
    cr_assert_eq(count, 2);
    seen->calls++;
    seen->last_time_ns = time_ns;
    seen->first = values[0];
    seen->second = values[1];
    seen->thread = pthread_self();
    snprintf(seen->symbol, sizeof seen->symbol, "%s", symbol);
}

static void *create(const char *config, signal_callback callback, struct seen *seen)
{
    void *engine = signal_create(config);
    cr_assert_not_null(engine, "%s", signal_last_error(NULL));
    seen->engine = engine;
    signal_register_callback(engine, callback, seen);
    return engine;
}

static void feed(void *engine, int count)
{
    for (int i = 1; i <= count; i++) {
        struct wingchun_depth depth = depth_of("btcusdt", i);
        signal_on_data(engine, WINGCHUN_DEPTH, &depth);
    }
}

static struct signal_stats stats_of(void *engine)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    cr_assert_eq(signal_stats(engine, &stats), SIGNAL_OK);
    return stats;
}

/* Waits until `count` results have been offered to the sender. */
static void await_offered(void *engine, uint64_t count)
{
    while (stats_of(engine).results_offered < count) {
        ts_sleep_ns(100000);
    }
}

/* Polls until `count` callbacks were executed, and finds no more. A result offered may not be published yet.
 */
static void poll_exactly(void *engine, int count)
{
    int executed = 0;
    while (executed < count) {
        executed += signal_poll_callbacks(engine);
    }
    cr_assert_eq(executed, count);
    cr_assert_eq(signal_poll_callbacks(engine), 0);
}

static void await_executed(void *engine, uint64_t count)
{
    while (stats_of(engine).results_executed < count) {
        ts_sleep_ns(100000);
    }
}

Test(signal, a_factor_goes_end_to_end_to_the_polling_thread)
{
    struct seen seen = {0};
    void *engine = create("{}", note, &seen);
    feed(engine, 3);
    await_offered(engine, 3);
    cr_assert_eq(seen.calls, 0, "nothing is executed but in a poll");
    poll_exactly(engine, 3);
    cr_assert(seen.calls == 3 && seen.first == 1.0 && seen.second == 0.8 && seen.last_time_ns == 3);
    cr_assert_str_eq(seen.symbol, "btcusdt");
    cr_assert(pthread_equal(seen.thread, pthread_self()));
    cr_assert_eq(signal_poll_callbacks(engine), 0);
    signal_destroy(engine);
}

Test(signal, a_symbol_of_32_characters_arrives_whole)
{
    struct seen seen = {0};
    void *engine = create("{}", note, &seen);
    struct wingchun_depth depth = depth_of("thirty-two-characters-no-nul-end", 1);
    signal_on_data(engine, WINGCHUN_DEPTH, &depth);
    await_offered(engine, 1);
    poll_exactly(engine, 1);
    cr_assert_str_eq(seen.symbol, "thirty-two-characters-no-nul-end");
    signal_destroy(engine);
}

Test(signal, direct_modes_call_back_on_a_thread_of_the_library)
{
    static const char *const configs[] = {"{\"mode\":\"direct\"}", "{\"mode\":\"locked\"}",
                                          "{\"mode\":\"guarded\"}"};
    for (int i = 0; i < 3; i++) {
        struct seen seen = {0};
        void *engine = create(configs[i], note, &seen);
        feed(engine, 5);
        await_executed(engine, 5);
        struct signal_stats final = {.struct_size = sizeof final};
        cr_assert_eq(signal_poll_callbacks(engine), 0);
        cr_assert_eq(signal_close(engine, &final), SIGNAL_OK);
        cr_assert(seen.calls == 5 && final.results_executed == 5 && final.results_pending == 0);
        cr_assert_not(pthread_equal(seen.thread, pthread_self()));
    }
}

Test(signal, every_model_answers_every_depth_and_factors_join)
{
    struct seen seen = {0};
    void *engine = create("{\"factors\":[\"test0000\",\"test0000\",\"test0000\"],"
                          "\"models\":[\"test0000\",\"test0000\"]}",
                          note, &seen);
    feed(engine, 500);
    await_offered(engine, 1000);
    poll_exactly(engine, 1000);
    struct signal_stats final = {.struct_size = sizeof final};
    cr_assert_eq(signal_close(engine, &final), SIGNAL_OK);
    cr_assert_eq(final.results_offered, 2 * final.depth_accepted);
    cr_assert_eq(final.in_pipeline, 0);
}

Test(signal, bad_ticks_are_counted_by_reason_and_go_nowhere)
{
    struct seen seen = {0};
    void *engine = create("{}", note, &seen);
    struct wingchun_depth depth = depth_of("btcusdt", 1);
    signal_on_data(engine, WINGCHUN_DEPTH, NULL);
    signal_on_data(engine, 100, &depth);
    cr_assert_eq(signal_offer(engine, WINGCHUN_DEPTH, &depth, 400), SIGNAL_INVALID);
    depth.ask_volume[9] = NAN;
    signal_on_data(engine, WINGCHUN_DEPTH, &depth);
    depth.ask_volume[9] = -INFINITY;
    signal_on_data(engine, WINGCHUN_DEPTH, &depth);
    struct signal_stats stats = stats_of(engine);
    cr_assert_eq(stats.rejected_null, 1);
    cr_assert_eq(stats.rejected_type, 1);
    cr_assert_eq(stats.rejected_size, 1);
    cr_assert_eq(stats.rejected_not_finite, 2);
    cr_assert(stats.ticks_rejected == 5 && stats.ticks_offered == 5 && stats.ticks_accepted == 0);
    signal_destroy(engine);
}

Test(signal, poll_keeps_to_its_budget)
{
    struct seen seen = {0};
    void *engine = create("{\"poll_budget\":2}", note, &seen);
    feed(engine, 5);
    int executed = 0;
    while (executed < 5) {
        int once = signal_poll_callbacks(engine);
        cr_assert_leq(once, 2);
        executed += once;
    }
    cr_assert_eq(executed, 5);
    signal_destroy(engine);
}

Test(signal, results_wait_for_a_callback_and_the_last_registered_wins)
{
    struct seen first = {0}, second = {0};
    void *engine = create("{}", NULL, &first);
    feed(engine, 2);
    while (stats_of(engine).results_pending < 2) {
        cr_assert_eq(signal_poll_callbacks(engine), 0);
    }
    signal_register_callback(engine, note, &first);
    signal_register_callback(engine, note, &second);
    poll_exactly(engine, 2);
    cr_assert(first.calls == 0 && second.calls == 2);
    signal_destroy(engine);
}

Test(signal, engines_do_not_share_anything)
{
    struct seen a = {0}, b = {0};
    void *engine_a = create("{}", note, &a);
    void *engine_b = create("{}", note, &b);
    feed(engine_a, 4);
    await_offered(engine_a, 4);
    cr_assert_eq(signal_poll_callbacks(engine_b), 0);
    poll_exactly(engine_a, 4);
    cr_assert(a.calls == 4 && b.calls == 0);
    signal_destroy(engine_a);
    signal_destroy(engine_b);
}

Test(signal, destroy_with_results_pending_reports_them)
{
    struct seen seen = {0};
    void *engine = create("{}", note, &seen);
    struct signal_stats final = {.struct_size = sizeof final};
    feed(engine, 7);
    await_offered(engine, 7);
    cr_assert_eq(signal_close(engine, &final), SIGNAL_OK);
    cr_assert(final.results_pending == 7 && final.results_accepted == 7 && final.results_executed == 0);
}

static void call_everything(const char *symbol, long long time_ns, const double *values, int count,
                            void *user_data)
{
    struct seen *seen = user_data;
    struct signal_stats final = {.struct_size = sizeof final};
    note(symbol, time_ns, values, count, user_data);
    seen->nested_poll += signal_poll_callbacks(seen->engine);
    seen->lock_status = signal_lock(seen->engine);
    seen->close_status = signal_close(seen->engine, &final);
    signal_register_callback(seen->engine, call_everything, seen);
    cr_assert_eq(signal_stats(seen->engine, &final), SIGNAL_OK);
    if (seen->feed_inside) {
        feed(seen->engine, 1);
    }
}

/* What would deadlock (destroy, lock in locked mode) is refused and reported; the rest simply works. */
Test(signal, callbacks_may_call_back_into_the_library, .timeout = 60)
{
    static const char *const configs[] = {"{}", "{\"mode\":\"direct\"}", "{\"mode\":\"locked\"}",
                                          "{\"mode\":\"guarded\"}"};
    for (int i = 0; i < 4; i++) {
        struct seen seen = {0};
        void *engine = create(configs[i], call_everything, &seen);
        feed(engine, 3);
        if (i == 0) {
            poll_exactly(engine, 3);
        }
        await_executed(engine, 3);
        bool locked = i == 2;
        signal_register_callback(engine, NULL, NULL); /* also waits for the last callback's end */
        cr_assert(seen.calls == 3 && seen.nested_poll == 0);
        cr_assert_eq(seen.lock_status, locked ? SIGNAL_DEADLOCK : SIGNAL_OK);
        cr_assert_eq(seen.close_status, SIGNAL_DEADLOCK);
        cr_assert_not_null(strstr(signal_last_error(engine), "inside a callback"), "%s",
                           signal_last_error(engine));
        cr_assert_eq(stats_of(engine).deadlocks_refused, locked ? 6 : 3);
        signal_destroy(engine);
    }
}

/* A callback feeds each tick's successor: on_data from inside a callback neither deadlocks nor is lost. */
Test(signal, on_data_from_inside_a_callback_is_taken, .timeout = 60)
{
    static const char *const configs[] = {"{\"ingress_policy\":\"block\"}",
                                          "{\"mode\":\"direct\",\"ingress_policy\":\"block\"}"};
    for (int i = 0; i < 2; i++) {
        struct seen seen = {.feed_inside = true};
        void *engine = create(configs[i], call_everything, &seen);
        feed(engine, 1);
        while (stats_of(engine).results_executed < 50) {
            signal_poll_callbacks(engine);
        }
        signal_register_callback(engine, NULL, NULL);
        signal_destroy(engine);
    }
}

struct destroyer {
    void *engine;
    _Atomic int refused; /* polls of the other thread that came to nothing while the callback ran */
};

static void destroy_under_another_poller(const char *symbol, long long time_ns, const double *values,
                                         int count, void *user_data)
{
    struct destroyer *destroyer = user_data;
    (void)symbol;
    (void)time_ns;
    (void)values;
    (void)count;
    signal_destroy(destroyer->engine);
    while (atomic_load(&destroyer->refused) == 0) {
        ts_sleep_ns(100000);
    }
}

static void poll_once_while_destroying(void *argument)
{
    struct destroyer *destroyer = argument;
    while (stats_of(destroyer->engine).results_executed == 0) {
        ts_sleep_ns(100000);
    }
    cr_assert_eq(signal_poll_callbacks(destroyer->engine), 0);
    atomic_store(&destroyer->refused, 1);
}

/* Only the poll whose callback asked for the end may bring it about. */
Test(signal, a_refused_poll_does_not_destroy_the_engine, .timeout = 60)
{
    struct destroyer destroyer = {0};
    struct ts_thread other = {0};
    destroyer.engine = signal_create("{}");
    signal_register_callback(destroyer.engine, destroy_under_another_poller, &destroyer);
    feed(destroyer.engine, 1);
    cr_assert_eq(ts_thread_start(&other, "poller", poll_once_while_destroying, &destroyer, NULL), TS_OK);
    while (signal_poll_callbacks(destroyer.engine) == 0) {
    }
    ts_thread_join(&other);
}

static void take_long(const char *symbol, long long time_ns, const double *values, int count, void *user_data)
{
    _Atomic int *inside = user_data;
    (void)symbol;
    (void)time_ns;
    (void)values;
    (void)count;
    atomic_store_explicit(inside, 1, memory_order_relaxed);
    ts_sleep_ns(20 * TS_NS_PER_MS);
    atomic_store_explicit(inside, 2, memory_order_relaxed);
}

/* After unregistering, a host frees what the callback used. */
Test(signal, unregistering_waits_for_the_callback_in_flight)
{
    _Atomic int inside = 0;
    void *engine = signal_create("{\"mode\":\"direct\"}");
    signal_register_callback(engine, take_long, (void *)&inside);
    feed(engine, 1);
    while (atomic_load_explicit(&inside, memory_order_relaxed) == 0) {
        ts_sleep_ns(100000);
    }
    signal_register_callback(engine, NULL, NULL);
    cr_assert_eq(atomic_load_explicit(&inside, memory_order_relaxed), 2);
    signal_destroy(engine);
}

static void destroy_inside(const char *symbol, long long time_ns, const double *values, int count,
                           void *user_data)
{
    struct seen *seen = user_data;
    note(symbol, time_ns, values, count, user_data);
    signal_destroy(seen->engine);
}

Test(signal, destroy_inside_a_polled_callback_takes_effect_after_it)
{
    struct seen seen = {0};
    void *engine = create("{}", destroy_inside, &seen);
    feed(engine, 3);
    int executed;
    while ((executed = signal_poll_callbacks(engine)) == 0) {
    }
    cr_assert_eq(executed, 1); /* the engine is gone now; a leak or a use after free would show */
    cr_assert_eq(seen.calls, 1);
}

/* The scan thread may wait for the mutex that the caller holds: refused, not hung. */
Test(signal, destroy_while_holding_the_delivery_mutex_is_refused, .timeout = 60)
{
    struct seen seen = {0};
    void *engine = create("{\"mode\":\"locked\"}", note, &seen);
    feed(engine, 3);
    cr_assert_eq(signal_lock(engine), SIGNAL_OK);
    cr_assert_eq(signal_close(engine, NULL), SIGNAL_DEADLOCK);
    cr_assert_not_null(strstr(signal_last_error(engine), "delivery mutex"), "%s", signal_last_error(engine));
    cr_assert_eq(signal_unlock(engine), SIGNAL_OK);
    await_executed(engine, 3);
    signal_destroy(engine);
}

/* What a stopped engine still held is counted in its buffers, and must make up for what never arrived. */
Test(signal, what_a_stop_cuts_off_is_counted_exactly)
{
    for (int round = 0; round < 30; round++) {
        struct seen seen = {0};
        struct signal_stats final = {.struct_size = sizeof final};
        void *engine =
            create("{\"queue_capacity\":1,\"queue_policy\":\"block\",\"models\":[\"test0000\",\"test0000\"],"
                   "\"factors\":[\"test0000\",\"test0000\"]}",
                   note, &seen);
        feed(engine, 100 * round);
        cr_assert_eq(signal_close(engine, &final), SIGNAL_OK);
        cr_assert_eq(2 * final.depth_accepted, final.results_offered + final.in_pipeline, "round %d", round);
        cr_assert_eq(final.results_accepted, final.results_executed + final.results_pending);
    }
}

static void poll_until_conflict(void *argument)
{
    while (stats_of(argument).poll_conflicts == 0) {
        signal_poll_callbacks(argument);
    }
}

static void hold_poll(const char *symbol, long long time_ns, const double *values, int count, void *user_data)
{
    struct seen *seen = user_data;
    note(symbol, time_ns, values, count, user_data);
    while (stats_of(seen->engine).poll_conflicts == 0) {
        ts_sleep_ns(100000);
    }
}

Test(signal, a_second_poller_is_refused_and_counted, .timeout = 60)
{
    struct seen seen = {0};
    struct ts_thread other = {0};
    void *engine = create("{}", hold_poll, &seen);
    feed(engine, 1);
    await_offered(engine, 1);
    cr_assert_eq(ts_thread_start(&other, "poller", poll_until_conflict, engine, NULL), TS_OK);
    poll_until_conflict(
        engine); /* whichever thread got the result holds its poll until the other is refused */
    ts_thread_join(&other);
    cr_assert_eq(stats_of(engine).results_executed, 1);
    signal_destroy(engine);
}

Test(signal, a_quiet_feed_wakes_the_sleeping_host, .timeout = 60)
{
    struct seen seen = {0};
    void *engine = create("{}", note, &seen);
    struct pollfd wait = {.fd = signal_wake_fd(engine), .events = POLLIN};
    for (int i = 0; i < 200; i++) {
        cr_assert_eq(signal_arm(engine), 1);
        feed(engine, 1);
        cr_assert_eq(poll(&wait, 1, 20000), 1, "result %d was stranded", i);
        poll_exactly(engine, 1);
    }
    signal_destroy(engine);
}

Test(signal, create_reports_what_was_wrong)
{
    cr_assert_null(signal_create("{\"mode\":\"fast\"}"));
    cr_assert_str_eq(signal_last_error(NULL),
                     "engine config: mode: \"fast\" is not one of direct, locked, guarded, queued");
    cr_assert_null(signal_create(NULL));
    void *engine = signal_create("{}");
    cr_assert_not_null(engine);
    cr_assert_str_eq(signal_last_error(NULL), "");
    signal_destroy(engine);
}

Test(signal, the_handshake_tells_sizes_and_refuses_other_structs)
{
    struct signal_abi abi = {.struct_size = sizeof abi};
    struct signal_stats stats = {.struct_size = 8};
    cr_assert_eq(signal_abi(&abi), SIGNAL_OK);
    cr_assert(abi.version == SIGNAL_ABI_VERSION && abi.depth_size == 393 && abi.ticker_size == 105);
    cr_assert(abi.trade_size == 131 && abi.index_price_size == 57 && abi.stats_size == sizeof stats);
    abi.struct_size = 12;
    cr_assert_eq(signal_abi(&abi), SIGNAL_ABI_MISMATCH);
    void *engine = signal_create("{}");
    cr_assert_eq(signal_stats(engine, &stats), SIGNAL_ABI_MISMATCH);
    signal_destroy(engine);
}

Test(signal, a_null_handle_is_refused_everywhere)
{
    int dummy = 0;
    signal_register_callback(NULL, note, NULL);
    signal_on_data(NULL, WINGCHUN_DEPTH, &dummy);
    signal_destroy(NULL);
    cr_assert_eq(signal_poll_callbacks(NULL), 0);
    cr_assert_eq(signal_offer(NULL, WINGCHUN_DEPTH, &dummy, 4), SIGNAL_INVALID);
    cr_assert_eq(signal_close(NULL, NULL), SIGNAL_INVALID);
    cr_assert_eq(signal_lock(NULL), SIGNAL_INVALID);
}

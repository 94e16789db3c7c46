/* Loader and runner against real libraries: libsignal.so of the same flavour, and broken ones. */
#include "base/clock.h"
#include "host/runner.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ts_err load(const char *name, struct ts_plugin *plugin, struct ts_diag *diag)
{
    char path[512];
    snprintf(path, sizeof path, "%s/lib%s.so", TS_PLUGINS, name);
    return ts_plugin_load(path, plugin, diag);
}

Test(plugin, the_library_of_this_build_is_complete)
{
    struct ts_plugin plugin;
    struct ts_diag diag;
    cr_assert_eq(ts_plugin_load(TS_SIGNAL, &plugin, &diag), TS_OK, "%s", diag.text);
    cr_assert_str_eq(plugin.missing, "");
    ts_plugin_unload(&plugin);
}

Test(plugin, the_environment_names_the_library)
{
    struct ts_plugin plugin;
    struct ts_diag diag;
    unsetenv("SIGNAL_LIB_PATH");
    cr_assert_eq(ts_plugin_load(NULL, &plugin, &diag), TS_INVALID);
    setenv("SIGNAL_LIB_PATH", TS_SIGNAL, 1);
    cr_assert_eq(ts_plugin_load(NULL, &plugin, &diag), TS_OK);
    ts_plugin_unload(&plugin);
}

Test(plugin, what_cannot_work_is_refused_by_name)
{
    static const struct {
        const char *name;
        ts_err code;
        const char *shown;
    } cases[] = {
        {"bad-lacks-create", TS_NOT_FOUND, "signal_create"},
        {"bad-lacks-on-data", TS_NOT_FOUND, "signal_on_data"},
        {"bad-wrong-size", TS_MISMATCH, "Depth has 400 bytes, the host's 393"},
        {"bad-wrong-version", TS_MISMATCH, "version 2"},
        {"no-such-library", TS_NOT_FOUND, "cannot open"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_plugin plugin;
        struct ts_diag diag = {0};
        cr_assert_eq(load(cases[i].name, &plugin, &diag), cases[i].code, "%s: %s", cases[i].name, diag.text);
        cr_assert_not_null(strstr(diag.text, cases[i].shown), "%s: %s", cases[i].name, diag.text);
        cr_assert_null(plugin.library);
    }
}

Test(plugin, missing_optional_symbols_are_listed)
{
    struct ts_plugin plugin;
    cr_assert_eq(load("bad-lacks-poll", &plugin, NULL), TS_OK);
    cr_assert_not_null(strstr(plugin.missing, "signal_poll_callbacks"));
    cr_assert_not_null(strstr(plugin.missing, "signal_stats"));
    cr_assert_null(strstr(plugin.missing, "signal_create"));
    ts_plugin_unload(&plugin);
}

struct script {
    struct wingchun_depth depth;
    int64_t due_ns[3];
    int next;
    int results;
    int64_t result_ns;
};

static ts_err next_event(void *user_data, struct ts_event *event)
{
    struct script *script = user_data;
    if (script->next == 3) {
        return TS_END;
    }
    *event = (struct ts_event){.type = WINGCHUN_DEPTH,
                               .size = sizeof script->depth,
                               .data = &script->depth,
                               .due_ns = script->due_ns[script->next]};
    script->depth.data_time_ns = script->next + 1;
    script->next++;
    return TS_OK;
}

static void on_result(void *user_data, const char *symbol, int64_t time_ns, const double *values, int count)
{
    struct script *script = user_data;
    (void)time_ns;
    cr_assert_str_eq(symbol, "btcusdt");
    cr_assert(count == 2 && values[0] == 1.0 && values[1] == 0.8);
    script->results++;
    script->result_ns = ts_clock_ns();
}

static struct ts_runner *new_runner(enum ts_delivery_mode mode, const char *config, const char *library,
                                    struct script *script)
{
    struct ts_runner_options options = {.mode = mode,
                                        .library_path = library,
                                        .config_json = config,
                                        .strategies_max = 1,
                                        .poll_on_depth = true};
    struct ts_event_source feed = {.next = next_event, .on_result = on_result, .user_data = script};
    struct ts_runner *runner;
    cr_assert_eq(ts_runner_create(&options, &feed, &runner, NULL), TS_OK);
    return runner;
}

/* Two Depths at once, then a long quiet: their results must arrive by the idle wake-up, not with the third
 * Depth. */
Test(runner, a_quiet_feed_strands_nothing, .timeout = 60)
{
    int64_t now_ns = ts_clock_ns();
    struct script script = {.due_ns = {0, 0, now_ns + 1500 * TS_NS_PER_MS}};
    struct ts_diag diag;
    memcpy(script.depth.symbol, "btcusdt", 7);
    struct ts_runner *runner = new_runner(TS_DELIVERY_QUEUED, "{}", TS_SIGNAL, &script);
    cr_assert_eq(ts_runner_start(runner, &diag), TS_OK, "%s", diag.text);
    ts_runner_loop(runner);
    cr_assert_eq(script.results, 2);
    cr_assert_lt(script.result_ns, script.due_ns[2], "the results came with the third Depth");
    cr_assert(ts_runner_drain(runner, 20 * TS_NS_PER_S));
    cr_assert_eq(script.results, 3);
    struct ts_runner_stats stats = ts_runner_stats(runner);
    cr_assert(stats.ticks_fed == 3 && stats.ticks_depth == 3);
    ts_runner_destroy(runner);
}

Test(runner, a_library_that_cannot_deliver_in_this_mode_is_refused)
{
    struct script script = {0};
    struct ts_diag diag;
    struct ts_runner *runner =
        new_runner(TS_DELIVERY_QUEUED, "{}", TS_PLUGINS "/libbad-lacks-poll.so", &script);
    cr_assert_eq(ts_runner_start(runner, &diag), TS_NOT_FOUND);
    cr_assert_not_null(strstr(diag.text, "signal_poll_callbacks"), "%s", diag.text);
    ts_runner_destroy(runner);
}

Test(runner, an_engine_that_refuses_its_config_is_reported_with_its_words)
{
    struct script script = {0};
    struct ts_diag diag;
    struct ts_runner *runner = new_runner(TS_DELIVERY_QUEUED, "{\"queue_capacity\":3}", TS_SIGNAL, &script);
    cr_assert_eq(ts_runner_start(runner, &diag), TS_INVALID);
    cr_assert_not_null(strstr(diag.text, "queue_capacity"), "%s", diag.text);
    ts_runner_destroy(runner);
}

struct stopper {
    struct script script;
    struct ts_runner *runner;
    ts_err stopped, removed;
    int events;
};

static void stop_inside(void *user_data, const char *symbol, int64_t time_ns, const double *values, int count)
{
    struct stopper *stopper = user_data;
    on_result(&stopper->script, symbol, time_ns, values, count);
    stopper->stopped = ts_runner_stop(stopper->runner, NULL);
    stopper->removed = ts_runner_remove(stopper->runner, 0, TS_TEARDOWN_UNLIST_FIRST);
    ts_runner_ask_stop(stopper->runner);
}

static ts_err next_without_end(void *user_data, struct ts_event *event)
{
    struct stopper *stopper = user_data;
    stopper->script.next = stopper->events++ == 0 ? 0 : 1; /* the first at once, then a long quiet */
    return next_event(&stopper->script, event);
}

/* What a callback must not do at once is refused; what it asks for is done: the loop of an endless feed ends.
 */
Test(runner, a_callback_is_refused_the_end_and_may_ask_for_it, .timeout = 60)
{
    struct stopper stopper = {.script = {.due_ns = {0, ts_clock_ns() + 30 * TS_NS_PER_S}}};
    memcpy(stopper.script.depth.symbol, "btcusdt", 7);
    struct ts_runner_options options = {
        .mode = TS_DELIVERY_QUEUED, .library_path = TS_SIGNAL, .config_json = "{}", .strategies_max = 1};
    struct ts_event_source feed = {.next = next_without_end, .on_result = stop_inside, .user_data = &stopper};
    cr_assert_eq(ts_runner_create(&options, &feed, &stopper.runner, NULL), TS_OK);
    cr_assert_eq(ts_runner_start(stopper.runner, NULL), TS_OK);
    int64_t begun_ns = ts_clock_ns();
    ts_runner_loop(stopper.runner);
    cr_assert_lt(ts_clock_ns() - begun_ns, 20 * TS_NS_PER_S);
    cr_assert(stopper.script.results == 1 && stopper.stopped == TS_DEADLOCK &&
              stopper.removed == TS_DEADLOCK);
    cr_assert_eq(ts_runner_stats(stopper.runner).refused, 2);
    cr_assert_eq(ts_runner_stop(stopper.runner, NULL), TS_OK);
    cr_assert_eq(ts_runner_stop(stopper.runner, NULL), TS_OK, "stopping twice is stopping once");
    ts_runner_destroy(stopper.runner);
}

/* A feed of given events; before one of them a strategy joins. */
struct list {
    struct ts_event events[4];
    int count, next;
    int join_before;
    struct ts_runner *runner;
};

static void take_factor(struct ts_strategy *self, const char *symbol, int64_t time_ns, const double *values,
                        int count)
{
    (void)self;
    (void)symbol;
    (void)time_ns;
    cr_assert(values != NULL && count == 2);
}

static void take_depth(struct ts_strategy *self, const struct wingchun_depth *depth)
{
    (void)self;
    cr_assert_eq(depth->bid_price[0], depth->bid_price[0], "a strategy sees what is not a number");
}

static void join(struct list *list)
{
    static struct ts_strategy_vtable vtable;
    vtable = ts_strategy_base_vtable;
    vtable.on_factor = take_factor;
    vtable.on_depth = take_depth;
    struct ts_strategy *strategy = calloc(1, sizeof *strategy);
    uint32_t slot;
    cr_assert_eq(ts_strategy_init(strategy, &vtable, 1, -1, NULL), TS_OK);
    cr_assert_eq(ts_runner_add(list->runner, strategy, "btcusdt", &slot), TS_OK);
}

static ts_err next_of_list(void *user_data, struct ts_event *event)
{
    struct list *list = user_data;
    if (list->next == list->count) {
        return TS_END;
    }
    if (list->next == list->join_before) {
        join(list);
    }
    *event = list->events[list->next++];
    return TS_OK;
}

static struct ts_runner *run_list(struct list *list, enum ts_delivery_mode mode, const char *library)
{
    struct ts_runner_options options = {.mode = mode,
                                        .library_path = library,
                                        .config_json = "{}",
                                        .strategies_max = 1,
                                        .poll_on_depth = true};
    struct ts_event_source feed = {.next = next_of_list, .user_data = list};
    struct ts_diag diag;
    cr_assert_eq(ts_runner_create(&options, &feed, &list->runner, NULL), TS_OK);
    cr_assert_eq(ts_runner_start(list->runner, &diag), TS_OK, "%s", diag.text);
    ts_runner_loop(list->runner);
    return list->runner;
}

static struct wingchun_depth good_depth(int64_t time_ns)
{
    struct wingchun_depth depth = {.data_time_ns = time_ns, .symbol = "btcusdt"};
    depth.bid_price[0] = 100;
    depth.ask_price[0] = 101;
    depth.bid_volume[0] = depth.ask_volume[0] = 1;
    return depth;
}

static struct signal_stats stats_of(struct ts_runner *runner)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    cr_assert_eq(ts_runner_plugin(runner)->stats(ts_runner_engine(runner), &stats), SIGNAL_OK);
    return stats;
}

#define EVENT_OF(record, bytes) {.type = WINGCHUN_DEPTH, .size = (bytes), .data = (record)}

/* Records on the heap, of their own size: a sanitizer sees who reads past them. */
Test(runner, what_is_no_tick_reaches_the_engine_and_no_strategy, .timeout = 60)
{
    struct wingchun_depth depth = good_depth(1), broken = good_depth(2), foreign = good_depth(3);
    char *stump = calloc(1, 10);
    broken.bid_price[0] = strtod("nan", NULL);
    memcpy(foreign.symbol, "nobody", 7);
    struct list list = {.events = {EVENT_OF(stump, 10), EVENT_OF(&broken, sizeof broken),
                                   EVENT_OF(&foreign, sizeof foreign), EVENT_OF(&depth, sizeof depth)},
                        .count = 4};
    struct ts_runner *runner = run_list(&list, TS_DELIVERY_QUEUED, TS_SIGNAL);
    cr_assert(ts_runner_drain(runner, 20 * TS_NS_PER_S));
    struct ts_runner_stats host = ts_runner_stats(runner);
    struct signal_stats engine = stats_of(runner);
    cr_assert(host.ticks_fed == 4 && host.ticks_hidden == 2 && host.ticks_unwanted == 1);
    cr_assert(engine.rejected_size == 1 && engine.rejected_not_finite == 1 && engine.ticks_accepted == 2);
    cr_assert_eq(ts_runner_table_stats(runner).factor_calls, 1);
    ts_runner_destroy(runner);
    free(stump);
}

Test(runner, a_library_that_is_told_no_size_gets_no_tick_of_a_wrong_one)
{
    struct wingchun_depth depth = good_depth(1);
    char *stump = calloc(1, 10);
    struct list list = {.events = {EVENT_OF(stump, 10), EVENT_OF(&depth, sizeof depth)}, .count = 2};
    struct ts_runner *runner = run_list(&list, TS_DELIVERY_DIRECT, TS_PLUGINS "/libbad-lacks-poll.so");
    struct ts_runner_stats host = ts_runner_stats(runner);
    cr_assert(host.ticks_fed == 1 && host.ticks_withheld == 1 && host.ticks_hidden == 1);
    ts_runner_destroy(runner);
    free(stump);
}

/* A strategy that joins after a time from the end of all times still gets results. */
Test(runner, one_wrong_time_does_not_set_its_clock, .timeout = 60)
{
    const int64_t day_ns = 86400 * TS_NS_PER_S;
    struct wingchun_depth before = good_depth(day_ns), wrong = good_depth(INT64_MAX),
                          after = good_depth(day_ns + 1), late = good_depth(day_ns - 1);
    struct list list = {.events = {EVENT_OF(&before, sizeof before), EVENT_OF(&wrong, sizeof wrong),
                                   EVENT_OF(&after, sizeof after), EVENT_OF(&late, sizeof late)},
                        .count = 4,
                        .join_before = 2};
    struct ts_runner *runner = run_list(&list, TS_DELIVERY_QUEUED, TS_SIGNAL);
    cr_assert(ts_runner_drain(runner, 20 * TS_NS_PER_S));
    /* What was pending when it joined may have come before it or after; the next one reaches it in any case,
     * and the one from before its time does not. */
    struct ts_strategy_table_stats table = ts_runner_table_stats(runner);
    cr_assert(table.factor_calls >= 1 && table.factor_calls <= 3, "%llu",
              (unsigned long long)table.factor_calls);
    cr_assert_eq(table.stale_skipped, 1);
    struct signal_stats engine = stats_of(runner);
    cr_assert(engine.suspect_time_jump == 1 && engine.suspect_time_backward == 1 &&
              engine.ticks_suspect == 2);
    ts_runner_destroy(runner);
}

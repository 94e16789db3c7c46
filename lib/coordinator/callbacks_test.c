#include "base/thread.h"
#include "coordinator/coordinator.h"
#include "coordinator/fixture.h"

#include <stdatomic.h>
#include <string.h>

#define LONG_NS    (60 * TS_NS_PER_S)
#define TIMEOUT_NS (30 * TS_NS_PER_MS)

static struct ts_controllers *controllers;
static struct ts_coordinator *coordinator;

static void begin_with(struct ts_coordinator_options options)
{
    struct ts_diag diag = {.text = ""};
    controllers = fixture_controllers();
    cr_assert_eq(ts_coordinator_create(&options, controllers, &coordinator, &diag), TS_OK, "%s", diag.text);
}

static void begin(uint32_t runners, uint32_t runners_max, int64_t timeout_ns)
{
    struct ts_coordinator_options options = ts_coordinator_options_default();
    options.workers = 2;
    options.runners = runners;
    options.runners_max = runners_max;
    options.callback_timeout_ns = timeout_ns;
    begin_with(options);
}

static void end(void)
{
    cr_assert_eq(ts_coordinator_destroy(&coordinator, NULL), TS_OK);
    ts_controllers_destroy(controllers);
}

static uint64_t submit(struct ts_request request, ts_task_callback callback, void *user_data)
{
    uint64_t task = 0;
    cr_assert_eq(ts_coordinator_submit(coordinator, &request, callback, user_data, LONG_NS, &task, NULL),
                 TS_OK);
    return task;
}

/* Until a count of the snapshot has a value; the test's own time limit ends it. */
#define UNTIL(member, value)                                                                                 \
    while (ts_coordinator_state(coordinator).member != (value)) {                                            \
        ts_sleep_ns(TS_NS_PER_MS);                                                                           \
    }

/* What a callback saw, and a gate to hang at. Relaxed but for the gate: read after the callbacks were
 * counted. */
struct seen {
    _Atomic uint32_t calls, results, errors, code;
    _Atomic uint64_t task;
    _Atomic bool open; /* GATE release by the test, acquire by the callback */
};

static void see(uint64_t task, const struct ts_result *result, const struct ts_diag *error, void *user_data)
{
    struct seen *seen = user_data;
    atomic_fetch_add_explicit(&seen->calls, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&seen->results, result != NULL, memory_order_relaxed);
    atomic_fetch_add_explicit(&seen->errors, error != NULL, memory_order_relaxed);
    atomic_store_explicit(&seen->code, error != NULL ? error->code : TS_OK, memory_order_relaxed);
    atomic_store_explicit(&seen->task, task, memory_order_relaxed);
}

static void hang(uint64_t task, const struct ts_result *result, const struct ts_diag *error, void *user_data)
{
    struct seen *seen = user_data;
    while (!atomic_load_explicit(&seen->open, memory_order_acquire)) { /* GATE acquire */
        ts_sleep_ns(TS_NS_PER_MS);
    }
    see(task, result, error, user_data);
}

static void open_gate(struct seen *seen)
{
    atomic_store_explicit(&seen->open, true, memory_order_release); /* GATE release */
}

Test(callbacks, each_outcome_is_told_once)
{
    begin(2, 4, LONG_NS);
    struct seen good = {0}, bad = {0}, cancelled = {0};
    struct ts_request holed = fixture_backtest();
    holed.symbol = "holed";
    uint64_t first = submit(fixture_indicator(), see, &good);
    submit(holed, see, &bad);
    UNTIL(callbacks_returned, 2)
    uint64_t task = submit(fixture_long(), see, &cancelled);
    cr_assert_eq(ts_coordinator_cancel(coordinator, task, NULL), TS_OK);
    UNTIL(callbacks_returned, 3)
    cr_assert(good.calls == 1 && good.results == 1 && good.errors == 0 && good.task == first);
    cr_assert(bad.calls == 1 && bad.results == 0 && bad.errors == 1 && bad.code == TS_MALFORMED);
    cr_assert(cancelled.calls == 1 && cancelled.errors == 1 && cancelled.code == TS_CLOSED);
    cr_assert_eq(ts_coordinator_state(coordinator).callbacks_due, 3);
    end();
}

Test(callbacks, a_hung_one_costs_nobody_and_is_reported_and_may_come_late)
{
    begin(1, 3, TIMEOUT_NS);
    struct seen hung = {0}, others = {0};
    struct ts_diag report;
    submit(fixture_indicator(), hang, &hung);
    UNTIL(hung, 1)
    for (int i = 0; i < 50; i++) {
        submit(fixture_indicator(), see, &others);
    }
    UNTIL(callbacks_returned, 50)
    cr_assert_eq(others.calls, 50);
    cr_assert_eq(ts_coordinator_report(coordinator, &report), TS_OK);
    cr_assert_eq(report.code, TS_TIMEOUT);
    cr_assert_str_eq(report.operation, "callback");
    cr_assert(strstr(report.text, "30 ms") != NULL && strstr(report.subject, "task ") != NULL, "%s",
              report.text);
    open_gate(&hung);
    UNTIL(callbacks_late, 1)
    cr_assert_eq(ts_coordinator_state(coordinator).hung, 0);
    cr_assert_eq(ts_coordinator_report(coordinator, &report), TS_OK);
    cr_assert(strstr(report.text, "has ended") != NULL);
    cr_assert_eq(ts_coordinator_report(coordinator, &report), TS_EMPTY);
    end();
}

Test(callbacks, at_the_bound_they_are_skipped_and_counted_and_come_back_with_a_runner)
{
    begin(2, 3, TIMEOUT_NS);
    struct seen hung = {0}, others = {0};
    struct ts_task_event event;
    for (int i = 0; i < 3; i++) {
        submit(fixture_indicator(), hang, &hung);
    }
    UNTIL(hung, 3)
    cr_assert_eq(ts_coordinator_state(coordinator).threads, 2 + 3 + 1);
    for (int i = 0; i < 10; i++) {
        submit(fixture_indicator(), see, &others);
    }
    UNTIL(callbacks_skipped, 10)
    cr_assert_eq(others.calls, 0);
    for (int i = 0; i < 13; i++) { /* the events come all the same */
        cr_assert_eq(ts_coordinator_poll(coordinator, LONG_NS, &event), TS_OK);
        cr_assert_eq(event.outcome, TS_OUTCOME_COMPLETED);
    }
    open_gate(&hung);
    UNTIL(callbacks_late, 3)
    submit(fixture_indicator(), see, &others);
    /* The runner that ended is joined and replaced by the watch, at its own time. */
    while (ts_coordinator_state(coordinator).callbacks_returned == 0) {
        ts_sleep_ns(TS_NS_PER_MS);
        submit(fixture_indicator(), see, &others);
    }
    cr_assert_gt(others.calls, 0);
    end();
}

Test(callbacks, a_hundred_that_hang_never_take_more_threads_than_the_bound)
{
    begin(2, 5, TS_NS_PER_MS);
    struct seen hung = {0};
    for (int i = 0; i < 100; i++) {
        submit(fixture_indicator(), hang, &hung);
        cr_assert_leq(ts_coordinator_state(coordinator).threads, 2 + 5 + 1);
    }
    UNTIL(callbacks_skipped, 95)
    cr_assert_eq(ts_coordinator_state(coordinator).hung, 5);
    open_gate(&hung);
    UNTIL(callbacks_late, 5)
    end();
}

/* Who waits for room is told that there is some, also by a callback that has begun and goes on. */
Test(callbacks, an_event_may_give_way_as_soon_as_its_callback_has_begun)
{
    struct ts_coordinator_options options = ts_coordinator_options_default();
    options.tasks_max = 1;
    options.unpolled = TS_UNPOLLED_EVICT;
    options.callback_timeout_ns = TS_WAIT_FOREVER;
    begin_with(options);
    for (uint32_t i = 0; i < 40; i++) {
        struct seen hung = {0};
        submit(fixture_indicator(), hang, &hung);
        submit(fixture_indicator(), NULL, NULL);
        open_gate(&hung);
        UNTIL(callbacks_returned, i + 1)
    }
    end();
}

struct inside {
    struct seen seen;
    _Atomic uint32_t calls;
    ts_err waited, polled, submitted, cancelled, shut, destroyed;
};

static void reenter(uint64_t task, const struct ts_result *result, const struct ts_diag *error,
                    void *user_data)
{
    struct inside *inside = user_data;
    struct ts_task_event event;
    struct ts_coordinator *mine = coordinator;
    uint64_t another;
    struct ts_request request = fixture_indicator();
    (void)result;
    (void)error;
    inside->waited = ts_coordinator_wait(coordinator, task, TS_WAIT_FOREVER, &event, NULL);
    inside->waited = event.task == task ? inside->waited : TS_MISMATCH;
    inside->polled = ts_coordinator_poll(coordinator, LONG_NS, &event);
    inside->submitted = ts_coordinator_submit(coordinator, &request, see, &inside->seen, 0, &another, NULL);
    inside->cancelled = ts_coordinator_cancel(coordinator, task, NULL);
    inside->shut = ts_coordinator_shutdown(coordinator, TS_SHUTDOWN_DRAIN, LONG_NS, NULL);
    inside->destroyed = ts_coordinator_destroy(&mine, NULL);
}

Test(callbacks, may_call_back_and_are_refused_what_would_wait_for_them)
{
    begin(1, 2, LONG_NS);
    struct inside inside = {.waited = TS_ERR_COUNT};
    submit(fixture_indicator(), reenter, &inside);
    UNTIL(callbacks_returned, 2)
    cr_assert_eq(inside.waited, TS_OK, "%s", ts_err_name(inside.waited));
    cr_assert_eq(inside.polled, TS_OK);
    cr_assert_eq(inside.submitted, TS_OK);
    cr_assert_eq(inside.cancelled, TS_END);
    cr_assert_eq(inside.shut, TS_DEADLOCK);
    cr_assert_eq(inside.destroyed, TS_DEADLOCK);
    cr_assert_eq(inside.seen.calls, 1);
    end();
}

struct late {
    struct seen seen;
    struct ts_coordinator *coordinator; /* as the callback knows it */
    _Atomic uint32_t polled, cancelled, submitted;
};

static void outlive(uint64_t task, const struct ts_result *result, const struct ts_diag *error,
                    void *user_data)
{
    struct late *late = user_data;
    struct ts_task_event event;
    (void)error;
    while (!atomic_load_explicit(&late->seen.open, memory_order_acquire)) { /* GATE acquire */
        ts_sleep_ns(TS_NS_PER_MS);
    }
    cr_assert(result->indicator.points == FIXTURE_POINTS, "its result is gone");
    atomic_store_explicit(&late->polled, ts_coordinator_poll(late->coordinator, 0, &event),
                          memory_order_relaxed);
    atomic_store_explicit(&late->cancelled, ts_coordinator_cancel(late->coordinator, task, NULL),
                          memory_order_relaxed);
    /* Its controllers are gone. */
    struct ts_request request = fixture_indicator();
    atomic_store_explicit(&late->submitted,
                          ts_coordinator_submit(late->coordinator, &request, NULL, NULL, 0, &task, NULL),
                          memory_order_relaxed);
}

Test(callbacks, one_that_outlives_its_coordinator_touches_nothing_freed)
{
    begin(1, 2, TIMEOUT_NS);
    struct late late = {.coordinator = coordinator, .polled = TS_ERR_COUNT};
    struct ts_task_event event;
    submit(fixture_indicator(), outlive, &late);
    UNTIL(hung, 1)
    cr_assert_eq(ts_coordinator_poll(coordinator, LONG_NS, &event), TS_OK);
    end();
    cr_assert_eq(ts_coordinator_lingering(), 1);
    open_gate(&late.seen);
    while (ts_coordinator_lingering() != 0) {
        ts_sleep_ns(TS_NS_PER_MS);
    }
    cr_assert_eq(late.polled, TS_CLOSED);
    cr_assert_eq(late.cancelled, TS_END);
    cr_assert_eq(late.submitted, TS_CLOSED);
}

Test(callbacks, a_shutdown_waits_for_no_callback_longer_than_its_limit)
{
    begin(1, 2, LONG_NS);
    struct seen hung = {0};
    struct ts_diag diag;
    for (int i = 0; i < 10; i++) {
        submit(fixture_indicator(), hang, &hung);
    }
    UNTIL(completed, 10)
    UNTIL(callbacks_running, 1)
    cr_assert_eq(ts_coordinator_shutdown(coordinator, TS_SHUTDOWN_DRAIN, 50 * TS_NS_PER_MS, &diag),
                 TS_TIMEOUT);
    struct ts_coordinator_state state = ts_coordinator_state(coordinator);
    cr_assert_eq(state.completed, 10);
    cr_assert_eq(state.callbacks_timed_out, 1);
    cr_assert_eq(state.callbacks_skipped, 9);
    cr_assert_eq(state.threads, 1);
    open_gate(&hung);
    end();
    while (ts_coordinator_lingering() != 0) {
        ts_sleep_ns(TS_NS_PER_MS);
    }
    cr_assert_eq(hung.calls, 1);
}

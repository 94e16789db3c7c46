#include "coordinator/coordinator.h"

#include "base/thread.h"
#include "coordinator/failure.h"
#include "coordinator/fixture.h"

#include <string.h>

#define LONG_NS (60 * TS_NS_PER_S) /* a wait that must not run out */

static struct ts_controllers *controllers;
static struct ts_coordinator *coordinator;

static void begin_with(struct ts_coordinator_options options)
{
    struct ts_diag diag = {.text = ""};
    controllers = fixture_controllers();
    cr_assert_eq(ts_coordinator_create(&options, controllers, &coordinator, &diag), TS_OK, "%s", diag.text);
}

static void begin(uint32_t workers, uint32_t tasks_max)
{
    struct ts_coordinator_options options = ts_coordinator_options_default();
    options.workers = workers;
    options.tasks_max = tasks_max;
    begin_with(options);
}

static void end(void)
{
    cr_assert_eq(ts_coordinator_destroy(&coordinator, NULL), TS_OK);
    cr_assert_null(coordinator);
    ts_controllers_destroy(controllers);
}

static uint64_t submit(struct ts_request request)
{
    uint64_t task = 0;
    struct ts_diag diag = {.text = ""};
    cr_assert_eq(ts_coordinator_submit(coordinator, &request, NULL, NULL, LONG_NS, &task, &diag), TS_OK, "%s",
                 diag.text);
    return task;
}

static struct ts_task_event next(void)
{
    struct ts_task_event event;
    cr_assert_eq(ts_coordinator_poll(coordinator, LONG_NS, &event), TS_OK);
    return event;
}

static void balanced(void)
{
    struct ts_coordinator_state s = ts_coordinator_state(coordinator);
    uint64_t ended = s.completed + s.failed + s.cancelled;
    cr_assert_eq(s.submitted, ended + s.active);
    cr_assert_eq(s.active, s.queued + s.running);
    cr_assert_eq(ended, s.events_queued + s.events_taken + s.events_evicted);
    cr_assert_eq(s.callbacks_due, s.callbacks_pending + s.callbacks_running + s.callbacks_returned +
                                      s.callbacks_timed_out + s.callbacks_skipped);
    cr_assert_eq(s.callbacks_timed_out, s.callbacks_late + s.hung);
}

Test(coordinator, every_kind_runs_and_says_what_the_controllers_say)
{
    begin(2, 16);
    static const _Atomic bool never;
    struct ts_request requests[] = {fixture_backtest(), fixture_indicator(), fixture_sweep(), fixture_data()};
    for (size_t i = 0; i < 4; i++) {
        uint64_t task = submit(requests[i]);
        struct ts_task_event event = next();
        struct ts_work work;
        struct ts_result result;
        cr_assert_eq(event.task, task);
        cr_assert_eq(event.kind, requests[i].kind);
        cr_assert_eq(event.outcome, TS_OUTCOME_COMPLETED, "%s", event.error.text);
        cr_assert_eq(ts_request_check(&requests[i], controllers, &work, NULL), TS_OK);
        cr_assert_eq(ts_controllers_run(controllers, &work, &never, &result, NULL), TS_OK);
        cr_assert_eq(memcmp(&result.backtest, &event.result.backtest, sizeof(uint64_t) + 2 * sizeof(double)),
                     0);
        balanced();
    }
    end();
}

Test(coordinator, a_failed_task_tells_why_in_its_event)
{
    begin(2, 16);
    struct ts_request request = fixture_backtest();
    request.symbol = "holed";
    submit(request);
    struct ts_task_event event = next();
    cr_assert_eq(event.outcome, TS_OUTCOME_FAILED);
    cr_assert_eq(event.error.code, TS_MALFORMED);
    cr_assert_str_eq(event.error.subject, "holed");
    cr_assert_str_eq(event.error.operation, "read prices");
    cr_assert_eq(ts_coordinator_state(coordinator).failed, 1);
    balanced();
    end();
}

Test(coordinator, an_invalid_request_leaves_no_trace)
{
    begin(1, 2);
    struct ts_request request = fixture_backtest();
    struct ts_diag diag;
    struct ts_task_event event;
    uint64_t task = 77;
    request.backtest.terms.leverage = 11;
    cr_assert_eq(ts_coordinator_submit(coordinator, &request, NULL, NULL, 0, &task, &diag), TS_INVALID);
    cr_assert_str_eq(diag.subject, "leverage");
    cr_assert_eq(task, 77);
    cr_assert_eq(ts_coordinator_poll(coordinator, 0, &event), TS_EMPTY);
    struct ts_coordinator_state state = ts_coordinator_state(coordinator);
    cr_assert(state.submitted == 0 && state.refused == 0 && state.active == 0);
    end();
}

Test(coordinator, results_that_nobody_polls_stop_submits_alone_and_with_a_reason)
{
    begin(2, 8);
    struct ts_diag diag;
    struct ts_request request = fixture_indicator();
    uint64_t task, tasks[8];
    for (int i = 0; i < 8; i++) {
        tasks[i] = submit(request);
    }
    for (int i = 0; i < 8; i++) { /* all of them run, though nobody polls */
        struct ts_task_event event;
        cr_assert_eq(ts_coordinator_wait(coordinator, tasks[i], LONG_NS, &event, &diag), TS_OK);
    }
    cr_assert_eq(ts_coordinator_submit(coordinator, &request, NULL, NULL, 0, &task, &diag), TS_FULL);
    cr_assert(strstr(diag.text, "8 events not polled") != NULL, "%s", diag.text);
    cr_assert_eq(ts_coordinator_submit(coordinator, &request, NULL, NULL, TS_NS_PER_MS, &task, &diag),
                 TS_FULL);
    cr_assert_eq(ts_failure_family_of(diag.code), TS_FAILURE_CAPACITY);
    balanced();
    cr_assert_eq(ts_coordinator_state(coordinator).refused, 2);
    next();
    submit(request);
    for (int i = 0; i < 8; i++) {
        next();
    }
    balanced();
    end();
}

Test(coordinator, evicted_events_are_counted)
{
    struct ts_coordinator_options options = ts_coordinator_options_default();
    options.tasks_max = 4;
    options.unpolled = TS_UNPOLLED_EVICT;
    begin_with(options);
    for (int i = 0; i < 100; i++) {
        submit(fixture_indicator());
        balanced();
    }
    cr_assert_eq(ts_coordinator_shutdown(coordinator, TS_SHUTDOWN_DRAIN, LONG_NS, NULL), TS_OK);
    struct ts_coordinator_state state = ts_coordinator_state(coordinator);
    cr_assert_eq(state.completed, 100);
    cr_assert_eq(state.events_evicted, 96);
    cr_assert_eq(state.events_queued, 4);
    balanced();
    end();
}

static void poll_one(void *event)
{
    ts_sleep_ns(20 * TS_NS_PER_MS);
    *(struct ts_task_event *)event = next();
}

Test(coordinator, a_submit_waits_for_room)
{
    begin(1, 1);
    struct ts_thread poller;
    struct ts_task_event event = {0};
    uint64_t first = submit(fixture_indicator());
    cr_assert_eq(ts_thread_start(&poller, "poller", poll_one, &event, NULL), TS_OK);
    cr_assert_neq(submit(fixture_indicator()), first);
    ts_thread_join(&poller);
    cr_assert_eq(event.task, first);
    end();
}

Test(coordinator, a_cancelled_task_has_its_one_event)
{
    begin(1, 16);
    struct ts_diag diag;
    uint64_t running = submit(fixture_long());
    while (ts_coordinator_state(coordinator).running == 0) {
        ts_sleep_ns(TS_NS_PER_MS / 10);
    }
    uint64_t queued = submit(fixture_indicator());
    cr_assert_eq(ts_coordinator_cancel(coordinator, queued, &diag), TS_OK);
    struct ts_task_event event = next();
    cr_assert_eq(event.task, queued);
    cr_assert_eq(event.outcome, TS_OUTCOME_CANCELLED);
    cr_assert_eq(event.error.code, TS_CLOSED);
    cr_assert_eq(ts_coordinator_cancel(coordinator, running, &diag), TS_OK);
    cr_assert_eq(ts_coordinator_cancel(coordinator, running, &diag), TS_OK, "a second one changes nothing");
    event = next();
    cr_assert_eq(event.task, running);
    cr_assert_eq(event.outcome, TS_OUTCOME_CANCELLED, "cancelled was promised");
    cr_assert_eq(ts_coordinator_cancel(coordinator, running, &diag), TS_END);
    cr_assert_eq(ts_coordinator_cancel(coordinator, 1u << 20, &diag), TS_UNKNOWN);
    cr_assert_eq(ts_coordinator_cancel(coordinator, 0, &diag), TS_UNKNOWN);
    cr_assert_eq(ts_coordinator_state(coordinator).cancelled, 2);
    balanced();
    end();
}

Test(coordinator, a_task_can_be_waited_for_until_its_event_is_taken)
{
    begin(1, 2);
    struct ts_diag diag;
    struct ts_task_event event;
    uint64_t slow = submit(fixture_long()), task = submit(fixture_indicator());
    cr_assert_eq(ts_coordinator_wait(coordinator, task, TS_NS_PER_MS, &event, &diag), TS_TIMEOUT);
    cr_assert(strncmp(diag.subject, "task ", 5) == 0, "%s", diag.subject);
    cr_assert_eq(ts_coordinator_cancel(coordinator, slow, &diag), TS_OK);
    cr_assert_eq(ts_coordinator_wait(coordinator, task, LONG_NS, &event, &diag), TS_OK);
    cr_assert_eq(event.task, task);
    cr_assert_eq(ts_coordinator_wait(coordinator, task, 0, &event, &diag), TS_OK, "it was not taken by that");
    next();
    next();
    cr_assert_eq(ts_coordinator_wait(coordinator, task, 0, &event, &diag), TS_END);
    cr_assert_eq(ts_coordinator_wait(coordinator, task + 100, 0, &event, &diag), TS_UNKNOWN);
    submit(fixture_indicator()); /* in the same slot */
    cr_assert_eq(ts_coordinator_wait(coordinator, task, 0, &event, &diag), TS_END);
    end();
}

Test(coordinator, a_drain_runs_all_and_leaves_the_events)
{
    begin(2, 64);
    struct ts_diag diag;
    struct ts_task_event event;
    struct ts_request request = fixture_indicator();
    uint64_t task;
    for (int i = 0; i < 64; i++) {
        submit(request);
    }
    cr_assert_eq(ts_coordinator_shutdown(coordinator, TS_SHUTDOWN_DRAIN, LONG_NS, &diag), TS_OK);
    cr_assert_eq(ts_coordinator_shutdown(coordinator, TS_SHUTDOWN_DRAIN, LONG_NS, &diag), TS_CLOSED);
    cr_assert_eq(ts_coordinator_submit(coordinator, &request, NULL, NULL, LONG_NS, &task, &diag), TS_CLOSED);
    cr_assert_eq(ts_coordinator_state(coordinator).completed, 64);
    cr_assert_eq(ts_coordinator_state(coordinator).threads, 0);
    for (int i = 0; i < 64; i++) {
        cr_assert_eq(next().outcome, TS_OUTCOME_COMPLETED);
    }
    cr_assert_eq(ts_coordinator_poll(coordinator, LONG_NS, &event), TS_CLOSED);
    balanced();
    end();
}

Test(coordinator, a_discard_and_a_drain_out_of_time_cancel_the_rest)
{
    for (int how = TS_SHUTDOWN_DRAIN; how <= TS_SHUTDOWN_DISCARD; how++) {
        begin(1, 32);
        int64_t limit_ns = how == TS_SHUTDOWN_DRAIN ? TS_NS_PER_MS : LONG_NS;
        ts_err wanted = how == TS_SHUTDOWN_DRAIN ? TS_TIMEOUT : TS_OK;
        struct ts_diag diag;
        for (int i = 0; i < 32; i++) {
            submit(fixture_long());
        }
        cr_assert_eq(ts_coordinator_shutdown(coordinator, (enum ts_shutdown)how, limit_ns, &diag), wanted);
        struct ts_coordinator_state state = ts_coordinator_state(coordinator);
        cr_assert_gt(state.cancelled, 0);
        cr_assert_eq(state.active, 0);
        cr_assert_eq(state.events_queued, 32);
        balanced();
        end();
    }
}

static void submit_into_the_end(void *result)
{
    struct ts_request request = fixture_indicator();
    uint64_t task;
    *(ts_err *)result =
        ts_coordinator_submit(coordinator, &request, NULL, NULL, TS_WAIT_FOREVER, &task, NULL);
}

Test(coordinator, a_submit_that_waits_for_room_is_told_of_the_end)
{
    begin(1, 1);
    struct ts_thread submitter;
    ts_err result = TS_OK;
    submit(fixture_indicator());
    cr_assert_eq(ts_thread_start(&submitter, "submitter", submit_into_the_end, &result, NULL), TS_OK);
    ts_sleep_ns(10 * TS_NS_PER_MS);
    cr_assert_eq(ts_coordinator_shutdown(coordinator, TS_SHUTDOWN_DRAIN, LONG_NS, NULL), TS_OK);
    ts_thread_join(&submitter);
    cr_assert_eq(result, TS_CLOSED);
    end();
}

Test(coordinator, bad_options_are_named)
{
    static const struct {
        const char *name;
        struct ts_coordinator_options options;
    } rows[] = {
        {"workers", {.tasks_max = 1, .runners = 1, .runners_max = 1, .callback_timeout_ns = 1}},
        {"tasks_max", {.workers = 1, .runners = 1, .runners_max = 1, .callback_timeout_ns = 1}},
        {"tasks_max",
         {.workers = 1, .tasks_max = 65537, .runners = 1, .runners_max = 1, .callback_timeout_ns = 1}},
        {"unpolled",
         {.workers = 1, .tasks_max = 1, .unpolled = (enum ts_unpolled)2, .runners = 1, .runners_max = 1}},
        {"runners", {.workers = 1, .tasks_max = 1, .runners_max = 1, .callback_timeout_ns = 1}},
        {"runners_max",
         {.workers = 1, .tasks_max = 1, .runners = 2, .runners_max = 1, .callback_timeout_ns = 1}},
        {"callback_timeout_ns", {.workers = 1, .tasks_max = 1, .runners = 1, .runners_max = 1}},
    };
    struct ts_coordinator *none = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_diag diag;
        cr_expect_eq(ts_coordinator_create(&rows[i].options, NULL, &none, &diag), TS_INVALID);
        cr_expect_str_eq(diag.subject, rows[i].name);
    }
    cr_assert_null(none);
    cr_assert_eq(ts_coordinator_destroy(&none, NULL), TS_OK);
}

Test(coordinator, every_code_has_a_family)
{
    cr_assert_eq(ts_failure_family_of(TS_OK), TS_FAILURE_NONE);
    cr_assert_eq(ts_failure_family_of(TS_UNKNOWN), TS_FAILURE_REQUEST);
    cr_assert_eq(ts_failure_family_of(TS_MALFORMED), TS_FAILURE_DATA);
    cr_assert_eq(ts_failure_family_of(TS_DEADLOCK), TS_FAILURE_LIFE);
    for (int code = 1; code < TS_ERR_COUNT; code++) {
        enum ts_failure_family family = ts_failure_family_of((ts_err)code);
        cr_assert(family > TS_FAILURE_NONE && family < TS_FAILURE_COUNT, "%s", ts_err_name((ts_err)code));
    }
    cr_assert_str_eq(ts_failure_family_name(TS_FAILURE_REQUEST), "request");
    cr_assert_str_eq(ts_failure_family_name(TS_FAILURE_COUNT), "unknown");
}

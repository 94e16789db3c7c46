#include "scenario/coordinator_rig.h"

#include "base/clock.h"
#include "base/thread.h"
#include "scenario/thread_count.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTS          600u
#define POINTS_EXPLORED 4u
#define BEGIN_NS        INT64_C(1723118400000000000) /* 2024-08-08T12:00:00Z */
#define THREADS_SLACK   8u
#define STEP_NS         (10 * TS_NS_PER_S)
#define AFTER_NS        2

/* Two symbols that wander, or go where a tape's trades went, and one with a price that is none. */
static const char *const symbols[] = {"btcusdt", "ethusdt", "holed"};

static void draw_prices(struct ts_task_rig *rig, uint32_t points, int64_t *times_ns, double *prices)
{
    double price = 100;
    for (uint32_t i = 0; i < points; i++) {
        times_ns[i] = BEGIN_NS + i * STEP_NS;
        price *= 1 + 0.01 * (ts_random_unit(&rig->life->random) - 0.5);
        prices[i] = price;
    }
    rig->begin_ns = BEGIN_NS;
    rig->end_ns = BEGIN_NS + POINTS * STEP_NS;
}

/* The first trades of the tape. */
static ts_err read_prices(struct ts_task_rig *rig, uint32_t *points, int64_t *times_ns, double *prices,
                          struct ts_diag *diag)
{
    struct ts_source *source;
    struct ts_tick tick;
    uint32_t count = 0;
    ts_err error = ts_source_tick_file(rig->life->ticks_path, 1, &source, diag);
    if (error != TS_OK) {
        return error;
    }
    while (count < *points && ts_source_next(source, &tick) == TS_OK) {
        if (tick.type == WINGCHUN_TRADE && tick.receive_ns <= INT64_MAX - AFTER_NS) {
            times_ns[count] = tick.receive_ns;
            prices[count++] = tick.data.trade.price;
        }
    }
    ts_source_close(source);
    if (count == 0) {
        return ts_fail(diag, TS_MALFORMED, "open rig", "tape", "there is no trade on it");
    }
    rig->begin_ns = times_ns[0];
    rig->end_ns = times_ns[count - 1] + AFTER_NS; /* a time after the last price is within */
    *points = count;
    return TS_OK;
}

static ts_err make_controllers(struct ts_task_rig *rig, struct ts_diag *diag)
{
    struct ts_life *life = rig->life;
    uint32_t points = ts_life_size(life, POINTS, POINTS_EXPLORED);
    int64_t times_ns[POINTS];
    double prices[3][POINTS];
    struct ts_series series[3];
    if (life->ticks_path == NULL) {
        draw_prices(rig, points, times_ns, prices[0]);
    } else {
        ts_err error = read_prices(rig, &points, times_ns, prices[0], diag);
        if (error != TS_OK) {
            return error;
        }
    }
    for (uint32_t i = 0; i < points; i++) {
        prices[1][i] = 2 * prices[0][i] + i % 7;
        prices[2][i] = i == points / 2 ? (double)NAN : prices[0][i];
    }
    for (uint32_t s = 0; s < 3; s++) {
        series[s] = (struct ts_series){
            .symbol = symbols[s], .count = points, .times_ns = times_ns, .prices = prices[s]};
    }
    return ts_controllers_create(series, 3, &rig->controllers, diag);
}

static const struct ts_terms usual_terms = {.portfolio = 10000, .leverage = 2, .fee = 0.0005};

static struct ts_request request_of(const struct ts_task_rig *rig, uint32_t work)
{
    struct ts_request request = {
        .start_ns = rig->begin_ns, .end_ns = rig->end_ns, .symbol = symbols[work % 2]};
    switch (work) {
    case 0:
    case 1:
    case 6:
        request.kind = TS_REQUEST_BACKTEST;
        request.backtest.terms = usual_terms;
        request.backtest.fast = 3 + work % 3;
        request.backtest.slow = 9;
        request.symbol = work == 6 ? "holed" : request.symbol;
        break;
    case 2:
    case 3:
    case 7:
        request.kind = TS_REQUEST_INDICATOR;
        request.indicator.average = work == 3 ? TS_AVERAGE_SIMPLE : TS_AVERAGE_EMA;
        request.indicator.period = 4;
        request.start_ns = work == 7 ? rig->end_ns - 1 : rig->begin_ns; /* after the last price */
        break;
    case 4:
    case TS_WORK_LONG:
        request.kind = TS_REQUEST_SWEEP;
        request.sweep.terms = usual_terms;
        request.sweep.fast_min = 2;
        request.sweep.fast_max = work == 4 ? 3 : 33;
        request.sweep.slow_min = work == 4 ? 5 : 34;
        request.sweep.slow_max = work == 4 ? 6 : 65;
        break;
    default:
        request.kind = TS_REQUEST_DATA;
        request.data.symbols = symbols;
        request.data.symbol_count = 3;
        request.data.timeframe = "5m";
    }
    return request;
}

/* What each piece of work must answer, found out by this thread alone. */
static ts_err find_answers(struct ts_task_rig *rig, struct ts_diag *diag)
{
    static const _Atomic bool never;
    for (uint32_t work = 0; work < TS_WORKS; work++) {
        struct ts_request request = request_of(rig, work);
        struct ts_work checked;
        struct ts_diag error;
        if (ts_request_check(&request, rig->controllers, &checked, diag) != TS_OK) {
            return diag->code;
        }
        rig->errors[work] =
            ts_controllers_run(rig->controllers, &checked, &never, &rig->answers[work], &error);
    }
    return TS_OK;
}

struct ts_coordinator_options ts_task_rig_options(const struct ts_life *life, uint32_t tasks_max)
{
    struct ts_coordinator_options options = ts_coordinator_options_default();
    options.workers = ts_life_size(life, options.workers, 2);
    options.runners = ts_life_size(life, options.runners, 1);
    options.runners_max = ts_life_size(life, options.runners_max, 2);
    options.tasks_max = tasks_max;
    return options;
}

void ts_gate_init(struct ts_gate *gate)
{
    gate->open = false;
    pthread_mutex_init(&gate->mutex, NULL);
    pthread_cond_init(&gate->opened, NULL);
}

void ts_gate_pass(struct ts_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    while (!gate->open) {
        pthread_cond_wait(&gate->opened, &gate->mutex);
    }
    pthread_mutex_unlock(&gate->mutex);
}

void ts_gate_open(struct ts_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->open = true;
    pthread_cond_broadcast(&gate->opened);
    pthread_mutex_unlock(&gate->mutex);
}

static void free_parts(struct ts_task_rig *rig)
{
    ts_controllers_destroy(rig->controllers);
    free(rig->rows);
}

ts_err ts_task_rig_open(struct ts_task_rig *rig, struct ts_life *life,
                        const struct ts_coordinator_options *options, uint32_t rows_max, struct ts_diag *diag)
{
    *rig = (struct ts_task_rig){.life = life, .options = *options, .rows_max = rows_max};
    rig->threads_before = life->explored ? 0 : ts_thread_count();
    ts_err error = make_controllers(rig, diag);
    if (error != TS_OK) {
        return error;
    }
    error = find_answers(rig, diag);
    if (error == TS_OK) {
        rig->rows = calloc(rows_max, sizeof *rig->rows);
        error = rig->rows != NULL
                    ? ts_coordinator_create(options, rig->controllers, &rig->coordinator, diag)
                    : ts_fail(diag, TS_NO_MEMORY, "open rig", NULL, "no room for %u rows", rows_max);
    }
    if (error != TS_OK) {
        free_parts(rig);
        return error;
    }
    for (uint32_t i = 0; i < rows_max; i++) {
        rig->rows[i].rig = rig; /* also takes the memory now, and not while it is measured */
    }
    return TS_OK;
}

ts_err ts_task_rig_submit(struct ts_task_rig *rig, struct ts_task_row *row, uint32_t work,
                          ts_task_callback callback, int64_t wait_ns)
{
    struct ts_request request = request_of(rig, work);
    struct ts_diag diag;
    uint64_t task = 0;
    char line[200];
    row->work = work;
    row->calls_back = callback != NULL;
    ts_err error = ts_coordinator_submit(rig->coordinator, &request, callback, row, wait_ns, &task, &diag);
    row->task = error == TS_OK ? task : 0;
    if (error == TS_OK) {
        ts_board_add(rig->life->board, TS_COUNTER_tasks_submitted, 1);
    } else if (error != TS_FULL && error != TS_CLOSED) {
        ts_board_violation(rig->life->board, "submit", "%s", ts_diag_line(&diag, line, sizeof line));
    }
    return error;
}

static bool same_backtest(const struct ts_backtest_result *left, const struct ts_backtest_result *right)
{
    return left->points == right->points && left->trades == right->trades && left->equity == right->equity &&
           left->drawdown == right->drawdown && left->liquidated == right->liquidated;
}

static bool same_result(const struct ts_result *left, const struct ts_result *right)
{
    if (left->kind != right->kind) {
        return false;
    }
    switch (left->kind) {
    case TS_REQUEST_BACKTEST:
        return same_backtest(&left->backtest, &right->backtest);
    case TS_REQUEST_INDICATOR:
        return left->indicator.points == right->indicator.points &&
               left->indicator.last == right->indicator.last &&
               left->indicator.lowest == right->indicator.lowest &&
               left->indicator.highest == right->indicator.highest;
    case TS_REQUEST_SWEEP:
        return same_backtest(&left->sweep.best, &right->sweep.best) &&
               left->sweep.fast == right->sweep.fast && left->sweep.slow == right->sweep.slow &&
               left->sweep.pairs == right->sweep.pairs;
    default:
        return left->data.points == right->data.points && left->data.bad_prices == right->data.bad_prices &&
               left->data.gaps == right->data.gaps && left->data.symbols_clean == right->data.symbols_clean;
    }
}

/* Whether a task's end is one that its work can have: its answer, its error, or cancelled. */
static void check_end(const struct ts_task_row *row, const char *who, const struct ts_result *result,
                      const struct ts_diag *error)
{
    const struct ts_task_rig *rig = row->rig;
    bool right;
    if (error != NULL && error->code == TS_CLOSED) {
        return; /* who may cancel is the scenario's business */
    }
    if (row->work == TS_WORK_LONG) {
        right = result != NULL;
    } else if (rig->errors[row->work] == TS_OK) {
        right = result != NULL && same_result(result, &rig->answers[row->work]);
    } else {
        right = error != NULL && error->code == rig->errors[row->work];
    }
    if (!right) {
        ts_board_violation(rig->life->board, "answer",
                           "%s of work %u is not what its controllers answer alone", who, row->work);
    }
}

void ts_task_rig_callback(uint64_t task, const struct ts_result *result, const struct ts_diag *error,
                          void *user_data)
{
    struct ts_task_row *row = user_data;
    (void)task; /* a task may run before its submitter is told its number */
    if ((result == NULL) == (error == NULL)) {
        ts_board_violation(row->rig->life->board, "callback",
                           "it was told both a result and an error, or neither");
        return;
    }
    check_end(row, "the callback", result, error);
    atomic_fetch_add_explicit(&row->callbacks, 1, memory_order_relaxed);
    atomic_store_explicit(&row->callback_code, error != NULL ? error->code : TS_OK, memory_order_relaxed);
    ts_board_add(row->rig->life->board, TS_COUNTER_task_callbacks, 1);
}

ts_err ts_task_rig_poll(struct ts_task_rig *rig, int64_t wait_ns)
{
    struct ts_task_event event;
    ts_err error = ts_coordinator_poll(rig->coordinator, wait_ns, &event);
    if (error != TS_OK) {
        return error;
    }
    struct ts_task_row *row = event.user_data;
    bool completed = event.outcome == TS_OUTCOME_COMPLETED;
    ts_board_beat(rig->life->board);
    ts_board_add(rig->life->board, TS_COUNTER_tasks_ended, 1);
    check_end(row, "the event", completed ? &event.result : NULL, completed ? NULL : &event.error);
    row->events++;
    row->outcome = event.outcome;
    rig->polled++;
    return TS_OK;
}

static void must_equal(struct ts_task_rig *rig, const char *what, uint64_t left, uint64_t right)
{
    ts_board_add(rig->life->board, TS_COUNTER_checks, 1);
    if (left != right) {
        ts_board_violation(rig->life->board, "accounting", "%s: %llu and %llu", what,
                           (unsigned long long)left, (unsigned long long)right);
    }
}

struct ts_coordinator_state ts_task_rig_check(struct ts_task_rig *rig)
{
    struct ts_coordinator_state s = ts_coordinator_state(rig->coordinator);
    uint64_t ended = s.completed + s.failed + s.cancelled;
    must_equal(rig, "submitted = ended + active", s.submitted, ended + s.active);
    must_equal(rig, "active = queued + running", s.active, (uint64_t)s.queued + s.running);
    must_equal(rig, "ended = events queued + taken + evicted", ended,
               s.events_queued + s.events_taken + s.events_evicted);
    must_equal(rig, "callbacks due = pending, running, returned, timed out, skipped", s.callbacks_due,
               s.callbacks_pending + s.callbacks_running + s.callbacks_returned + s.callbacks_timed_out +
                   s.callbacks_skipped);
    must_equal(rig, "timed out = late + hung", s.callbacks_timed_out, s.callbacks_late + s.hung);
    uint64_t threads_max = rig->options.workers + rig->options.runners_max + 1;
    if (rig->threads_before != 0) {
        /* The kernel counts threads for a moment that were joined; others of the scenario are not so many. */
        uint32_t threads = ts_thread_count();
        s.threads = threads > rig->threads_before + threads_max + THREADS_SLACK ? threads : s.threads;
    }
    if (s.threads > threads_max) {
        ts_board_violation(rig->life->board, "threads", "%u threads, never more than %llu", s.threads,
                           (unsigned long long)threads_max);
    }
    return s;
}

struct sums {
    uint64_t accepted, events, callbacks_due, callbacks, cancelled;
};

static void judge_row(struct ts_task_rig *rig, const struct ts_task_row *row, struct sums *sums)
{
    struct ts_board *board = rig->life->board;
    /* Relaxed: no callback is under way any more (Order, in the header). */
    uint32_t callbacks = atomic_load_explicit(&row->callbacks, memory_order_relaxed);
    uint32_t code = atomic_load_explicit(&row->callback_code, memory_order_relaxed);
    unsigned long long task = row->task;
    bool accepted = row->task != 0;
    sums->accepted += accepted;
    sums->events += row->events;
    sums->callbacks_due += accepted && row->calls_back;
    sums->callbacks += callbacks;
    sums->cancelled += row->events > 0 && row->outcome == TS_OUTCOME_CANCELLED;
    bool evicts = rig->options.unpolled == TS_UNPOLLED_EVICT;
    if (row->events > accepted || (row->events < accepted && !evicts)) {
        ts_board_violation(board, "one-event", "task %llu has %u events", task, row->events);
    }
    if (callbacks > (accepted && row->calls_back)) {
        ts_board_violation(board, "one-callback", "task %llu has %u callbacks", task, callbacks);
    }
    if (row->events > 0 && callbacks > 0 && (row->outcome == TS_OUTCOME_CANCELLED) != (code == TS_CLOSED)) {
        ts_board_violation(board, "answer", "event and callback of task %llu disagree on its end", task);
    }
    if (row->cancelled && row->events > 0 && row->outcome != TS_OUTCOME_CANCELLED) {
        ts_board_violation(board, "cancel", "task %llu was cancelled, and ended otherwise", task);
    }
}

/* The ledger against the coordinator's numbers. */
static void judge(struct ts_task_rig *rig, const struct ts_coordinator_state *s)
{
    struct sums sums = {0};
    for (uint32_t i = 0; i < rig->rows_max; i++) {
        judge_row(rig, &rig->rows[i], &sums);
    }
    must_equal(rig, "tasks accepted", sums.accepted, s->submitted);
    must_equal(rig, "tasks left active", s->active, 0);
    must_equal(rig, "events", sums.events + s->events_evicted, s->submitted);
    must_equal(rig, "events polled", rig->polled, sums.events);
    must_equal(rig, "callbacks due", sums.callbacks_due, s->callbacks_due);
    must_equal(rig, "callbacks called", sums.callbacks, s->callbacks_returned + s->callbacks_timed_out);
    if (s->events_evicted == 0) {
        must_equal(rig, "cancelled", sums.cancelled, s->cancelled);
    }
}

void ts_task_rig_shutdown(struct ts_task_rig *rig, enum ts_shutdown how, int64_t limit_ns)
{
    struct ts_diag diag;
    ts_coordinator_shutdown(rig->coordinator, how, limit_ns, &diag); /* the snapshot tells what came of it */
    ts_board_beat(rig->life->board);
}

void ts_task_rig_destroy(struct ts_task_rig *rig)
{
    struct ts_diag diag;
    while (ts_task_rig_poll(rig, 0) == TS_OK) {
    }
    rig->final = ts_task_rig_check(rig);
    ts_coordinator_destroy(&rig->coordinator, &diag);
}

void ts_task_rig_close(struct ts_task_rig *rig)
{
    struct ts_idle idle;
    if (rig->coordinator != NULL) {
        ts_task_rig_destroy(rig);
    }
    ts_idle_reset(&idle);
    while (ts_coordinator_lingering() > 0) {
        ts_idle_wait(&idle);
    }
    judge(rig, &rig->final);
    free_parts(rig);
}

ts_err ts_task_rig_rounds(struct ts_life *life, ts_task_round round, struct ts_diag *diag)
{
    uint64_t hazard = 0;
    ts_err error = TS_OK;
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    do {
        error = round(life, &hazard, diag);
        ts_life_hazard(life, hazard);
    } while (error == TS_OK && !life->explored && !ts_life_over(life));
    return error;
}

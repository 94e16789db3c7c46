#include "explore/driver/state.h"

#include "base/clock.h"
#include "explore/core/strategy.h"
#include "explore/estimate.h"
#include "finding/finding_build.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS       100
#define STEPS_DEFAULT UINT64_C(200000)
#define STARTS_MAX    3 /* in a row, without a schedule between them */

struct ts_explore_config ts_driver_defaults(void)
{
    return (struct ts_explore_config){
        .count = 1,
        .steps_max = STEPS_DEFAULT,
        .points = TS_POINTS_ALL,
        .time = TS_TIME_EAGER,
        .handoff = TS_HANDOFF_AUTO,
        .strategies = 1,
        .strategy = {{.id = TS_STRATEGY_RANDOM, .depth = 3}},
    };
}

void ts_driver_progress(const struct ts_driver *driver, struct ts_driver_progress *progress)
{
    const struct ts_arena *arena = driver->arena;
    *progress = (struct ts_driver_progress){
        /* Relaxed: progress to look at. */
        .schedules = atomic_load_explicit(&arena->schedules, memory_order_relaxed),
        .steps = atomic_load_explicit(&arena->steps, memory_order_relaxed),
        .classes = arena->classes,
        .classes_seen_once = arena->classes_seen_once,
        .longest_steps = arena->longest_steps,
        .most_threads = arena->most_threads,
        .restarts = driver->restarts,
    };
}

void ts_driver_estimate(const struct ts_driver *driver, char *text, size_t size)
{
    struct ts_estimate estimate;
    ts_estimate_take(driver->arena, &estimate);
    (void)ts_estimate_text(&estimate, text, size);
}

uint64_t ts_driver_count(const struct ts_driver *driver, const char *signature)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < driver->reports_known; i++) {
        count += strcmp(driver->report_signature[i], signature) == 0 ? driver->board->reports[i].count : 0;
    }
    return count;
}

/* The next event; TS_END when the program is no more, TS_EMPTY when it says nothing for a while. */
static ts_err receive(struct ts_driver *driver, struct ts_explore_event *event)
{
    struct pollfd fd = {.fd = driver->events, .events = POLLIN};
    int ready = poll(&fd, 1, TICK_MS);
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
        return TS_EMPTY;
    }
    ssize_t size = read(driver->events, event, sizeof *event);
    return size == (ssize_t)sizeof *event ? TS_OK : TS_END;
}

/* False when the program is no more; its signal is taken in here, for a caller's own pipes may need it. */
static bool reply(const struct ts_driver *driver, enum ts_explore_reply what)
{
    char byte = (char)what;
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    bool written = write(driver->replies, &byte, 1) == 1;
    if (!written && errno == EPIPE && !sigismember(&before, SIGPIPE)) {
        (void)sigtimedwait(&pipe, NULL, &(struct timespec){0});
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return written;
}

static ts_err refused(struct ts_driver *driver, struct ts_diag *diag)
{
    return ts_fail(diag, TS_ENVIRONMENT, "explore", driver->request.arguments[0], "%.200s",
                   driver->arena->result.text);
}

/* With what the program said last, if it said anything. */
static ts_err no_server(struct ts_driver *driver, struct ts_diag *diag)
{
    ts_target_read_capture(driver);
    char *said = driver->capture != NULL ? driver->capture : "";
    size_t end = strlen(said);
    while (end > 0 && said[end - 1] == '\n') {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && said[begin - 1] != '\n') {
        begin--;
    }
    return ts_fail(diag, TS_MISMATCH, "explore", driver->request.arguments[0],
                   "it ended before it took up a schedule: is it built by tickstorm cc?%s%.*s",
                   end > 0 ? " It said: " : "", (int)(end - begin < 200 ? end - begin : 200), said + begin);
}

/* Starts the program and waits for its first IDLE. */
static ts_err start(struct ts_driver *driver, struct ts_diag *diag)
{
    struct ts_explore_event event = {0};
    ts_err error = ts_target_start(driver, diag);
    while (error == TS_OK) {
        ts_err received = receive(driver, &event);
        if (received == TS_OK && event.kind == TS_EXPLORE_IDLE) {
            char maps[64];
            snprintf(maps, sizeof maps, "/proc/%d/maps", (int)driver->process);
            ts_modules_read(&driver->modules, maps);
            return TS_OK;
        }
        if (received == TS_OK) {
            error = refused(driver, diag);
        } else if (received == TS_END) {
            error = no_server(driver, diag);
        } else if (driver->request.tick != NULL) {
            struct ts_driver_progress progress;
            ts_driver_progress(driver, &progress);
            error = driver->request.tick(&progress, driver->request.user_data)
                        ? TS_OK
                        : ts_fail(diag, TS_CLOSED, "explore", driver->request.arguments[0],
                                  "interrupted before it took up a schedule");
        }
    }
    ts_target_end(driver);
    return error;
}

ts_err ts_driver_open(const struct ts_driver_request *request, struct ts_driver **opened,
                      struct ts_diag *diag)
{
    struct ts_driver *driver = calloc(1, sizeof *driver);
    if (driver == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "explore", request->arguments[0], "no memory");
    }
    driver->request = *request;
    driver->process = -1;
    ts_err error = ts_target_prepare(driver, diag);
    if (error == TS_OK) {
        error = ts_symbolizer_create(request->symbolizer, &driver->symbolizer, diag);
    }
    if (error == TS_OK) {
        error = start(driver, diag);
    }
    if (error != TS_OK) {
        ts_driver_close(driver);
        return error;
    }
    *opened = driver;
    return TS_OK;
}

struct ts_driver_listener ts_driver_listen(struct ts_driver *driver,
                                           const struct ts_driver_listener *listener)
{
    struct ts_driver_request *request = &driver->request;
    struct ts_driver_listener former = {request->schedule, request->tick, request->user_data};
    request->schedule = listener->schedule;
    request->tick = listener->tick;
    request->user_data = listener->user_data;
    return former;
}

void ts_driver_forget(struct ts_driver *driver)
{
    struct ts_arena *arena = driver->arena;
    memset(arena->strategy_state, 0, sizeof arena->strategy_state);
    memset(arena->mix, 0, sizeof arena->mix);
    atomic_store_explicit(&arena->exhausted, 0, memory_order_relaxed); /* nobody runs */
}

const struct ts_arena *ts_driver_arena(const struct ts_driver *driver)
{
    return driver->arena;
}

void ts_driver_close(struct ts_driver *driver)
{
    if (driver != NULL) {
        ts_target_end(driver);
        ts_symbolizer_destroy(driver->symbolizer);
        ts_modules_fini(&driver->modules);
        ts_target_remove(driver);
        free(driver);
    }
}

static void forget_crash(struct ts_board *board)
{
    memset(&board->crash, 0, sizeof board->crash);
    board->crash_class[0] = '\0';
    atomic_store_explicit(&board->crash_ready, 0, memory_order_relaxed); /* the program waits for a reply */
    for (uint32_t i = 0; i < TS_BOARD_VIOLATIONS; i++) {
        atomic_store_explicit(&board->violations[i].ready, 0, memory_order_relaxed);
    }
    atomic_store_explicit(&board->violations_claimed, 0, memory_order_relaxed);
}

static void forget_reports(struct ts_driver *driver)
{
    driver->reports_known = 0;
    driver->board->reports_lost = 0;
    atomic_store_explicit(&driver->board->reports_ready, 0, memory_order_relaxed); /* as above */
}

static void hand_over(struct ts_driver *driver, uint64_t number, int status)
{
    struct ts_finding *findings[TS_DRIVER_FINDINGS];
    struct ts_run_result *result = &driver->arena->result;
    ts_target_read_capture(driver);
    size_t count = ts_judge(driver, status, findings);
    struct ts_driver_event event = {
        .number = number,
        .end = result->end,
        .text = result->text,
        .status = status,
        .killed = driver->killed,
        .outside = ts_judge_outside(driver, status),
        .checksum = result->checksum,
        .diverged_at = result->diverged_at,
        .steps = result->steps,
        .preemptions = result->preemptions,
        .threads = result->threads,
        .schedule = {.points = (enum ts_points)driver->arena->config.points,
                     /* Without room for all of it, the rest is the default scheduler's. */
                     .has_checksum = result->checksum != 0 && !result->overflowed,
                     .checksum = ts_schedule_checksum(result->checksum),
                     .count = result->deviation_count,
                     .deviations = result->deviations},
        .capture = driver->capture != NULL ? driver->capture : "",
        .findings = findings,
        .finding_count = count,
        .steps_kept = result->step,
        .step_count = result->step_count < TS_STEPS_KEPT ? result->step_count : TS_STEPS_KEPT,
    };
    if (!driver->request.schedule(&event, driver->request.user_data)) {
        driver->stopping = true;
    }
    for (size_t i = 0; i < count; i++) {
        ts_finding_free(findings[i]);
    }
    driver->killed = false;
    forget_crash(driver->board);
    if (driver->arena->config.attend) {
        forget_reports(driver);
    }
}

/* The program itself has died: with a schedule in one process, of that schedule. Starts it again. */
static ts_err restart(struct ts_driver *driver, unsigned *starts, struct ts_diag *diag)
{
    struct ts_arena *arena = driver->arena;
    int status = ts_target_end(driver);
    uint64_t end = arena->config.first + arena->config.count, next = arena->result.number + 1;
    bool in_schedule = atomic_load_explicit(&arena->phase, memory_order_acquire) == 1 || /* pairs with the */
                       arena->result.end > TS_RUN_DONE; /* scheduler's begin and end */
    if (!in_schedule && ++*starts >= STARTS_MAX) {
        return ts_fail(diag, TS_IO, "explore", driver->request.arguments[0],
                       "it dies outside of schedules, with status 0x%x", (unsigned)status);
    }
    if (in_schedule) {
        *starts = 0;
        hand_over(driver, arena->result.number, status);
        arena->config.count = next < end ? end - next : 0;
        arena->config.first = next;
    }
    driver->restarts++;
    atomic_store_explicit(&arena->phase, 0, memory_order_relaxed); /* nobody runs */
    return driver->stopping || arena->config.count == 0 ? TS_END : start(driver, diag);
}

/* By thread and event, as lenient replays look them up. */
static int compare(const void *first, const void *second)
{
    const struct ts_deviation *a = first, *b = second;
    if (a->thread != b->thread) {
        return a->thread < b->thread ? -1 : 1;
    }
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    return (int)a->choice - (int)b->choice;
}

static void tick(struct ts_driver *driver)
{
    struct ts_driver_progress progress;
    ts_watch(driver);
    ts_driver_progress(driver, &progress);
    if (driver->request.tick != NULL && !driver->request.tick(&progress, driver->request.user_data)) {
        driver->stopping = true;
    }
}

/* Until the program is idle again. */
static ts_err converse(struct ts_driver *driver, struct ts_diag *diag)
{
    struct ts_explore_event event = {0};
    unsigned starts = 0;
    int64_t ticked_ns = ts_clock_ns();
    bool alive = reply(driver, TS_EXPLORE_GO_ON);
    for (;;) {
        ts_err received = alive ? receive(driver, &event) : TS_END;
        if (ts_clock_ns() - ticked_ns > TICK_MS * TS_NS_PER_MS) {
            tick(driver);
            ticked_ns = ts_clock_ns();
        }
        if (driver->stopping) { /* relaxed: it only has to be seen some time */
            atomic_store_explicit(&driver->arena->stop, 1, memory_order_relaxed);
        }
        if (received == TS_END) {
            ts_err error = restart(driver, &starts, diag);
            if (error != TS_OK) {
                return error == TS_END ? TS_OK : error;
            }
            alive = reply(driver, TS_EXPLORE_GO_ON);
        } else if (received == TS_OK && event.kind == TS_EXPLORE_ATTENTION) {
            hand_over(driver, event.number, event.status);
            if (driver->stopping) {
                atomic_store_explicit(&driver->arena->stop, 1, memory_order_relaxed); /* as above */
            }
            alive = reply(driver, TS_EXPLORE_GO_ON);
        } else if (received == TS_OK) {
            return event.kind == TS_EXPLORE_IDLE ? TS_OK : refused(driver, diag);
        }
    }
}

ts_err ts_driver_run(struct ts_driver *driver, const struct ts_explore_config *config,
                     const struct ts_schedule *given, struct ts_diag *diag)
{
    struct ts_arena *arena = driver->arena;
    if (driver->process < 0) {
        ts_err error = start(driver, diag);
        if (error != TS_OK) {
            return error;
        }
    }
    arena->config = *config;
    arena->given_count = given != NULL ? given->count : 0;
    if (given != NULL && given->count > 0) {
        memcpy(arena->given, given->deviations, given->count * sizeof *given->deviations);
    }
    if (config->lenient) {
        qsort(arena->given, arena->given_count, sizeof *arena->given, compare);
    }
    if (config->attend) {
        forget_reports(driver);
    }
    driver->stopping = false;
    atomic_store_explicit(&arena->stop, 0, memory_order_relaxed); /* the reply orders it */
    return converse(driver, diag);
}

/*
 * tickstorm bench coordinator: what callbacks that hang for ever cost the other tasks.
 *
 * Each round measures the same tasks with and without callbacks that hang, on a coordinator of their own each
 * time, in an order of the round's own: so long as they have not been given up (as many as there are runners,
 * while the others have no callbacks: those would wait for a runner), and when they were given up and
 * replaced (as many as asked for, while the others have callbacks). Beside them stands what is measured twice
 * without any: two equal things differ by that much here. The processors are left to the system: there are
 * more threads than those.
 */
#include "bench/samples.h"

#include "base/clock.h"
#include "base/random.h"
#include "coordinator/coordinator.h"
#include "scenario/thread_count.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define POINTS      1200u
#define WORKERS     2u
#define RUNNERS     2u
#define TASKS_MAX   1000u
#define GIVE_UP_NS  (100 * TS_NS_PER_MS)
#define NEVER_NS    (3600 * TS_NS_PER_S)
#define NAME        "tickstorm bench coordinator"
#define EXIT_BROKEN 6

static const char usage[] = "Usage: tickstorm bench coordinator [options]\n"
                            "\n"
                            "  --rounds N     repetitions (default 15)\n"
                            "  --tasks N      that are timed, in each of a round's six runs (default 10000)\n"
                            "  --hung N       callbacks that hang and are given up (default 8)\n"
                            "  --raw FILE     each run as a line of JSON, appended (- is stdout)\n"
                            "\n"
                            "Exit code 0, 2 for usage, 3 when a coordinator could not be made, 6 when a task "
                            "was lost or a thread too\n"
                            "many.\n";

struct options {
    uint64_t rounds, tasks, hung;
    const char *raw;
};

/* What is measured; in each group the first two are alike. */
enum arm { CALM, CALM_AGAIN, HANGING, ANSWERING, ANSWERING_AGAIN, GIVEN_UP, ARMS };

static const struct {
    const char *group, *name;
    bool calls_back; /* the tasks that are timed */
} arms[ARMS] = {
    [CALM] = {"tasks without callbacks", "none hangs", false},
    [CALM_AGAIN] = {"tasks without callbacks", "none hangs, again", false},
    [HANGING] = {"tasks without callbacks", "every runner hangs", false},
    [ANSWERING] = {"tasks with callbacks", "none hangs", true},
    [ANSWERING_AGAIN] = {"tasks with callbacks", "none hangs, again", true},
    [GIVEN_UP] = {"tasks with callbacks", "hung ones replaced", true},
};

struct bench {
    struct options options;
    struct ts_controllers *controllers;
    struct ts_request request;
    uint32_t threads_most, threads_bound; /* of a coordinator, as the kernel counts them */
    uint64_t overdue;                     /* callbacks given up that did not hang but were not let run */
    struct ts_samples samples;
};

struct run {
    struct ts_coordinator *coordinator;
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    bool open;
    uint64_t events; /* to be taken; the poller's */
    bool lost;
};

/* Hangs until the run is over: the process must go on, and a thread cannot be ended from outside. */
static void hang(uint64_t task, const struct ts_result *result, const struct ts_diag *error, void *user_data)
{
    struct run *run = user_data;
    (void)task, (void)result, (void)error;
    pthread_mutex_lock(&run->mutex);
    while (!run->open) {
        pthread_cond_wait(&run->opened, &run->mutex);
    }
    pthread_mutex_unlock(&run->mutex);
}

static void answer(uint64_t task, const struct ts_result *result, const struct ts_diag *error,
                   void *user_data)
{
    (void)task, (void)result, (void)error, (void)user_data;
}

static void poll_all(void *argument)
{
    struct run *run = argument;
    struct ts_task_event event;
    while (run->events > 0 && !run->lost) {
        run->lost = ts_coordinator_poll(run->coordinator, TS_WAIT_FOREVER, &event) != TS_OK ||
                    event.outcome != TS_OUTCOME_COMPLETED;
        run->events--;
    }
}

/* Until so many callbacks hang; given up or not. */
static void set_up_hung(const struct bench *bench, struct run *run, uint64_t count, bool given_up)
{
    struct ts_task_event event;
    struct ts_idle idle;
    uint64_t task;
    for (uint64_t i = 0; i < count; i++) {
        run->lost |= ts_coordinator_submit(run->coordinator, &bench->request, hang, run, TS_WAIT_FOREVER,
                                           &task, NULL) != TS_OK;
        run->lost |= ts_coordinator_poll(run->coordinator, TS_WAIT_FOREVER, &event) != TS_OK;
    }
    ts_idle_reset(&idle);
    for (;;) {
        struct ts_coordinator_state state = ts_coordinator_state(run->coordinator);
        if ((given_up ? state.hung : state.callbacks_running) >= count) {
            return;
        }
        ts_idle_wait(&idle);
    }
}

/* Nanoseconds from the first submit to the last event. */
static int64_t time_tasks(const struct bench *bench, struct run *run, uint64_t tasks,
                          ts_task_callback callback)
{
    struct ts_thread poller = {.started = false};
    uint64_t task;
    run->events = tasks;
    int64_t start_ns = ts_clock_ns();
    bool broken = ts_thread_start(&poller, "poller", poll_all, run, NULL) != TS_OK;
    for (uint64_t i = 0; i < tasks && !broken; i++) {
        broken = ts_coordinator_submit(run->coordinator, &bench->request, callback, NULL, TS_WAIT_FOREVER,
                                       &task, NULL) != TS_OK;
    }
    TS_ASSERT(!broken); /* the poller would wait for ever */
    ts_thread_join(&poller);
    return ts_clock_ns() - start_ns;
}

static bool end_run(struct bench *bench, struct run *run, uint64_t hung)
{
    struct ts_coordinator_state state = ts_coordinator_state(run->coordinator);
    bench->overdue += state.callbacks_timed_out > hung ? state.callbacks_timed_out - hung : 0;
    run->lost |= state.callbacks_skipped > 0 || state.submitted != state.completed;
    pthread_mutex_lock(&run->mutex);
    run->open = true;
    pthread_cond_broadcast(&run->opened);
    pthread_mutex_unlock(&run->mutex);
    ts_coordinator_destroy(&run->coordinator, NULL);
    while (ts_coordinator_lingering() > 0 ||
           ts_thread_count() > 1) { /* none is to be counted in the next run */
        ts_sleep_ns(TS_NS_PER_MS);
    }
    return !run->lost;
}

static ts_err measure(struct bench *bench, enum arm arm, uint64_t round, bool *whole, struct ts_diag *diag)
{
    struct run run = {.mutex = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
    uint64_t hung = arm == HANGING ? RUNNERS : arm == GIVEN_UP ? bench->options.hung : 0;
    struct ts_coordinator_options options = ts_coordinator_options_default();
    options.workers = WORKERS;
    options.tasks_max = TASKS_MAX;
    options.runners = RUNNERS;
    options.runners_max = RUNNERS + (uint32_t)bench->options.hung;
    options.callback_timeout_ns = arm == HANGING ? NEVER_NS : GIVE_UP_NS;
    bench->threads_bound = WORKERS + options.runners_max + 1;
    ts_err error = ts_coordinator_create(&options, bench->controllers, &run.coordinator, diag);
    if (error != TS_OK) {
        return error;
    }
    set_up_hung(bench, &run, hung, arm == GIVEN_UP);
    /* Untimed ones first: some runs come from waiting for callbacks to be given up, and are cold. */
    ts_task_callback callback = arms[arm].calls_back ? answer : NULL;
    time_tasks(bench, &run, bench->options.tasks / 4 + 1, callback);
    int64_t taken_ns = time_tasks(bench, &run, bench->options.tasks, callback);
    uint32_t threads = ts_thread_count() - 1; /* without this one */
    bench->threads_most = threads > bench->threads_most ? threads : bench->threads_most;
    struct ts_sample sample = {.round = round,
                               .value = (double)taken_ns / (double)bench->options.tasks / 1000};
    snprintf(sample.group, sizeof sample.group, "%s", arms[arm].group);
    snprintf(sample.name, sizeof sample.name, "%s", arms[arm].name);
    ts_samples_add(&bench->samples, &sample);
    *whole = end_run(bench, &run, hung) && *whole;
    return TS_OK;
}

static void tell(const struct bench *bench)
{
    printf("| | | us a task (quartiles) | tasks/s | ratio to none hangs (quartiles) | pairs "
           "|\n|---|---|---|---|---|---|\n");
    for (int i = 0; i < ARMS; i++) {
        struct ts_spread each =
            ts_samples_of(&bench->samples, arms[i].group, arms[i].name, ts_placement_of(0));
        struct ts_spread ratio =
            ts_samples_ratio(&bench->samples, arms[i].group, arms[i].name, arms[CALM].name);
        printf("| %s | %s | %.2f (%.2f to %.2f) | %.0f | %.3f (%.3f to %.3f) | %zu |\n", arms[i].group,
               arms[i].name, each.median, each.low, each.high, 1e6 / each.median, ratio.median, ratio.low,
               ratio.high, ratio.count);
    }
    printf("\n%u workers, %u runners; %llu tasks a run; hung: %u that are not given up, %llu that are; never "
           "more "
           "than %u threads (bound %u)\n",
           WORKERS, RUNNERS, (unsigned long long)bench->options.tasks, RUNNERS,
           (unsigned long long)bench->options.hung, bench->threads_most, bench->threads_bound);
    if (bench->overdue > 0) {
        printf("%llu other callbacks were not let run for %lld ms, and given up\n",
               (unsigned long long)bench->overdue, (long long)(GIVE_UP_NS / TS_NS_PER_MS));
    }
}

static ts_err make_market(struct bench *bench, struct ts_diag *diag)
{
    static int64_t times_ns[POINTS];
    static double prices[POINTS];
    struct ts_random random = {.state = 5};
    double price = 100;
    for (uint32_t i = 0; i < POINTS; i++) {
        times_ns[i] = (int64_t)(i + 1) * TS_NS_PER_S;
        price *= 1 + 0.01 * (ts_random_unit(&random) - 0.5);
        prices[i] = price;
    }
    const struct ts_series series = {
        .symbol = "btcusdt", .count = POINTS, .times_ns = times_ns, .prices = prices};
    bench->request = (struct ts_request){
        .kind = TS_REQUEST_BACKTEST,
        .start_ns = 0,
        .end_ns = (POINTS + 1) * TS_NS_PER_S,
        .symbol = "btcusdt",
        .backtest = {.terms = {.portfolio = 10000, .leverage = 2, .fee = 0.0005}, .fast = 5, .slow = 20}};
    return ts_controllers_create(&series, 1, &bench->controllers, diag);
}

static bool parse_count(const char *option, const char *text, uint64_t maximum, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (text[0] < '1' || text[0] > '9' || *end != '\0' || errno != 0 || *value > maximum) {
        fprintf(stderr, NAME ": --%s: %s is not an integer from 1 to %llu\n", option, text,
                (unsigned long long)maximum);
        return false;
    }
    return true;
}

static bool parse(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"rounds", required_argument, NULL, 'r'}, {"tasks", required_argument, NULL, 't'},
        {"hung", required_argument, NULL, 'u'},   {"raw", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int option;
    bool good = true;
    while (good && (option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        switch (option) {
        case 'r':
            good = parse_count("rounds", optarg, 10000, &options->rounds);
            break;
        case 't':
            good = parse_count("tasks", optarg, 100000000, &options->tasks);
            break;
        case 'u':
            good = parse_count("hung", optarg, TS_COORDINATOR_THREADS_MAX - RUNNERS, &options->hung);
            break;
        case 'f':
            options->raw = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        default:
            good = false;
        }
    }
    return good && optind == argc;
}

int main(int argc, char **argv)
{
    static struct bench bench = {.options = {.rounds = 15, .tasks = 10000, .hung = 8}};
    struct ts_diag diag;
    char line[512];
    bool whole = true;
    if (!parse(argc, argv, &bench.options)) {
        fputs(usage, stderr);
        return 2;
    }
    ts_err error = make_market(&bench, &diag);
    if (error == TS_OK) {
        error = ts_samples_begin(&bench.samples, "coordinator", "us", bench.options.raw, &diag);
    }
    for (uint64_t round = 1; error == TS_OK && round <= bench.options.rounds; round++) {
        uint64_t begin = ts_hash64(round);
        for (int i = 0; error == TS_OK && i < ARMS; i++) {
            error = measure(&bench, (enum arm)((begin + (uint64_t)i) % ARMS), round, &whole, &diag);
        }
    }
    if (error != TS_OK) {
        fprintf(stderr, NAME ": %s\n", ts_diag_line(&diag, line, sizeof line));
        return 3;
    }
    tell(&bench);
    ts_samples_end(&bench.samples);
    ts_controllers_destroy(bench.controllers);
    if (!whole || bench.threads_most > bench.threads_bound) {
        fputs(NAME ": a task was lost, or there were too many threads\n", stderr);
        return EXIT_BROKEN;
    }
    return 0;
}

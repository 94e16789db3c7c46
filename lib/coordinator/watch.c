/*
 * The watch: the one thread that sees to the runners. It gives up callbacks that are over their time, joins
 * runners that ended, and starts others in their place, up to the bound.
 */
#include "coordinator/internal.h"

/* The running callback that is due first; NULL when none runs. */
static struct ts_callback_runner *first_due(const struct ts_coordinator *coordinator, int64_t *left_ns)
{
    struct ts_callback_runner *due = NULL;
    for (struct ts_callback_runner *runner = coordinator->runners; runner != NULL; runner = runner->next) {
        if (runner->phase == TS_RUNNER_RUNNING) {
            int64_t runner_left_ns = ts_deadline_left_ns(&runner->deadline);
            if (due == NULL || runner_left_ns < *left_ns) {
                due = runner;
                *left_ns = runner_left_ns;
            }
        }
    }
    return due;
}

static void fill_up(struct ts_coordinator *coordinator)
{
    const struct ts_coordinator_options *options = &coordinator->options;
    struct ts_diag diag;
    while (!coordinator->runners_stop && coordinator->ready < options->runners &&
           coordinator->runner_count < options->runners_max) {
        if (ts_callback_runner_start(coordinator, &diag) != TS_OK) {
            ts_report(coordinator, diag.code, 0, "no runner in the place of a hung one: %s", diag.text);
            break;
        }
    }
    if (coordinator->ready == 0 && coordinator->pending.count > 0) {
        ts_callbacks_skip(coordinator, coordinator->runner_count < options->runners_max
                                           ? "no runner could be started"
                                           : "every runner hangs, and there may be no more");
    }
}

static void wait_for_next(struct ts_coordinator *coordinator)
{
    int64_t left_ns = 0;
    struct ts_callback_runner *due = first_due(coordinator, &left_ns);
    if (due == NULL) {
        coordinator->watch_idle = true;
        pthread_cond_wait(&coordinator->watch, &coordinator->mutex);
        coordinator->watch_idle = false;
        return;
    }
    uint64_t calls = due->calls;
    /* Nobody but this thread frees a runner, so it is still there; whether it is in the same callback is not
     * said. */
    if (ts_deadline_wait(&due->deadline, &coordinator->watch, &coordinator->mutex) == TS_TIMEOUT &&
        due->phase == TS_RUNNER_RUNNING && due->calls == calls) {
        ts_callback_runner_time_out(coordinator, due);
    }
}

void ts_watch(void *argument)
{
    struct ts_coordinator *coordinator = argument;
    pthread_mutex_lock(&coordinator->mutex);
    while (!coordinator->watch_stop) {
        struct ts_callback_runner *ended = ts_callback_runners_ended(coordinator);
        if (ended != NULL) {
            pthread_mutex_unlock(&coordinator->mutex);
            ts_callback_runners_join(ended);
            pthread_mutex_lock(&coordinator->mutex);
        } else {
            fill_up(coordinator);
            wait_for_next(coordinator);
        }
    }
    pthread_mutex_unlock(&coordinator->mutex);
}

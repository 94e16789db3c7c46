/*
 * Each schedule twice: what is not decided by the schedule (real time, addresses, random numbers, other
 * processes) shows as a difference.
 */
#include "base/clock.h"
#include "cli/command.h"
#include "cli/explore_options.h"
#include "explore/core/arena.h"
#include "supervisor/interrupt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCHEDULES_DEFAULT 100

struct run {
    struct ts_step *steps;
    uint32_t count;
    uint64_t checksum;
    uint32_t end;
    char text[256];
    bool came;
};

struct check {
    struct ts_driver *driver;
    struct run *now;
    struct ts_schedule schedule;
    bool out_of_memory;
};

static bool on_schedule(const struct ts_driver_event *event, void *user_data)
{
    struct check *check = user_data;
    struct run *run = check->now;
    size_t size = event->step_count * sizeof *run->steps;
    struct ts_step *steps = realloc(run->steps, size + 1);
    if (steps == NULL) {
        check->out_of_memory = true;
        return false;
    }
    memcpy(steps, event->steps_kept, size);
    run->steps = steps;
    run->count = event->step_count;
    run->checksum = event->checksum;
    run->end = event->end;
    run->came = true;
    snprintf(run->text, sizeof run->text, "%s", event->text);
    memcpy(check->schedule.deviations, event->schedule.deviations,
           event->schedule.count * sizeof *event->schedule.deviations);
    check->schedule.count = event->schedule.count;
    return true;
}

/* What was done, and by whom. */
static bool equal(const struct ts_step *a, const struct ts_step *b)
{
    return a->thread == b->thread && a->kind == b->kind && a->object_id == b->object_id && a->pc == b->pc &&
           a->event == b->event;
}

/* A read of something else. What stood there before a write, or lies about on a stack, is nobody's concern;
 * nor is a value that leads nowhere. */
static bool read_otherwise(const struct ts_step *a, const struct ts_step *b)
{
    return (a->kind == TS_OP_READ || a->kind == TS_OP_LOAD) && a->value != b->value;
}

static void say_step(const struct check *check, const char *which, const struct run *run, uint32_t index)
{
    if (index >= run->count) {
        printf("  %s run: it had ended%s%s\n", which, *run->text != '\0' ? ": " : "", run->text);
        return;
    }
    const struct ts_step *step = &run->steps[index];
    const char *function = "";
    const char *place = ts_driver_place(check->driver, step->pc, &function);
    printf("  %s run: thread %u, %s", which, step->thread,
           step->kind < TS_OP_COUNT ? ts_op_names[step->kind] : "?");
    if (step->object_id != 0) {
        printf(" of object %" PRIu32 ", which holds 0x%" PRIx64, step->object_id, step->value);
    }
    printf(", at %s in %s\n", *place != '\0' ? place : "an unknown place",
           *function != '\0' ? function : "?");
}

static void say_both(const struct check *check, const struct run runs[2], uint32_t index)
{
    say_step(check, "first", &runs[0], index);
    say_step(check, "second", &runs[1], index);
}

/* True when they differ in what was done; what was read otherwise before that may be the reason. */
static bool compare(const struct check *check, uint64_t number, const struct run runs[2])
{
    uint32_t shorter = runs[0].count < runs[1].count ? runs[0].count : runs[1].count, index = 0;
    uint32_t read = UINT32_MAX;
    while (index < shorter && equal(&runs[0].steps[index], &runs[1].steps[index])) {
        bool otherwise = read == UINT32_MAX && read_otherwise(&runs[0].steps[index], &runs[1].steps[index]);
        read = otherwise ? index : read;
        index++;
    }
    if (index == runs[0].count && index == runs[1].count && runs[0].checksum == runs[1].checksum &&
        runs[0].end == runs[1].end) {
        return false;
    }
    printf("schedule %" PRIu64 " went two ways, first at step %" PRIu32 ":\n", number, index + 1);
    say_both(check, runs, index);
    if (read != UINT32_MAX) {
        printf("something else was read before that, first at step %" PRIu32 ":\n", read + 1);
        say_both(check, runs, read);
    }
    return true;
}

/* The first way a schedule goes is without preemptions that are given: a strategy decides. The second
 * follows. */
static ts_err run_twice(struct check *check, const struct ts_explore_options *options, uint64_t number,
                        struct run runs[2], struct ts_diag *diag)
{
    struct ts_explore_config config = options->config;
    ts_err error = TS_OK;
    config.first = number;
    config.count = 1;
    config.attend = true;
    config.trace = true;
    for (int i = 0; i < 2 && error == TS_OK; i++) {
        check->now = &runs[i];
        runs[i].came = false;
        config.replay = i == 1;
        config.lenient = i == 1; /* the difference is to be found, not where it no longer fits */
        error = ts_driver_run(check->driver, &config, i == 1 ? &check->schedule : NULL, diag);
    }
    return error;
}

int ts_explore_check(const struct ts_explore_options *options)
{
    struct check check = {.schedule = {.points = (enum ts_points)options->config.points}};
    struct run runs[2] = {{0}};
    struct ts_diag diag;
    int64_t began_ns = ts_clock_ns();
    uint64_t number = 0, count = options->counted ? options->config.count : SCHEDULES_DEFAULT;
    bool differs = false;
    check.schedule.deviations = malloc(TS_DEVIATIONS_MAX * sizeof *check.schedule.deviations);
    int code = check.schedule.deviations == NULL
                   ? ts_usage("explore", "no memory")
                   : ts_explore_open(options, on_schedule, NULL, &check, &check.driver);
    if (code != TS_EXIT_OK) {
        free(check.schedule.deviations);
        return code;
    }
    while (number < count && !differs && code == TS_EXIT_OK && ts_interrupt_count() == 0 &&
           (options->for_ms == 0 || ts_clock_ns() - began_ns < options->for_ms * TS_NS_PER_MS)) {
        if (run_twice(&check, options, number, runs, &diag) != TS_OK) {
            code = ts_complain("explore", &diag);
        } else if (!runs[0].came || !runs[1].came) {
            break; /* the strategy has no further schedule */
        } else {
            differs = compare(&check, number, runs);
            number++;
        }
    }
    if (code == TS_EXIT_OK && !differs) {
        printf("%" PRIu64 " schedules, each run twice: no difference\n", number);
    }
    ts_explore_close(check.driver);
    free(check.schedule.deviations);
    free(runs[0].steps);
    free(runs[1].steps);
    return differs ? TS_EXIT_INCONCLUSIVE : code;
}

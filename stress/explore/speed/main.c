/*
 * Usage: speed.tsan|speed.empty [SCHEDULES]
 *
 * One round of the explorer's speed, as a line of JSON: schedules a second, steps in one, nanoseconds of one
 * step and of one switch between two threads, all included. Linked with ThreadSanitizer, or with a runtime
 * that detects nothing. `tickstorm bench explore` runs both by turns.
 */
#include "explore/core/scheduler.h"
#include "explore/speed/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static struct ts_arena *arena;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Seconds that so many schedules took; *steps are those in them. */
static double run(void (*body)(void), uint64_t schedules, double *steps)
{
    double start = seconds();
    *steps = 0;
    for (uint64_t i = 0; i < schedules; i++) {
        ts_sched_begin(arena, i, true);
        body();
        ts_sched_end();
        *steps += (double)arena->result.steps;
    }
    return seconds() - start;
}

int main(int argc, char **argv)
{
    uint64_t schedules = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    double steps, switches;
    arena =
        mmap(NULL, sizeof *arena, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena == MAP_FAILED || schedules == 0) {
        fprintf(stderr, "speed: %s\n", schedules == 0 ? "a number of schedules, please" : "no memory");
        return 2;
    }
    arena->config = (struct ts_explore_config){.seed = 1,
                                               .steps_max = 1000000,
                                               .points = TS_POINTS_ATOMIC,
                                               .strategies = 1,
                                               .strategy = {{.id = TS_STRATEGY_RANDOM}}};
    (void)run(ts_speed_queue, 100, &steps); /* the threads are made */
    double taken = run(ts_speed_queue, schedules, &steps);
    double each = steps / (double)schedules;
    double yields = run(ts_speed_yields, 20, &switches);
    printf("{\"schedules_per_s\":%.0f,\"steps\":%.1f,\"step_ns\":%.1f,\"switch_ns\":%.1f}\n",
           (double)schedules / taken, each, taken * 1e9 / steps, yields * 1e9 / (20.0 * 2 * TS_SPEED_YIELDS));
    return 0;
}

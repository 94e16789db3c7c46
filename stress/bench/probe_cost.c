#include "bench/probe_cost.h"

#include "base/probe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PROBES_A_TURN 4

/* Not base/clock.h: that is linked bare, and may be replaced. */
static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What stands for the code round a probe: the compiler may keep nothing over it. */
static inline void work(uint64_t *value)
{
    __asm__ volatile("" : "+r"(*value) : : "memory");
}

__attribute__((noinline)) static int64_t without(uint64_t turns)
{
    uint64_t value = 0;
    int64_t begun_ns = now_ns();
    for (uint64_t i = 0; i < turns; i++) {
        work(&value);
        work(&value);
        work(&value);
        work(&value);
    }
    return now_ns() - begun_ns;
}

__attribute__((noinline)) static int64_t with(uint64_t turns)
{
    uint64_t value = 0;
    int64_t begun_ns = now_ns();
    for (uint64_t i = 0; i < turns; i++) {
        work(&value);
        value += TS_PROBE(SPSC_CLAIM_FULL);
        work(&value);
        value += TS_PROBE(QUEUE_PUSH_FULL);
        work(&value);
        TS_PROBE_PAUSE(SPSC_PUBLISH_TAIL);
        work(&value);
        TS_PROBE_PAUSE(BROADCAST_COMMIT_PUBLISH);
    }
    return now_ns() - begun_ns;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int ts_bench_probes(const struct ts_bench_options *options)
{
    double *costs_ns = calloc(options->rounds, sizeof *costs_ns);
    if (costs_ns == NULL) {
        fprintf(stderr, "tickstorm bench: no memory\n");
        return TS_BENCH_REFUSED;
    }
    (void)with(1000); /* the first visit of a site asks whether it is idle */
    for (uint64_t i = 0; i < options->rounds; i++) {
        int64_t bare_ns = without(options->ticks), probed_ns = with(options->ticks);
        costs_ns[i] = (double)(probed_ns - bare_ns) / (double)(options->ticks * PROBES_A_TURN);
        if (options->json) {
            printf("{\"round\":%" PRIu64 ",\"idle_probe_ns\":%.4f}\n", i, costs_ns[i]);
        } else {
            printf("round %" PRIu64 ": %.3f ns an idle probe\n", i + 1, costs_ns[i]);
        }
    }
    qsort(costs_ns, options->rounds, sizeof *costs_ns, by_value);
    double least = costs_ns[0], most = costs_ns[options->rounds - 1], median = costs_ns[options->rounds / 2];
    printf(
        options->json
            ? "{\"summary\":\"idle_probe_ns\",\"min\":%.4f,\"median\":%.4f,\"max\":%.4f,\"rounds\":%" PRIu64
              "}\n"
            : "idle_probe_ns min %.3f median %.3f max %.3f over %" PRIu64 " rounds\n",
        least, median, most, options->rounds);
    free(costs_ns);
    return TS_BENCH_OK;
}

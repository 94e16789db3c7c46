#include "bench/handoff.h"

#include "base/clock.h"
#include "bench/part.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ROUND_TRIPS 20000
#define WAKES       300
#define WAKE_GAP_NS 200000 /* long enough for the sleeper to sleep */

struct round {
    struct ts_part *part;
    uint64_t number;
    int processors[2];
    double rtt_ns; /* before the sample that is taken */
};

static void add(struct round *round, const char *group, const char *name, double ns, uint64_t switches)
{
    double after_ns = ts_placement_probe(round->processors);
    struct ts_sample sample = {.round = round->number,
                               .value = ns,
                               .rtt_before_ns = round->rtt_ns,
                               .rtt_after_ns = after_ns,
                               .switches = switches};
    snprintf(sample.group, sizeof sample.group, "%s", group);
    snprintf(sample.name, sizeof sample.name, "%s", name);
    ts_samples_add(&round->part->samples, &sample);
    round->rtt_ns = after_ns;
}

static void measure_lines(struct round *round)
{
    double one_ns = ts_placement_round_trip(round->processors, ROUND_TRIPS, TS_SPIN_PAUSE, false) / 2;
    add(round, "hand-off", "a line", one_ns, 0);
    double rolling_ns = ts_placement_round_trip(round->processors, ROUND_TRIPS, TS_SPIN_PAUSE, true) / 2;
    add(round, "hand-off", "rolling lines", rolling_ns, 0);
}

struct sleeper {
    int descriptor;
    _Atomic int64_t woken_ns; /* 0: asleep, or about to be */
};

static void sleep_and_tell(void *argument)
{
    struct sleeper *sleeper = argument;
    for (int i = 0; i < WAKES; i++) {
        uint64_t drained;
        struct pollfd wait = {.fd = sleeper->descriptor, .events = POLLIN};
        while (poll(&wait, 1, -1) != 1) {
        }
        int64_t now_ns = ts_clock_ns();
        ssize_t got = read(sleeper->descriptor, &drained, sizeof drained);
        TS_ASSERT(got == (ssize_t)sizeof drained);
        atomic_store_explicit(&sleeper->woken_ns, now_ns, memory_order_release); /* WOKEN release */
    }
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static ts_err measure_wakes(struct round *round)
{
    static int64_t latencies_ns[WAKES];
    struct sleeper sleeper = {.descriptor = eventfd(0, EFD_CLOEXEC)};
    struct ts_thread thread = {0};
    uint64_t one = 1;
    if (sleeper.descriptor < 0) {
        return ts_fail(&round->part->diag, TS_ENVIRONMENT, "create event", NULL, "no event descriptor");
    }
    ts_placement_start(&thread, round->processors, sleep_and_tell, &sleeper);
    for (int i = 0; i < WAKES; i++) {
        int64_t begun_ns = ts_clock_ns(), woken_ns;
        while (ts_clock_ns() < begun_ns + WAKE_GAP_NS) {
            ts_cpu_relax();
        }
        atomic_store_explicit(&sleeper.woken_ns, 0, memory_order_relaxed); /* ours until the write below */
        begun_ns = ts_clock_ns();
        ssize_t written = write(sleeper.descriptor, &one, sizeof one);
        TS_ASSERT(written == (ssize_t)sizeof one);
        do {
            woken_ns = atomic_load_explicit(&sleeper.woken_ns, memory_order_acquire); /* WOKEN acquire */
        } while (woken_ns == 0);
        latencies_ns[i] = woken_ns - begun_ns;
    }
    ts_thread_join(&thread);
    close(sleeper.descriptor);
    qsort(latencies_ns, WAKES, sizeof *latencies_ns, by_time);
    add(round, "wake-up", "eventfd, p50", (double)latencies_ns[WAKES / 2], 0);
    add(round, "wake-up", "eventfd, p99", (double)latencies_ns[WAKES * 99 / 100], 0);
    return TS_OK;
}

static ts_err measure_mode(struct round *round, bool spin, enum ts_delivery_mode mode, double *p50_ns,
                           uint64_t *switches)
{
    struct ts_bench_options one = *round->part->options;
    struct ts_bench_figures figures;
    const char *name = ts_delivery_mode_name(mode);
    one.mode = mode;
    one.latency = true;
    one.spin = spin;
    one.pipeline = TS_PIPELINE_ONE_THREAD;
    one.waiting = TS_WAITING_SPIN;
    one.processors = round->processors;
    ts_part_progress(round->part, round->number, name);
    ts_err error = ts_bench_figures_of(&one, &figures, &round->part->diag);
    if (error == TS_OK) {
        /* The host that sleeps switches by itself; whoever disturbed the one that spins is counted. */
        *switches = spin ? figures.switches : 0;
        *p50_ns = figures.p50_us * 1e3;
        add(round, spin ? "host spins, p50" : "host sleeps, p50", name, *p50_ns, *switches);
        add(round, spin ? "host spins, p99" : "host sleeps, p99", name, figures.p99_us * 1e3, *switches);
    }
    return error;
}

/* Each mode once, and what queued adds: a sample that counts when those two do. */
static ts_err measure_modes(struct round *round, bool spin)
{
    double p50_ns[TS_DELIVERY_COUNT] = {0}, begun_ns = round->rtt_ns;
    uint64_t switches[TS_DELIVERY_COUNT] = {0};
    for (int turn = 0; turn < TS_DELIVERY_COUNT; turn++) {
        enum ts_delivery_mode mode =
            (enum ts_delivery_mode)((round->number + (uint64_t)turn) % TS_DELIVERY_COUNT);
        ts_err error = measure_mode(round, spin, mode, &p50_ns[mode], &switches[mode]);
        if (error != TS_OK) {
            return error;
        }
    }
    double added_ns = p50_ns[TS_DELIVERY_QUEUED] - p50_ns[TS_DELIVERY_DIRECT];
    round->rtt_ns = begun_ns;
    add(round, spin ? "hand-off" : "wake-up", spin ? "queue's share" : "queue's share, host asleep", added_ns,
        switches[TS_DELIVERY_QUEUED] + switches[TS_DELIVERY_DIRECT]);
    return TS_OK;
}

int ts_bench_handoff(const struct ts_bench_options *options)
{
    struct ts_part part;
    ts_err error = ts_part_begin(&part, "handoff", "ns", options);
    struct round round = {.part = &part};
    if (error == TS_OK) {
        error = ts_placement_choose(round.processors, &part.diag);
    }
    for (round.number = 1; error == TS_OK && round.number <= options->rounds; round.number++) {
        round.rtt_ns = ts_placement_probe(round.processors);
        measure_lines(&round);
        error = measure_modes(&round, true);
        error = error == TS_OK ? measure_wakes(&round) : error;
        error = error == TS_OK ? measure_modes(&round, false) : error;
    }
    return ts_part_end(&part, "a line", error);
}

#include "bench/queues/run.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/thread.h"

#include <stdatomic.h>
#include <stdlib.h>

static const uint32_t sizes[] = {8, 64, 512};
static const char *const payload_names[TS_PAYLOAD_COUNT] = {"8", "64", "512", "mix"};
static const char *const wait_names[TS_WAIT_COUNT] = {"tight", "hard", "relaxed"};

static uint16_t mix[TS_CONTEST_MIX];
static struct ts_contest_record sources[TS_CONTEST_SYMBOLS];

const char *ts_payload_name(enum ts_payload payload)
{
    return payload_names[payload];
}

const char *ts_wait_name(enum ts_wait wait)
{
    return wait_names[wait];
}

void ts_contest_prepare(void)
{
    for (uint64_t i = 0; i < TS_CONTEST_MIX; i++) {
        mix[i] = (uint16_t)sizes[ts_hash64(i) % 3];
    }
    for (unsigned i = 0; i < TS_CONTEST_SYMBOLS; i++) {
        snprintf(sources[i].symbol, sizeof sources[i].symbol, "symbol%u_usdt", i);
        for (unsigned k = 0; k < TS_CONTEST_VALUES; k++) {
            sources[i].values[k] = (double)(i * TS_CONTEST_VALUES + k);
        }
    }
}

struct run {
    const struct ts_contest *contest;
    const struct ts_contestant *contestant;
    struct ts_contest_plan plan;
    void *there, *back;
    struct ts_contest_sink sink; /* the second thread's */
    int64_t ended_ns;
    uint64_t switches;
    _Alignas(TS_CACHE_LINE) _Atomic int ready;
};

/* Release and acquire: the first to come waits for the second, and then sees what it did. */
static void meet(_Atomic int *ready)
{
    atomic_fetch_add_explicit(ready, 1, memory_order_acq_rel);
    while (atomic_load_explicit(ready, memory_order_acquire) < 2) {
        ts_cpu_relax();
    }
}

static void second(void *argument)
{
    struct run *run = argument;
    const struct ts_contest *contest = run->contest;
    meet(&run->ready);
    uint64_t switches = ts_placement_switches();
    if (contest->bounce) {
        run->contestant->answer[contest->payload][contest->wait](run->back, run->there, &run->plan,
                                                                 &run->sink);
    } else {
        run->contestant->consume[contest->payload][contest->wait](run->there, &run->plan, &run->sink);
    }
    run->ended_ns = ts_clock_ns();
    run->switches = ts_placement_switches() - switches;
}

static int64_t first(struct run *run)
{
    const struct ts_contest *contest = run->contest;
    struct ts_contest_sink sink = {0};
    int64_t begun_ns = ts_clock_ns();
    if (contest->bounce) {
        run->contestant->ask[contest->payload][contest->wait](run->there, run->back, &run->plan, &sink);
        TS_ASSERT(sink.errors == 0 && sink.next == run->plan.records);
    } else {
        run->contestant->produce[contest->payload][contest->wait](run->there, &run->plan);
    }
    return begun_ns;
}

void ts_contest_run(const struct ts_contest *contest, const struct ts_contestant *contestant,
                    struct ts_sample *sample)
{
    uint32_t slot = contest->payload < TS_PAYLOAD_MIX ? sizes[contest->payload] : sizes[TS_PAYLOAD_512];
    struct run run = {.contest = contest,
                      .contestant = contestant,
                      .plan = {.records = contest->records, .mix = mix, .sources = sources}};
    struct ts_thread thread = {0};
    run.there = contestant->create(slot, &run.plan);
    run.back = contest->bounce ? contestant->create(slot, &run.plan) : NULL;
    sample->rtt_before_ns = ts_placement_probe(contest->processors);
    ts_placement_start(&thread, contest->processors, second, &run);
    meet(&run.ready); /* what moving costs is not what is measured */
    uint64_t switches = ts_placement_switches();
    int64_t begun_ns = first(&run);
    sample->switches = ts_placement_switches() - switches;
    ts_thread_join(&thread);
    sample->switches += run.switches;
    sample->rtt_after_ns = ts_placement_probe(contest->processors);
    sample->value = (double)(run.ended_ns - begun_ns) / (double)contest->records;
    TS_ASSERT(run.sink.errors == 0 && run.sink.next == contest->records);
    contestant->destroy(run.there, slot);
    if (run.back != NULL) {
        contestant->destroy(run.back, slot);
    }
}

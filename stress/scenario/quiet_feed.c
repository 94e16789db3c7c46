/*
 * quiet-feed: after a burst the feed goes quiet.
 *
 * Hazard: bursts after which results were still on their way when no further tick was due. They must arrive
 * without the next tick: the idle host is woken by the engine's event, or looks again by itself where there
 * is no queue. Its sleep is as long as the quiet, so that a wake-up that is lost is not made good by the next
 * look. A bound of some seconds tells late from never; nothing else is timed. A result that the queue dropped
 * wakes nobody: only the others can be late. Must show: nothing, in every mode. Threads: the owner feeds,
 * sleeps and polls; without a queue the library's thread calls back.
 */
#include "base/clock.h"
#include "scenario/bare_engine.h"
#include "scenario/host_rig.h"
#include "scenario/scenarios.h"

#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define QUIET_MAX_NS  (5 * TS_NS_PER_S)
#define BURST_MAX     48u
#define UNQUEUED_MS   1u     /* how soon a host without an event looks again */
#define SLEEP_MAX_MS  10000u /* longer than any quiet */
#define HESITATION_NS 200000 /* of the host before it looks whether something is there, at most */
#define AIM_NS        1000000
#define LAST_MAX      4u   /* results */
#define PUSH_NS       2000 /* from the push of the last result to its wake-up, about */

struct state {
    /* A timer of the kernel: a clock that jumps, which is a fault, must not pass for a long quiet. -1 in an
     * explored life, whose clock is the scheduler's. */
    int alarm;
    uint64_t left;        /* ticks of the burst under way */
    int64_t quiet_end_ns; /* 0 during a burst */
    uint64_t burst_last; /* in a quiet: the last result that is to come; 0 else. Queued: the owner delivers */
};

static struct signal_stats stats_of(struct ts_rig *rig)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    ts_runner_plugin(rig->runner)->stats(ts_runner_engine(rig->runner), &stats);
    return stats;
}

static void spin(int64_t duration_ns)
{
    int64_t start_ns = ts_clock_ns();
    while (ts_clock_within(start_ns, duration_ns)) {
        ts_cpu_relax();
    }
}

/* The host is busy for a moment with something else, so that its going to sleep meets the results at all
 * stages of their way. */
static void hesitate(struct ts_life *life)
{
    spin((int64_t)ts_random_below(&life->random, ts_life_size(life, HESITATION_NS, 500)));
}

static void set_alarm(const struct state *state)
{
    const struct itimerspec quiet = {.it_value.tv_sec = (QUIET_MAX_NS - TS_NS_PER_S) / TS_NS_PER_S};
    if (state->alarm >= 0) {
        int status = timerfd_settime(state->alarm, 0, &quiet, NULL);
        TS_ASSERT(status == 0);
    }
}

/* The ticks of a burst are due at once, the one after it when the quiet has been too long. */
static int64_t due(struct ts_rig *rig)
{
    struct state *state = rig->scenario;
    if (state->left > 0) {
        state->left--;
        return 0;
    }
    struct signal_stats stats = stats_of(rig);
    bool on_the_way = !ts_bare_is_quiet(&stats);
    atomic_fetch_add_explicit(&rig->life->board->hazard, on_the_way, memory_order_relaxed); /* a statistic */
    hesitate(rig->life);
    state->quiet_end_ns = ts_clock_ns() + QUIET_MAX_NS;
    state->burst_last = stats.depth_accepted;
    set_alarm(state);
    return state->quiet_end_ns;
}

/* Holds the host back until the last result is being pushed: what it does next, going to sleep, then meets
 * the wake-up. Looks at counters that order nothing. */
static void aim(struct ts_rig *rig)
{
    int64_t start_ns = ts_clock_ns();
    uint64_t last = ts_random_below(&rig->life->random, LAST_MAX);
    while (stats_of(rig).in_pipeline > last &&
           ts_clock_within(start_ns, ts_life_size(rig->life, AIM_NS, 5000))) {
        ts_cpu_relax();
    }
    spin((int64_t)ts_random_below(&rig->life->random, ts_life_size(rig->life, PUSH_NS, 300)));
}

/* The quiet ends when all has arrived. */
static bool still_waiting(struct ts_rig *rig)
{
    struct signal_stats stats = stats_of(rig);
    if (ts_bare_is_quiet(&stats)) {
        return false;
    }
    if (ts_random_below(&rig->life->random, 2) == 0) {
        aim(rig);
    }
    return true;
}

static bool quiet_is_over(const struct state *state)
{
    struct pollfd expired = {.fd = state->alarm, .events = POLLIN};
    if (state->alarm < 0) {
        return ts_clock_ns() >= state->quiet_end_ns;
    }
    return poll(&expired, 1, 0) == 1;
}

/* The host went on only because the next tick was due. */
static void check_time(struct ts_rig *rig, int64_t timestamp_ns, const double *values, int count)
{
    const struct state *state = rig->scenario;
    (void)timestamp_ns;
    bool of_burst = count == TS_CHECKED_VALUES && values[TS_CHECKED_SEQUENCE] <= (double)state->burst_last;
    if (state->burst_last != 0 && of_burst && quiet_is_over(state)) {
        ts_board_violation(rig->life->board, "stranded", "result %.0f came after %lld s of quiet",
                           values[TS_CHECKED_SEQUENCE], (long long)(QUIET_MAX_NS / TS_NS_PER_S));
    }
}

static void after(struct ts_rig *rig, const struct ts_event *event)
{
    struct state *state = rig->scenario;
    uint64_t last = state->burst_last;
    if (event->due_ns == 0 || event->due_ns != state->quiet_end_ns) {
        return;
    }
    state->burst_last = 0;
    struct signal_stats stats = stats_of(rig);
    uint64_t gone = stats.results_executed + stats.results_dropped_newest + stats.results_dropped_oldest;
    if (gone < last && quiet_is_over(state)) {
        ts_board_violation(rig->life->board, "stranded",
                           "after %lld s of quiet %llu of %llu results had not come",
                           (long long)(QUIET_MAX_NS / TS_NS_PER_S), (unsigned long long)(last - gone),
                           (unsigned long long)last);
    }
}

/* A host that is woken more often than somebody wakes it runs in circles. */
static void check_wakeups(const struct ts_rig *rig)
{
    uint64_t woken = rig->host_final.idle_wakeups, wakeups = rig->engine_final.wakeups;
    ts_board_add(rig->life->board, TS_COUNTER_checks, 1);
    if (woken > wakeups) {
        ts_board_violation(rig->life->board, "wakeups", "the host was woken %llu times by %llu wake-ups",
                           (unsigned long long)woken, (unsigned long long)wakeups);
    }
}

ts_err ts_scenario_quiet_feed(struct ts_life *life, struct ts_diag *diag)
{
    struct state state = {.alarm = -1};
    struct ts_rig rig;
    struct ts_rig_options options = ts_rig_defaults(life);
    bool queued = life->mode == TS_DELIVERY_QUEUED;
    options.synthetic = ts_synthetic_flood(ts_seed_mix(life->seed, 1), 4);
    options.strategies = 1;
    options.results_only =
        true; /* on_depth and on_factor would share a strategy, which is not the point here */
    options.idle_sleep_max_ms = queued ? SLEEP_MAX_MS : UNQUEUED_MS;
    options.poll_on_depth = ts_random_below(&life->random, 2) == 0;
    if (!life->explored) {
        state.alarm = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    }
    if (state.alarm < 0 && !life->explored) {
        return ts_fail_errno(diag, errno, "create timer", "");
    }
    ts_err error = ts_rig_start(&rig, life, &options, diag);
    if (error != TS_OK) {
        if (state.alarm >= 0) {
            close(state.alarm);
        }
        return error;
    }
    rig.scenario = &state;
    rig.due = due;
    rig.wait = still_waiting;
    rig.after = after;
    rig.on_result = queued ? check_time : NULL; /* else they come on another thread */
    ts_rig_add_strategy(&rig);
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (!ts_life_over(life) && !rig.source_ended) {
        state.left = 1 + ts_random_below(&life->random, ts_life_size(life, BURST_MAX, 4));
        state.quiet_end_ns = 0;
        state.burst_last = 0;
        ts_rig_loop(&rig);
    }
    ts_rig_finish(&rig, true);
    check_wakeups(&rig);
    if (state.alarm >= 0) {
        close(state.alarm);
    }
    return TS_OK;
}

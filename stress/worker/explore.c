#include "worker/explore.h"

#include "base/clock.h"
#include "base/probe.h"
#include "explore/core/scheduler.h"
#include "faults/handler.h"
#include "host/callback_gate.h"
#include "worker/explore_run.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* Schedules of a life that was not told how many: the next life brings other ticks and decisions. */
#define LIFE_SCHEDULES UINT64_C(500)

static ts_err make_arena(const struct ts_life *life, const struct ts_explore_plan *plan,
                         struct ts_arena **arena, struct ts_diag *diag)
{
    struct ts_arena *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (made == MAP_FAILED) {
        return ts_fail_errno(diag, errno, "explore", "arena");
    }
    made->config = plan->config;
    made->config.seed = life->seed;
    made->config.keep = plan->schedule != NULL; /* a search is faster without */
    if (ts_handoff_choose((enum ts_handoff_kind)plan->config.handoff) == NULL) {
        return ts_fail(diag, TS_NOT_FOUND, "explore", "handoff=fsbase", "this machine cannot do that");
    }
    *arena = made;
    return TS_OK;
}

/* The board and the probes are not part of what is explored. */
static void ignore_watchers(const struct ts_life *life)
{
    ts_sched_ignore(life->board, sizeof *life->board);
    ts_sched_ignore(ts_probe_site_table(), sizeof(struct ts_probe_site) * TS_PROBE_COUNT);
    void *library = life->library_path != NULL ? dlopen(life->library_path, RTLD_NOW | RTLD_NOLOAD) : NULL;
    void *table = library != NULL ? dlsym(library, "ts_probe_site_table") : NULL;
    if (table != NULL) {
        struct ts_probe_site *(*sites)(void);
        memcpy(&sites, &table, sizeof sites);
        ts_sched_ignore(sites(), sizeof(struct ts_probe_site) * TS_PROBE_COUNT);
    }
}

static bool is_found(struct ts_board *board)
{
    /* Relaxed: this thread alone runs, and wrote them itself or after those who did. */
    return atomic_load_explicit(&board->reports_ready, memory_order_relaxed) != 0 ||
           atomic_load_explicit(&board->violations_claimed, memory_order_relaxed) != 0;
}

/* Whether a fault that has a chance happens now: a point of its own, at the probe's place, and a choice. */
static bool choose_fault(const void *place)
{
    struct ts_sthread *self = ts_self;
    if (self == NULL) {
        return false;
    }
    ts_sched_point(self, TS_OP_PROBE, NULL, false, place);
    return ts_sched_choose(2) == 1;
}

static void count(const struct ts_explore_search *search, uint64_t classes_before)
{
    struct ts_board *board = search->life->board;
    ts_board_add(board, TS_COUNTER_schedules, 1);
    ts_board_add(board, TS_COUNTER_schedule_steps, search->arena->result.steps);
    ts_board_add(board, TS_COUNTER_schedule_classes, search->arena->classes - classes_before);
    ts_board_beat(board);
}

/* How often a fault has made an operation fail. */
static uint64_t failures_of(const struct ts_board *board)
{
    uint64_t sum = 0;
    for (int point = 0; point < TS_PROBE_COUNT; point++) {
        sum += ts_fault_log_failed(&board->faults, point);
    }
    return sum;
}

/* One schedule. TS_END: the strategy has no further one. */
ts_err ts_explore_run_schedule(const struct ts_explore_search *search, uint64_t number)
{
    struct ts_life fresh = *search->life;
    uint64_t classes = search->arena->classes;
    uint64_t late = ts_callback_gate_late();
    uint64_t failures = failures_of(fresh.board);
    fresh.explored = true;
    fresh.random.state = fresh.seed;
    ts_faults_arm(search->faults, fresh.seed, &fresh.board->faults);
    if (!ts_sched_begin(search->arena, number, true)) {
        return TS_END;
    }
    fresh.deadline_ns = ts_clock_ns() + search->plan->life_us * TS_NS_PER_US;
    ts_err error = search->body(&fresh, search->diag);
    ts_sched_end();
    if (error == TS_OK && !fresh.late_callbacks && ts_callback_gate_late() > late) {
        ts_board_violation(fresh.board, "late-callback", "callbacks came after their engine's end");
    }
    count(search, classes);
    /* A body in which a fault made something fail may end in the documented error; others will not. */
    return failures_of(fresh.board) > failures ? TS_OK : error;
}

static ts_err give_schedule(const struct ts_explore_search *search)
{
    struct ts_arena *arena = search->arena;
    const char *text = search->plan->schedule;
    struct ts_schedule schedule = {.deviations = arena->given};
    size_t place;
    if (!ts_schedule_parse(text, &schedule, TS_DEVIATIONS_MAX, &place)) {
        return ts_fail(search->diag, TS_INVALID, "explore", "schedule",
                       "character %zu of it is not valid: %.40s", place + 1, text + place);
    }
    arena->given_count = schedule.count;
    arena->given_checksum = schedule.has_checksum ? schedule.checksum : 0;
    arena->config.points = schedule.points;
    return TS_OK;
}

/* The default schedule, or the one that was given. */
static ts_err follow(const struct ts_explore_search *search)
{
    struct ts_arena *arena = search->arena;
    arena->config.replay = true;
    ts_err error = ts_explore_run_schedule(search, 0);
    arena->config.replay = false;
    if (error == TS_OK && arena->given_checksum != 0 &&
        ts_schedule_checksum(arena->result.checksum) != arena->given_checksum) {
        return ts_fail(search->diag, TS_MISMATCH, "explore", "schedule",
                       "it was followed to its end, but other operations were done than the first time");
    }
    return error;
}

/* Runs the schedule that ran last again: the same operations must come of it. */
static ts_err repeat(const struct ts_explore_search *search)
{
    struct ts_arena *arena = search->arena;
    const struct ts_run_result *result = &arena->result;
    ts_err error = TS_OK;
    for (uint64_t i = 1; error == TS_OK && i < search->plan->repeat && !is_found(search->life->board); i++) {
        memcpy(arena->given, result->deviations, result->deviation_count * sizeof *arena->given);
        arena->given_count = result->deviation_count;
        arena->given_checksum = ts_schedule_checksum(result->checksum);
        error = follow(search);
    }
    return error;
}

/* How many schedules this life has; 0: as many as there is time for. An exhaustive search learns nothing from
 * one life to the next, and is not cut. */
static uint64_t most_schedules(const struct ts_explore_plan *plan)
{
    bool exhaustive = plan->config.strategies == 1 && plan->config.strategy[0].id == TS_STRATEGY_DFS;
    return plan->schedules > 0 ? plan->schedules : exhaustive ? 0 : LIFE_SCHEDULES;
}

static bool goes_on(const struct ts_explore_search *search, uint64_t done, int64_t end_ns)
{
    struct ts_board *board = search->life->board;
    uint64_t most = most_schedules(search->plan);
    /* Relaxed: the request carries nothing but itself. */
    bool stop = atomic_load_explicit(&board->stop_requested, memory_order_relaxed) != 0;
    return !stop && !is_found(board) && ts_clock_ns() < end_ns && (most == 0 || done < most);
}

static ts_err run_search(const struct ts_explore_search *search, int64_t end_ns)
{
    ts_err error = follow(search);
    if (error == TS_OK && search->plan->schedule != NULL) {
        error = give_schedule(search);
        for (uint64_t i = 0; error == TS_OK && i < search->plan->repeat; i++) {
            error = follow(search);
        }
        return error;
    }
    for (uint64_t i = 0; error == TS_OK && goes_on(search, i, end_ns); i++) {
        error = ts_explore_run_schedule(search, i);
        if (error == TS_OK) {
            error = repeat(search);
        }
    }
    return error == TS_END ? TS_OK : error;
}

ts_err ts_explore_life(const struct ts_life *life, ts_scenario_body body, const struct ts_explore_plan *plan,
                       const struct ts_fault_spec *faults, int64_t for_ms, struct ts_diag *diag)
{
    int64_t end_ns = ts_clock_ns() + for_ms * TS_NS_PER_MS;
    struct ts_explore_search search = {
        .life = life, .body = body, .plan = plan, .faults = faults, .diag = diag};
    ts_faults_choose = choose_fault;
    ignore_watchers(life);
    if (ts_explore_is_served()) {
        return ts_explore_serve(&search);
    }
    ts_err error = make_arena(life, plan, &search.arena, diag);
    if (error != TS_OK) {
        return error;
    }
    ts_explore_report_install(life->board, search.arena);
    error = run_search(&search, end_ns);
    if (is_found(life->board)) {
        ts_explore_report_schedule();
    }
    return error;
}

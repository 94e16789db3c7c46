#include "supervisor/fail_nth.h"

#include "supervisor/expectation.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINT TS_PROBE_CALL_MEMORY

/* A worker of which only the fault log is seen: `calls` of them on each of its threads. */
struct fake {
    const char *threads[2];
    unsigned calls[2];
    unsigned fails_at; /* of the first thread: this one ends in a leak */
    bool refuses;
};

static struct ts_board *board;
static char said[4096];

static void say(void *user_data, const char *spec, const struct ts_verdict *verdict)
{
    size_t used = strlen(said);
    (void)user_data;
    snprintf(said + used, sizeof said - used, "%s=%s;", spec, verdict->detail);
}

static void live(const struct fake *fake, const char *spec, struct ts_verdict *verdict)
{
    char thread[16] = "";
    unsigned nth = 0;
    memset(board, 0, sizeof *board);
    *verdict = (struct ts_verdict){.outcome = TS_RECORD_PASS};
    (void)sscanf(spec, "call.memory@%15[^:]: #%u return", thread, &nth);
    for (int i = 0; i < 2 && fake->threads[i] != NULL; i++) {
        struct ts_fault_thread *row = &board->faults.threads[i];
        bool fires = strcmp(thread, fake->threads[i]) == 0 && nth <= fake->calls[i];
        atomic_store_explicit(&row->used, 1, memory_order_relaxed);
        snprintf(row->name, sizeof row->name, "%s", fake->threads[i]);
        atomic_store_explicit(&row->points[POINT].visits, fake->calls[i], memory_order_relaxed);
        atomic_store_explicit(&row->points[POINT].firings, fires, memory_order_relaxed);
        atomic_store_explicit(&row->points[POINT].failures, fires, memory_order_relaxed);
        if (fires && i == 0 && nth == fake->fails_at) {
            *verdict = (struct ts_verdict){.outcome = TS_RECORD_LEAK, .detail = "leak"};
        } else if (fires && fake->refuses) {
            *verdict = (struct ts_verdict){.outcome = TS_RECORD_PASS, .documented = true};
        }
    }
}

/* Runs the loop to its end and returns the specs of its lives. */
static const char *run(const struct fake *fake, struct ts_fail_nth *loop, struct ts_fail_nth_options options)
{
    static char specs[16384];
    char spec[TS_SERIES_SPEC_SIZE];
    struct ts_verdict verdict;
    specs[0] = said[0] = '\0';
    board = calloc(1, sizeof *board);
    options.point = "call.memory";
    options.failed = say;
    cr_assert(ts_fail_nth_init(loop, &options));
    struct ts_fault_series series = ts_fail_nth_series(loop);
    while (series.next(series.user_data, spec)) {
        cr_assert_lt(loop->lives, 1000);
        live(fake, spec, &verdict);
        series.lived(series.user_data, board, &verdict);
        size_t used = strlen(specs);
        snprintf(specs + used, sizeof specs - used, "%s;", spec);
    }
    free(board);
    return specs;
}

Test(fail_nth, counts_first_then_fails_call_by_call_thread_by_thread)
{
    static const struct fake fake = {.threads = {"host", "scan"}, .calls = {2, 1}};
    struct ts_fail_nth loop;
    const char *specs = run(&fake, &loop, (struct ts_fail_nth_options){0});
    cr_assert_str_eq(specs, "call.memory: count;"
                            "call.memory@host: #1 return;call.memory@host: #2 return;"
                            "call.memory@host: #3 return;call.memory@host: #4 return;"
                            "call.memory@scan: #1 return;"
                            "call.memory@scan: #2 return;call.memory@scan: #3 return;");
    cr_assert(loop.lives == 8 && loop.fired == 3 && loop.failed == 0 && loop.refused == 0 && !loop.cut);
    cr_assert(loop.targets[0].last == 2 && loop.targets[1].last == 1);
}

Test(fail_nth, tells_the_life_that_failed_and_goes_on)
{
    static const struct fake fake = {.threads = {"host"}, .calls = {3}, .fails_at = 2};
    struct ts_fail_nth loop;
    run(&fake, &loop, (struct ts_fail_nth_options){0});
    cr_assert_str_eq(said, "call.memory@host: #2 return=leak;");
    cr_assert(loop.failed == 1 && loop.fired == 3);
}

Test(fail_nth, a_refusal_passes_only_as_the_documented_error)
{
    static const struct fake fake = {.threads = {"host"}, .calls = {2}, .refuses = true};
    struct ts_fail_nth loop;
    struct ts_verdict refused = {.outcome = TS_RECORD_INCONCLUSIVE, .refused = true};
    char spec[TS_SERIES_SPEC_SIZE];
    run(&fake, &loop, (struct ts_fail_nth_options){0});
    cr_assert(loop.refused == 2 && loop.failed == 0 && said[0] == '\0');
    /* The library is not there at all, say. */
    board = calloc(1, sizeof *board);
    cr_assert(ts_fail_nth_init(&loop, &(struct ts_fail_nth_options){.point = "call.memory", .failed = say}));
    struct ts_fault_series series = ts_fail_nth_series(&loop);
    cr_assert(series.next(series.user_data, spec));
    series.lived(series.user_data, board, &refused);
    cr_assert(refused.refused && loop.failed == 1 && !series.next(series.user_data, spec));
    free(board);
}

Test(fail_nth, is_cut_where_it_is_told_and_thins_out_where_calls_have_no_end)
{
    static const struct fake fake = {.threads = {"host"}, .calls = {100000}};
    struct ts_fail_nth loop;
    run(&fake, &loop, (struct ts_fail_nth_options){.from = 5, .to = 9});
    cr_assert(loop.cut && loop.fired == 5 && loop.targets[0].last == 9);
    run(&fake, &loop, (struct ts_fail_nth_options){.dense = 10});
    cr_assert(!loop.cut && loop.targets[0].last > 80000);
    cr_assert(loop.fired > 50 && loop.fired < 120, "%llu lives", (unsigned long long)loop.fired);
}

Test(fail_nth, a_point_that_cannot_fail_is_refused)
{
    struct ts_fail_nth loop;
    cr_assert(!ts_fail_nth_init(&loop, &(struct ts_fail_nth_options){.point = "call.nothing"}));
    cr_assert(!ts_fail_nth_init(&loop, &(struct ts_fail_nth_options){.point = "queue.pop.taken"}));
    cr_assert(ts_fail_nth_init(&loop, &(struct ts_fail_nth_options){.point = "queue.push.full"}));
}

/* Two threads that call from three places; the one at 0x300 is not always come to, nor by the same thread. */
static void live_at_sites(const char *spec, unsigned life)
{
    static const struct {
        const char *thread;
        uint64_t callers[2];
    } rows[] = {{"host", {0x100, 0x200}}, {"scan", {0x100, 0x300}}};
    memset(board, 0, sizeof *board);
    for (size_t i = 0; i < 2; i++) {
        struct ts_fault_thread *row = &board->faults.threads[i];
        atomic_store_explicit(&row->used, 1, memory_order_relaxed);
        snprintf(row->name, sizeof row->name, "%s", rows[i].thread);
        atomic_store_explicit(&row->points[POINT].visits, 2, memory_order_relaxed);
        for (size_t j = 0; j < 2 && (life == 0 || rows[i].callers[j] != 0x300); j++) {
            char first[64], any[64];
            snprintf(first, sizeof first, "call.memory<program+0x%x@%s: #1 return",
                     (unsigned)rows[i].callers[j], rows[i].thread);
            snprintf(any, sizeof any, "call.memory<program+0x%x: #1 return", (unsigned)rows[i].callers[j]);
            atomic_store_explicit(&row->calls[j].key, ts_fault_call_key(POINT, rows[i].callers[j]),
                                  memory_order_relaxed);
            if (strcmp(spec, first) == 0 || strcmp(spec, any) == 0) {
                atomic_store_explicit(&row->points[POINT].failures, 1, memory_order_relaxed);
            }
        }
    }
}

Test(fail_nth, by_site_each_place_is_failed_at_once)
{
    static const struct ts_callers none;
    struct ts_fail_nth loop;
    struct ts_verdict verdict = {.outcome = TS_RECORD_PASS};
    char spec[TS_SERIES_SPEC_SIZE], specs[1024] = "";
    size_t used = 0;
    board = calloc(1, sizeof *board);
    cr_assert(ts_fail_nth_init(
        &loop, &(struct ts_fail_nth_options){.point = "call.memory", .by_site = true, .callers = &none}));
    struct ts_fault_series series = ts_fail_nth_series(&loop);
    while (series.next(series.user_data, spec)) {
        cr_assert_lt(loop.lives, 20);
        live_at_sites(spec, (unsigned)loop.lives);
        series.lived(series.user_data, board, &verdict);
        used += (size_t)snprintf(specs + used, sizeof specs - used, "%s;", spec);
    }
    free(board);
    cr_assert_str_eq(specs,
                     "call.memory: count;"
                     "call.memory<program+0x100@host: #1 return;call.memory<program+0x200@host: #1 return;"
                     "call.memory<program+0x300@scan: #1 return;call.memory<program+0x300: #1 return;"
                     "call.memory<program+0x300: #1 return;call.memory<program+0x300: #1 return;"
                     "call.memory<program+0x300: #1 return;");
    cr_assert(loop.target_count == 3 && loop.fired == 2 && loop.targets[2].last == 0);
}

Test(fail_nth, what_the_mode_shows_anyway_is_no_failure)
{
    static const struct fake fake = {.threads = {"host"}, .calls = {3}, .fails_at = 2};
    struct ts_fail_nth loop;
    run(&fake, &loop, (struct ts_fail_nth_options){.borne = TS_OUTCOME_BIT(TS_RECORD_LEAK)});
    cr_assert(loop.failed == 0 && loop.borne == 1 && loop.fired == 3 && said[0] == '\0');
    run(&fake, &loop, (struct ts_fail_nth_options){.borne = TS_OUTCOME_BIT(TS_RECORD_CRASH)});
    cr_assert(loop.failed == 1 && loop.borne == 0);
}

Test(fail_nth, goes_on_where_a_record_ends)
{
    static const struct fake fake = {.threads = {"host", "scan"}, .calls = {2, 1}, .refuses = true};
    static struct ts_record_count fired = {"call.memory", 1};
    const struct ts_record_life lives[] = {
        {.faults = "call.memory: count", .outcome = TS_RECORD_PASS},
        {.faults = "call.memory@host: #1 return",
         .outcome = TS_RECORD_PASS,
         .exit_code = 3,
         .probes.fired = {&fired, 1}},
        {.faults = "call.open@host: #1 return", .outcome = TS_RECORD_LEAK},
        {.faults = "call.memory@host: #2 return",
         .outcome = TS_RECORD_PASS,
         .exit_code = 3,
         .probes.fired = {&fired, 1}},
        {.faults = "call.memory@host: #3 return", .outcome = TS_RECORD_PASS},
    };
    struct ts_fail_nth loop;
    struct ts_verdict verdict;
    char spec[TS_SERIES_SPEC_SIZE], specs[1024] = "";
    size_t used = 0;
    board = calloc(1, sizeof *board);
    cr_assert(ts_fail_nth_init(&loop, &(struct ts_fail_nth_options){.point = "call.memory"}));
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        ts_fail_nth_replay(&loop, &lives[i]);
    }
    struct ts_fault_series series = ts_fail_nth_series(&loop);
    while (series.next(series.user_data, spec)) {
        cr_assert_lt(loop.lives, 20);
        live(&fake, spec, &verdict);
        series.lived(series.user_data, board, &verdict);
        used += (size_t)snprintf(specs + used, sizeof specs - used, "%s;", spec);
    }
    free(board);
    cr_assert_str_eq(specs,
                     "call.memory: count;call.memory@host: #4 return;"
                     "call.memory@scan: #1 return;call.memory@scan: #2 return;call.memory@scan: #3 return;");
    /* As without the interruption, and one more life that counts. */
    cr_assert(loop.lives == 9 && loop.fired == 3 && loop.refused == 3 && loop.failed == 0);
    cr_assert(loop.targets[0].last == 2 && loop.targets[1].last == 1);
}

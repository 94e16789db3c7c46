#include "explore/estimate.h"

#include "explore/core/strategy.h"
#include "explore/strategy/dfs.h"
#include "explore/strategy/pct.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct ts_arena *arena;
static struct ts_estimate estimate;
static char text[2048];

static void make_arena(void)
{
    arena = calloc(1, sizeof *arena); /* most of it is never touched */
    cr_assert_not_null(arena);
}

static void drop_arena(void)
{
    free(arena);
}

TestSuite(estimate, .init = make_arena, .fini = drop_arena);

static void take(uint64_t schedules)
{
    atomic_store(&arena->schedules, schedules);
    ts_estimate_take(arena, &estimate);
    cr_assert_lt(ts_estimate_text(&estimate, text, sizeof text), sizeof text);
}

static void says(const char *words)
{
    cr_assert_not_null(strstr(text, words), "'%s' is not in:\n%s", words, text);
}

static void *strategy(uint32_t place, uint32_t id)
{
    arena->config.strategies = place + 1;
    arena->config.strategy[place].id = id;
    return arena->strategy_state[place];
}

Test(estimate, classes_and_what_is_unseen)
{
    arena->classes = 120;
    arena->classes_seen_once = 50;
    arena->latest_repeats = 0xff;
    take(10000);
    cr_assert_float_eq(estimate.unseen, 0.005, 1e-12);
    /* 0.005 + 2.41421 sqrt(ln 40 / 10000) */
    cr_assert_float_eq(estimate.unseen_most, 0.005 + 0.0463692, 1e-6);
    says("10000 schedules of 120 different classes; of the latest 64, 8 repeated a class seen before.\n");
    says("a chance of about 0.5 %, and of less than 5.14 % with 95 % confidence");
}

Test(estimate, schedules_of_no_known_class_are_not_called_alike)
{
    take(3);
    cr_assert_str_eq(text, "");
}

Test(estimate, few_schedules_promise_nothing)
{
    arena->classes = 3;
    arena->classes_seen_once = 3;
    take(3);
    cr_assert_float_eq(estimate.unseen, 1, 1e-12);
    cr_assert_float_eq(estimate.unseen_most, 1, 1e-12);
    says("of the latest 3, 0 repeated");
}

Test(estimate, none_at_all)
{
    take(0);
    cr_assert_str_eq(text, "0 schedules of 0 different classes.\n");
}

Test(estimate, full_table_says_nothing_of_the_unseen)
{
    arena->classes = TS_CLASSES;
    take(5000000);
    says("more than 1048576 different classes");
    cr_assert_null(strstr(text, "Good-Turing"));
}

Test(estimate, pct_by_its_theorem)
{
    /* 4 threads, 120 decisions, depth 2: 1 / 480 each; 2000 schedules miss with at most e^-(2000/480). */
    struct ts_pct_progress *pct = strategy(0, TS_STRATEGY_PCT);
    *pct = (struct ts_pct_progress){
        .schedules = 2000, .chances = 2000.0 / 480, .range = 120, .threads = 4, .depth = 2};
    take(2000);
    cr_assert_float_eq(estimate.pct_missed_most, 0.0155039, 1e-6);
    says("A bug of depth 2 among 4 threads and 120 decisions would have been missed with a chance of at most "
         "1.6 % (2000 schedules by PCT).\n");
}

Test(estimate, pct_of_two_depths_is_the_stronger_promise)
{
    struct ts_pct_progress *deep = strategy(0, TS_STRATEGY_PCT);
    *deep = (struct ts_pct_progress){.schedules = 10, .chances = 0.001, .range = 9, .threads = 2, .depth = 3};
    struct ts_pct_progress *flat = strategy(1, TS_STRATEGY_PCT);
    *flat = (struct ts_pct_progress){.schedules = 10, .chances = 3, .range = 9, .threads = 2, .depth = 2};
    take(20);
    cr_assert_eq(estimate.pct_depth, 2);
    says("at most 5 %");
}

Test(estimate, pct_that_promises_nothing_says_so)
{
    struct ts_pct_progress *pct = strategy(0, TS_STRATEGY_PCT);
    *pct = (struct ts_pct_progress){.schedules = 7, .chances = 1e-6, .range = 900, .threads = 9, .depth = 3};
    take(7);
    says("up to 100 %: 7 schedules by PCT are too few");
}

Test(estimate, exhaustive_by_bounds)
{
    struct ts_dfs_progress *dfs = strategy(0, TS_STRATEGY_DFS);
    dfs->schedules[0] = 4;
    take(4);
    says("Not even all schedules without a preemption were run; 4 with up to 0 so far.\n");
    dfs->bounds_done = 1;
    dfs->bound = 1;
    take(4);
    says("All schedules without a preemption were run.\n");
    dfs->bounds_done = 3;
    dfs->bound = 3;
    dfs->schedules[3] = 77;
    take(900);
    says("All schedules with at most 2 preemptions were run; 77 with up to 3 so far.\n");
    dfs->inexact = true;
    take(900);
    says("claims nothing");
}

Test(estimate, exhausted_leaves_nothing_to_estimate)
{
    struct ts_dfs_progress *dfs = strategy(0, TS_STRATEGY_DFS);
    dfs->complete = true;
    arena->classes = 2;
    take(69);
    says("All schedules were run: nothing is left.\n");
    cr_assert_null(strstr(text, "Good-Turing"));
}

Test(estimate, what_was_cut_off_is_no_proof)
{
    struct ts_dfs_progress *dfs = strategy(0, TS_STRATEGY_DFS);
    dfs->complete = true;
    arena->classes = 2;
    arena->cut = 3;
    take(69);
    says("3 of them had more steps than are allowed");
    says("All schedules were run, as far as they were not cut off.\n");
    arena->cut = 69;
    take(69);
    says("No schedule came to its end");
    cr_assert_null(strstr(text, "All schedules"));
}

Test(estimate, text_that_does_not_fit_is_cut)
{
    char small[20];
    arena->classes = 2;
    take(69);
    size_t whole = strlen(text);
    cr_assert_eq(ts_estimate_text(&estimate, small, sizeof small), whole);
    cr_assert_eq(strlen(small), sizeof small - 1);
    cr_assert_eq(strncmp(small, text, sizeof small - 1), 0);
}

/* Each check has a canary that breaks just what it watches, and a clean twin. */
#include "scenario/checker.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define ENGINE 77

static struct ts_board *new_board(void)
{
    struct ts_board *board = calloc(1, sizeof *board);
    cr_assert_not_null(board);
    return board;
}

static void seal(double values[TS_CHECKED_VALUES], const char *symbol, int64_t time_ns)
{
    char key[WINGCHUN_SYMBOL_SIZE] = {0};
    memcpy(key, symbol, strlen(symbol));
    values[TS_CHECKED_SUM] = ts_checked_sum(key, time_ns, values);
}

/* A correct result of model 0. */
static void make(double values[TS_CHECKED_VALUES], uint64_t sequence)
{
    const double plain[TS_CHECKED_VALUES] = {1.0, 0.8, ENGINE, 0, (double)sequence, 0.5, 100, 0};
    memcpy(values, plain, sizeof plain);
    seal(values, "btcusdt", 9);
}

static void give(struct ts_checker *checker, const double *values)
{
    ts_checker_on_result(checker, "btcusdt", 9, values, TS_CHECKED_VALUES);
}

/* The only violation on the board, "" when there is none. */
static const char *only_violation(const struct ts_board *board)
{
    cr_assert_leq(board->violations_claimed, 1, "%s and %s", board->violations[0].name,
                  board->violations[1].name);
    return board->violations_claimed == 0 ? "" : board->violations[0].name;
}

Test(checker, correct_results_and_books_pass)
{
    struct ts_board *board = new_board();
    struct ts_checker checker;
    double values[TS_CHECKED_VALUES];
    ts_checker_begin(&checker, board, TS_DELIVERY_QUEUED, ENGINE, 1);
    for (uint64_t sequence = 1; sequence <= 5; sequence++) {
        make(values, sequence == 5 ? 6 : sequence); /* the fifth was dropped, and is counted below */
        give(&checker, values);
    }
    struct ts_runner_stats runner = {.ticks_fed = 9};
    struct signal_stats engine = {.ticks_accepted = 8,
                                  .ticks_dropped = 1,
                                  .depth_accepted = 8,
                                  .results_offered = 7,
                                  .results_accepted = 7,
                                  .results_executed = 5,
                                  .results_dropped_newest = 1,
                                  .results_pending = 1,
                                  .in_pipeline = 1};
    ts_checker_end(&checker, &runner, &engine);
    cr_assert_str_eq(only_violation(board), "");
    free(board);
}

Test(checker, each_broken_value_is_seen_for_what_it_is)
{
    static const struct {
        const char *violation;
        int index;
        double value;
        bool sealed; /* with a checksum made after the change */
    } cases[] = {
        {"values", TS_CHECKED_MID, 101, false},
        {"values", TS_CHECKED_SUM, 1, false},
        {"values", TS_CHECKED_CONFIDENCE, 0.7, true},
        {"values", TS_CHECKED_SIGNAL, -1.0, true},
        {"engine-epoch", TS_CHECKED_ENGINE, ENGINE + 1, true},
        {"engine-epoch", TS_CHECKED_MODEL, 1, true},
        {"order", TS_CHECKED_SEQUENCE, 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_board *board = new_board();
        struct ts_checker checker;
        double values[TS_CHECKED_VALUES];
        ts_checker_begin(&checker, board, TS_DELIVERY_QUEUED, ENGINE, 1);
        make(values, 1);
        values[cases[i].index] = cases[i].value;
        if (cases[i].sealed) {
            seal(values, "btcusdt", 9);
        }
        give(&checker, values);
        cr_assert_str_eq(only_violation(board), cases[i].violation, "case %zu", i);
        free(board);
    }
}

Test(checker, a_repeated_result_is_out_of_order)
{
    struct ts_board *board = new_board();
    struct ts_checker checker;
    double values[TS_CHECKED_VALUES];
    ts_checker_begin(&checker, board, TS_DELIVERY_QUEUED, ENGINE, 1);
    make(values, 4);
    give(&checker, values);
    give(&checker, values);
    cr_assert_str_eq(only_violation(board), "order");
    free(board);
}

static void *give_elsewhere(void *argument)
{
    double values[TS_CHECKED_VALUES];
    make(values, 1);
    give(argument, values);
    return NULL;
}

Test(checker, a_foreign_thread_is_a_violation_in_queued_mode_only)
{
    for (int mode = 0; mode < TS_DELIVERY_COUNT; mode++) {
        struct ts_board *board = new_board();
        struct ts_checker checker;
        pthread_t thread;
        ts_checker_begin(&checker, board, (enum ts_delivery_mode)mode, ENGINE, 1);
        pthread_create(&thread, NULL, give_elsewhere, &checker);
        pthread_join(thread, NULL);
        cr_assert_str_eq(only_violation(board), mode == TS_DELIVERY_QUEUED ? "thread" : "");
        free(board);
    }
}

/* Where several threads poll by turns, which of them executes is nobody's fault. */
Test(checker, any_thread_may_execute_where_several_poll)
{
    struct ts_board *board = new_board();
    struct ts_checker checker;
    pthread_t thread;
    ts_checker_begin(&checker, board, TS_DELIVERY_QUEUED, ENGINE, 1);
    checker.any_thread = true;
    pthread_create(&thread, NULL, give_elsewhere, &checker);
    pthread_join(thread, NULL);
    cr_assert_str_eq(only_violation(board), "");
    cr_assert_eq(checker.seen, 1);
    free(board);
}

/* One result lost somewhere, with every counter in agreement with every other: only the payloads tell. */
Test(checker, a_hole_that_no_counter_explains_is_seen)
{
    struct ts_board *board = new_board();
    struct ts_checker checker;
    double values[TS_CHECKED_VALUES];
    ts_checker_begin(&checker, board, TS_DELIVERY_QUEUED, ENGINE, 1);
    make(values, 1);
    give(&checker, values);
    make(values, 3);
    give(&checker, values);
    struct ts_runner_stats runner = {.ticks_fed = 3};
    struct signal_stats engine = {.ticks_accepted = 3,
                                  .depth_accepted = 3,
                                  .results_offered = 2,
                                  .results_accepted = 2,
                                  .results_executed = 2,
                                  .in_pipeline = 1};
    ts_checker_end(&checker, &runner, &engine);
    cr_assert_str_eq(only_violation(board), ""); /* one in the pipeline explains one missing */
    engine.depth_accepted = 2;
    engine.ticks_accepted = 3;
    engine.in_pipeline = 0;
    checker.last_sequence[0] = 2;
    ts_checker_end(&checker, &runner, &engine);
    cr_assert_str_eq(only_violation(board), "accounting-holes");
    free(board);
}

Test(checker, a_result_of_a_tick_given_back_is_seen)
{
    struct ts_board *board = new_board();
    struct ts_checker checker;
    double values[TS_CHECKED_VALUES];
    char symbol[WINGCHUN_SYMBOL_SIZE + 1] = {0};
    ts_checker_begin(&checker, board, TS_DELIVERY_QUEUED, ENGINE, 1);
    make(values, 1);
    memset(symbol, TS_CHECKER_POISON, WINGCHUN_SYMBOL_SIZE);
    seal(values, symbol, 9);
    ts_checker_on_result(&checker, symbol, 9, values, TS_CHECKED_VALUES);
    cr_assert_str_eq(only_violation(board), "poison");
    free(board);
}

Test(checker, each_identity_has_its_canary)
{
    static const char *const names[] = {"accounting-ticks", "accounting-offered", "accounting",
                                        "accounting-pipeline", "accounting-seen"};
    for (int i = 0; i < 5; i++) {
        struct ts_board *board = new_board();
        struct ts_checker checker;
        struct ts_runner_stats runner = {.ticks_fed = 10 + (i == 0)};
        struct signal_stats engine = {.ticks_accepted = 10,
                                      .depth_accepted = 10,
                                      .results_offered = 10,
                                      .results_accepted = 10,
                                      .results_dropped_newest = 10};
        bool found = false;
        ts_checker_begin(&checker, board, TS_DELIVERY_QUEUED, ENGINE, 1);
        engine.results_rejected += i == 1;
        engine.results_dropped_oldest += i == 2;
        engine.in_pipeline += i == 3;
        checker.seen += i == 4;
        ts_checker_end(&checker, &runner, &engine);
        for (uint32_t v = 0; v < board->violations_claimed; v++) {
            found = found || strcmp(board->violations[v].name, names[i]) == 0;
        }
        cr_assert(found, "%s was not noticed", names[i]);
        free(board);
    }
}

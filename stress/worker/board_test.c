#include "worker/board.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void make_path(void)
{
    snprintf(path, sizeof path, "/tmp/ts-board-test.XXXXXX");
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    close(file);
}

static void remove_path(void)
{
    unlink(path);
}

Test(board, both_sides_see_the_same, .init = make_path, .fini = remove_path)
{
    struct ts_board *supervisor, *worker;
    cr_assert_eq(ts_board_create(path, &supervisor, NULL), TS_OK);
    cr_assert_eq(ts_board_open(path, &worker, NULL), TS_OK);
    ts_board_add(worker, TS_COUNTER_ticks_fed, 3);
    ts_board_violation(worker, "order", "%d came after %d", 1, 2);
    cr_assert_eq(ts_board_get(supervisor, TS_COUNTER_ticks_fed), 3);
    cr_assert_str_eq(supervisor->violations[0].name, "order");
    cr_assert_str_eq(supervisor->violations[0].detail, "1 came after 2");
    ts_board_unmap(worker);
    ts_board_unmap(supervisor);
}

Test(board, what_is_no_board_of_this_version_is_refused, .init = make_path, .fini = remove_path)
{
    struct ts_board *board;
    struct ts_diag diag;
    cr_assert_eq(ts_board_open(path, &board, &diag), TS_MISMATCH, "an empty file");
    cr_assert_eq(ts_board_create(path, &board, NULL), TS_OK);
    board->size++;
    ts_board_unmap(board);
    cr_assert_eq(ts_board_open(path, &board, &diag), TS_MISMATCH, "another size");
    cr_assert_eq(ts_board_open("/nonexistent/board", &board, &diag), TS_NOT_FOUND);
    cr_assert_eq(ts_board_create("/dev/full/board", &board, &diag), TS_IO);
}

Test(board, equal_reports_are_counted_and_texts_are_cut)
{
    struct ts_board *board = calloc(1, sizeof *board);
    char longer[400];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ts_board_report(board, "race", "data-race", "a / b");
    ts_board_report(board, "race", "data-race", "a / b");
    ts_board_report(board, "race", "data-race", "a / c");
    ts_board_report(board, "race", "data-race", longer);
    ts_board_report(board, "race", "data-race", longer);
    cr_assert_eq(board->reports_ready, 3);
    cr_assert(board->reports[0].count == 2 && board->reports[1].count == 1 && board->reports[2].count == 2);
    cr_assert_eq(strlen(board->reports[2].title), sizeof board->reports[2].title - 1);
    ts_board_retitle(board, "x / y");
    cr_assert_str_eq(board->reports[2].title, "x / y");
    cr_assert_str_eq(board->reports[1].title, "a / c");
    free(board);
}

Test(board, too_many_are_counted_as_lost)
{
    struct ts_board *board = calloc(1, sizeof *board);
    for (int i = 0; i < TS_BOARD_REPORTS + 5; i++) {
        char title[16];
        snprintf(title, sizeof title, "%d", i);
        ts_board_report(board, "race", "data-race", title);
    }
    cr_assert(board->reports_ready == TS_BOARD_REPORTS && board->reports_lost == 5);
    for (int i = 0; i < TS_BOARD_VIOLATIONS + 5; i++) {
        ts_board_violation(board, "order", "%d", i);
    }
    cr_assert_eq(board->violations_claimed, TS_BOARD_VIOLATIONS + 5);
    cr_assert_str_eq(board->violations[TS_BOARD_VIOLATIONS - 1].detail, "15");
    free(board);
}

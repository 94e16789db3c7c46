#include "worker/board.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];
static struct ts_board *board;

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
    struct ts_diag diag;
    cr_assert_eq(ts_board_open(path, &board, &diag), TS_MISMATCH, "an empty file");
    cr_assert_eq(ts_board_create(path, &board, NULL), TS_OK);
    board->size++;
    ts_board_unmap(board);
    cr_assert_eq(ts_board_open(path, &board, &diag), TS_MISMATCH, "another size");
    cr_assert_eq(ts_board_open("/nonexistent/board", &board, &diag), TS_NOT_FOUND);
    cr_assert_eq(ts_board_create("/dev/full/board", &board, &diag), TS_IO);
}

static void make_board(void)
{
    board = calloc(1, sizeof *board);
    ts_board_module(board, "/bin/worker");
    ts_board_module(board, "/lib/engine.so");
}

static void free_board(void)
{
    free(board);
}

static void add(struct ts_board_report *report, enum ts_board_role role, uint32_t module, uint64_t offset)
{
    struct ts_board_stack *stack = &report->stacks[report->stack_count++];
    stack->role = role;
    stack->frames[0] = (struct ts_board_frame){.module = module, .offset = offset};
    stack->frames[1] = (struct ts_board_frame){.module = 0, .offset = 0x10};
    stack->frame_count = 2;
}

static struct ts_board_report *begin(const char *kind, const char *description)
{
    struct ts_board_report *report = ts_board_report_begin(board);
    snprintf(report->kind, sizeof report->kind, "%s", kind);
    snprintf(report->description, sizeof report->description, "%s", description);
    return report;
}

/* A race of two accesses in the engine. */
static bool race(uint64_t a, uint64_t b, uint64_t allocation)
{
    struct ts_board_report *report = begin("race", "data-race");
    add(report, TS_BOARD_ACCESS, 1, a);
    add(report, TS_BOARD_ACCESS, 1, b);
    add(report, TS_BOARD_ALLOCATION, 1, allocation);
    return ts_board_report_end(board, report);
}

Test(board, equal_races_are_counted_whatever_their_order_and_memory, .init = make_board, .fini = free_board)
{
    cr_assert(race(1, 2, 9), "new");
    cr_assert_not(race(2, 1, 9), "the other order");
    cr_assert_not(race(1, 2, 8), "another block of memory");
    cr_assert(race(1, 3, 9), "another access");
    cr_assert(race(1, 1, 9) && race(3, 3, 9), "the same access twice");
    cr_assert_eq(board->reports_ready, 4);
    cr_assert(board->reports[0].count == 3 && board->reports[1].count == 1);
    cr_assert(board->reports[0].sequence == 0 && board->reports[1].sequence == 3);
    cr_assert_eq(board->reports_made, 6);
    cr_assert_eq(board->reports[1].stacks[1].frames[0].offset, 3, "an equal one leaves nothing behind");
}

Test(board, kind_description_and_module_tell_reports_apart, .init = make_board, .fini = free_board)
{
    const struct {
        const char *kind, *description;
        uint32_t module;
    } rows[] = {{"race", "data-race", 0},
                {"race", "data-race", 1},
                {"race", "data-race", TS_BOARD_NO_MODULE},
                {"race", "heap-use-after-free", 1},
                {"memory-error", "heap-use-after-free", 1},
                {"memory-errorheap", "-use-after-free", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_board_report *report = begin(rows[i].kind, rows[i].description);
        add(report, TS_BOARD_ACCESS, rows[i].module, 1);
        cr_assert(ts_board_report_end(board, report), "row %zu", i);
    }
}

Test(board, without_an_access_the_locks_and_other_stacks_count, .init = make_board, .fini = free_board)
{
    for (uint64_t i = 0; i < 4; i++) {
        struct ts_board_report *report = begin("deadlock", "lock-order-inversion");
        add(report, TS_BOARD_LOCK, 1, 1);
        add(report, i == 3 ? TS_BOARD_OTHER : TS_BOARD_LOCK, 1, i < 2 ? 2 : 3);
        add(report, TS_BOARD_THREAD, 1, 100 + i);
        cr_assert_eq(ts_board_report_end(board, report), i % 2 == 0, "report %d", (int)i);
    }
    cr_assert_eq(board->reports_ready, 2);
}

/* Two processes meet the same modules in another order. */
Test(board, keys_do_not_depend_on_the_numbers_of_modules, .init = make_board, .fini = free_board)
{
    struct ts_board *other = calloc(1, sizeof *other);
    ts_board_module(other, "/lib/engine.so");
    ts_board_module(other, "/bin/worker");
    struct ts_board_report *a = ts_board_report_begin(board);
    struct ts_board_report *b = ts_board_report_begin(other);
    add(a, TS_BOARD_ACCESS, 1, 7);
    add(b, TS_BOARD_ACCESS, 0, 7);
    b->stacks[0].frames[1].module = 1;
    cr_assert(ts_board_report_end(board, a) && ts_board_report_end(other, b));
    cr_assert_eq(a->key, b->key);
    free(other);
}

Test(board, modules_are_found_again_and_bounded, .init = make_board, .fini = free_board)
{
    char path_of_module[600];
    cr_assert_eq(ts_board_module(board, "/bin/worker"), 0);
    cr_assert_eq(ts_board_module(board, "/lib/engine.so"), 1);
    memset(path_of_module, 'x', sizeof path_of_module - 1);
    path_of_module[sizeof path_of_module - 1] = '\0';
    cr_assert_eq(ts_board_module(board, path_of_module), 2, "cut");
    cr_assert_eq(strlen(board->modules[2]), sizeof board->modules[2] - 1);
    cr_assert_eq(ts_board_module(board, path_of_module), 2, "found by what was kept");
    for (uint32_t i = 3; i < TS_BOARD_MODULES + 3; i++) {
        snprintf(path_of_module, sizeof path_of_module, "%u", i);
        cr_assert_eq(ts_board_module(board, path_of_module), i < TS_BOARD_MODULES ? i : TS_BOARD_NO_MODULE);
    }
    cr_assert_eq(board->module_count, TS_BOARD_MODULES);
}

Test(board, a_full_board_counts_equal_ones_and_losses, .init = make_board, .fini = free_board)
{
    for (uint64_t i = 0; i < TS_BOARD_REPORTS_KEPT + 5; i++) {
        race(i, i, 0);
    }
    cr_assert_not(race(7, 7, 0));
    cr_assert(board->reports_ready == TS_BOARD_REPORTS_KEPT && board->reports_lost == 5);
    cr_assert_eq(board->reports[7].count, 2);
    for (int i = 0; i < TS_BOARD_VIOLATIONS + 5; i++) {
        ts_board_violation(board, "order", "%d", i);
    }
    cr_assert_eq(board->violations_claimed, TS_BOARD_VIOLATIONS + 5);
    cr_assert_str_eq(board->violations[TS_BOARD_VIOLATIONS - 1].detail, "15");
}

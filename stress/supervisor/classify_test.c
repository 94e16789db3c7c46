#include "supervisor/classify.h"
#include "supervisor/words.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    const char *what;
    /* the board */
    enum ts_board_phase phase;
    const char *report_kind, *report_description;
    const char *second_kind;
    const char *crash_class;
    bool violation;
    bool faulted; /* a fault took away what a set-up needs */
    bool silent;  /* no note */
    /* the ending */
    enum ts_ending_cause cause;
    int exit_code, signal;
    const char *words;
    /* what is expected */
    ts_record_outcome outcome;
    enum ts_crash_class class;
    const char *detail; /* a part of it */
};

#define DONE          .phase = TS_BOARD_DONE
#define RUNNING       .phase = TS_BOARD_RUNNING
#define RACE          .report_kind = "race", .report_description = "data-race"
#define OUTCOME(name) .outcome = TS_RECORD_##name
#define CLASS(name)   .class = TS_CRASH_##name

static const struct row rows[] = {
    {"clean end", DONE, OUTCOME(PASS)},
    {"exit 0 too early", RUNNING, OUTCOME(INCONCLUSIVE), .detail = "before its life came to an end"},
    {"race, went on", DONE, RACE, .exit_code = 86, OUTCOME(RACE), .detail = "data-race in a / b"},
    {"race, exit 0", DONE, RACE, OUTCOME(RACE)},
    {"race, then dead", RUNNING, RACE, .signal = SIGSEGV, OUTCOME(RACE), CLASS(SEGMENTATION_VIOLATION),
     .detail = "then segmentation-violation"},
    {"race and memory error", RUNNING, RACE, .second_kind = "memory-error", .exit_code = 87,
     OUTCOME(MEMORY_ERROR)},
    {"memory error", RUNNING, .report_kind = "memory-error", .report_description = "heap-use-after-free",
     .exit_code = 87, OUTCOME(MEMORY_ERROR)},
    {"ASan's SEGV", RUNNING, .report_kind = "memory-error", .report_description = "SEGV", .exit_code = 87,
     OUTCOME(MEMORY_ERROR), CLASS(SEGMENTATION_VIOLATION)},
    {"undefined", RUNNING, .report_kind = "undefined", .exit_code = 87, OUTCOME(MEMORY_ERROR)},
    {"leak", DONE, .report_kind = "leak", .exit_code = 87, OUTCOME(LEAK)},
    {"deadlock", DONE, .report_kind = "deadlock", .exit_code = 86, OUTCOME(DEADLOCK)},
    {"misuse of a mutex", DONE, .report_kind = "mutex-bad-unlock", .exit_code = 86, OUTCOME(RACE)},
    {"TSan's use after free", DONE, .report_kind = "heap-use-after-free", .exit_code = 86,
     OUTCOME(MEMORY_ERROR)},
    {"86 without a report", RUNNING, .exit_code = 86, OUTCOME(INCONCLUSIVE), .detail = "without a report"},
    {"87 without a report, at the end", DONE, .exit_code = 87, OUTCOME(INCONCLUSIVE),
     .detail = "without a report"},
    {"SIGSEGV", RUNNING, .signal = SIGSEGV, OUTCOME(CRASH), CLASS(SEGMENTATION_VIOLATION)},
    {"SIGBUS", RUNNING, .signal = SIGBUS, OUTCOME(CRASH), CLASS(BUS_ERROR)},
    {"SIGABRT", RUNNING, .signal = SIGABRT, OUTCOME(CRASH), CLASS(ABORT)},
    {"SIGILL", RUNNING, .signal = SIGILL, OUTCOME(CRASH), CLASS(ABORT)},
    {"class on the board", RUNNING, .crash_class = "pure-virtual-call", .signal = SIGABRT, OUTCOME(CRASH),
     CLASS(PURE_VIRTUAL)},
    {"class of nobody's", RUNNING, .crash_class = "meteor", .signal = SIGABRT, OUTCOME(CRASH), CLASS(ABORT)},
    {"words", RUNNING, .signal = SIGABRT, .words = "pure virtual method called\n", OUTCOME(CRASH),
     CLASS(PURE_VIRTUAL)},
    {"recursive", RUNNING, .signal = SIGABRT, .words = "terminate called recursively\n", OUTCOME(CRASH),
     CLASS(RECURSIVE_TERMINATE)},
    {"first words win", RUNNING, .signal = SIGABRT,
     .words = "pure virtual method called\nterminate called recursively\n", OUTCOME(CRASH),
     CLASS(PURE_VIRTUAL)},
    {"prev_size", RUNNING, .signal = SIGABRT, .words = "corrupted size vs. prev_size\n", OUTCOME(CRASH),
     CLASS(HEAP_CORRUPTION)},
    {"free()", RUNNING, .signal = SIGABRT, .words = "free(): invalid pointer\n", OUTCOME(CRASH),
     CLASS(HEAP_CORRUPTION)},
    {"tcache", RUNNING, .signal = SIGABRT, .words = "malloc(): unaligned tcache chunk detected\n",
     OUTCOME(CRASH), CLASS(HEAP_CORRUPTION)},
    {"double free", RUNNING, .signal = SIGABRT, .words = "double free or corruption (out)\n", OUTCOME(CRASH),
     CLASS(HEAP_CORRUPTION)},
    {"munmap_chunk", RUNNING, .signal = SIGABRT, .words = "munmap_chunk(): invalid pointer\n", OUTCOME(CRASH),
     CLASS(HEAP_CORRUPTION)},
    {"list", RUNNING, .signal = SIGABRT, .words = "corrupted double-linked list\n", OUTCOME(CRASH),
     CLASS(HEAP_CORRUPTION)},
    {"words of a survivor", DONE, .words = "pure virtual method called\n", OUTCOME(PASS)},
    {"words, but a fault", RUNNING, .signal = SIGSEGV, .words = "free(): invalid pointer\n", OUTCOME(CRASH),
     CLASS(SEGMENTATION_VIOLATION)},
    {"invariant", DONE, .violation = true, OUTCOME(INVARIANT), .detail = "accounting: 1 != 2"},
    {"invariant, then dead", RUNNING, .violation = true, .signal = SIGBUS, OUTCOME(CRASH), CLASS(BUS_ERROR)},
    {"hang", RUNNING, RACE, .cause = TS_ENDED_FOR_HANG, .signal = SIGKILL, OUTCOME(HANG),
     .detail = "stood still"},
    {"killed from outside", RUNNING, .signal = SIGKILL, OUTCOME(INCONCLUSIVE),
     .detail = "killed from outside"},
    {"asked to end", RUNNING, .signal = SIGTERM, OUTCOME(INCONCLUSIVE),
     .detail = "killed from outside (SIGTERM)"},
    {"asked to end, in the midst of words", RUNNING, .signal = SIGINT, .words = "free(): invalid pointer\n",
     OUTCOME(INCONCLUSIVE), .detail = "killed from outside (SIGINT)"},
    {"asked to end after a race", RUNNING, RACE, .signal = SIGTERM, OUTCOME(RACE)},
    {"a broken pipe", RUNNING, .signal = SIGPIPE, OUTCOME(CRASH), CLASS(ABORT)},
    {"interrupted", RUNNING, .cause = TS_ENDED_FOR_INTERRUPT, .signal = SIGKILL, OUTCOME(INCONCLUSIVE),
     .detail = "did not follow"},
    {"refused", .phase = TS_BOARD_REFUSED, .exit_code = 3, OUTCOME(INCONCLUSIVE),
     .detail = "refused: no symbols"},
    {"refused after a fault", .phase = TS_BOARD_REFUSED, .exit_code = 3, .faulted = true, OUTCOME(PASS),
     .detail = "refused: no symbols"},
    {"refused after a fault, without a reason", .phase = TS_BOARD_REFUSED, .exit_code = 3, .faulted = true,
     .silent = true, OUTCOME(INCONCLUSIVE), .detail = "refused: last words"},
    {"refused after a fault, with a leak", .phase = TS_BOARD_REFUSED, .report_kind = "leak", .exit_code = 87,
     .faulted = true, OUTCOME(LEAK)},
    {"usage", .phase = TS_BOARD_EMPTY, .exit_code = 2, OUTCOME(INCONCLUSIVE),
     .detail = "arguments: last words"},
    {"odd exit", RUNNING, .exit_code = 77, OUTCOME(INCONCLUSIVE), .detail = "exit code 77"},
};

static void set_up(const struct row *row, struct ts_snapshot *board)
{
    const char *kinds[] = {row->report_kind, row->second_kind};
    memset(board, 0, sizeof *board);
    board->phase = row->phase;
    snprintf(board->note, sizeof board->note, "%s", row->silent ? "" : "no symbols");
    board->may_refuse = row->faulted;
    snprintf(board->crash_class, sizeof board->crash_class, "%s",
             row->crash_class == NULL ? "" : row->crash_class);
    for (size_t i = 0; i < 2 && kinds[i] != NULL; i++) {
        struct ts_snapshot_report *report = &board->reports[board->report_count++];
        snprintf(report->kind, sizeof report->kind, "%s", kinds[i]);
        snprintf(report->title, sizeof report->title, "a / b");
        if (i == 0 && row->report_description != NULL) {
            snprintf(report->description, sizeof report->description, "%s", row->report_description);
        }
    }
    if (row->violation) {
        board->violation_count = 1;
        snprintf(board->violations[0].name, sizeof board->violations[0].name, "accounting");
        snprintf(board->violations[0].detail, sizeof board->violations[0].detail, "1 != 2");
    }
}

Test(classify, follows_the_table)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct ts_snapshot board;
        struct ts_words words = {0};
        struct ts_verdict verdict;
        set_up(row, &board);
        if (row->words != NULL) {
            ts_words_feed(&words, row->words, strlen(row->words));
        }
        struct ts_ending ending = {row->cause,    row->exit_code, row->signal, words.class,
                                   "stood still", false,          "last words"};
        ts_classify(&board, &ending, &verdict);
        cr_expect_eq(verdict.outcome, row->outcome, "%s: outcome %s", row->what,
                     ts_record_outcome_name(verdict.outcome));
        cr_expect_eq(verdict.class, row->class, "%s: class %d", row->what, verdict.class);
        cr_expect(row->detail == NULL || strstr(verdict.detail, row->detail) != NULL, "%s: detail '%s'",
                  row->what, verdict.detail);
        cr_expect(row->outcome == TS_RECORD_PASS || verdict.detail[0] != '\0', "%s: no detail", row->what);
        bool documented = row->exit_code == 3 && row->faulted && !row->silent;
        cr_expect_eq(verdict.documented, documented, "%s: documented", row->what);
        cr_expect_eq(verdict.refused, row->exit_code == 3 && !documented, "%s: refused", row->what);
        cr_expect_eq(verdict.usage, row->exit_code == 2, "%s: usage", row->what);
        cr_expect_eq(verdict.died, row->phase != TS_BOARD_DONE && !documented, "%s: died", row->what);
    }
}

Test(classify, a_kill_that_the_faults_asked_for_is_no_failure)
{
    static struct ts_snapshot board;
    struct ts_ending ending = {.signal = SIGKILL, .hang_detail = "", .last_line = ""};
    struct ts_verdict verdict;
    board.phase = TS_BOARD_RUNNING;
    board.killed_at = TS_PROBE_QUEUE_PUSH_COMMIT + 1;
    ts_classify(&board, &ending, &verdict);
    cr_assert_eq(verdict.outcome, TS_RECORD_PASS);
    cr_assert(verdict.died && !verdict.refused);
    cr_assert_str_eq(verdict.detail, "killed at queue.push.commit, as its faults say");
    board.report_count = 1;
    snprintf(board.reports[0].kind, sizeof board.reports[0].kind, "race");
    ts_classify(&board, &ending, &verdict);
    cr_assert_eq(verdict.outcome, TS_RECORD_RACE, "what was found before it stays found");
}

Test(words, are_found_across_any_cut)
{
    static const char text[] = "some output before that is longer than a carry, surely so\n"
                               "corrupted size vs. prev_size\nAborted\n";
    for (size_t step = 1; step < sizeof text; step++) {
        struct ts_words words = {0};
        for (size_t at = 0; at < sizeof text - 1; at += step) {
            size_t left = sizeof text - 1 - at;
            ts_words_feed(&words, text + at, left < step ? left : step);
        }
        cr_assert_eq(words.class, TS_CRASH_HEAP_CORRUPTION, "in pieces of %zu", step);
    }
}

/* A dying worker may have scribbled over its board. */
Test(snapshot, survives_a_board_of_garbage)
{
    struct ts_board *board = malloc(sizeof *board);
    struct ts_snapshot *snapshot = malloc(sizeof *snapshot);
    memset(board, 0xc3, sizeof *board);
    ts_snapshot_take(board, snapshot);
    cr_assert_eq(snapshot->report_count, TS_BOARD_REPORTS);
    cr_assert_eq(strlen(snapshot->reports[0].description), sizeof snapshot->reports[0].description - 1);
    cr_assert_eq(snapshot->reports[0].description[0], '?', "only printable ASCII gets through");
    struct ts_board_report *whole = malloc(sizeof *whole);
    ts_snapshot_report_whole(board, TS_BOARD_REPORTS - 1, whole);
    cr_assert_eq(whole->stack_count, TS_BOARD_STACKS);
    cr_assert_eq(whole->stacks[TS_BOARD_STACKS - 1].frame_count, TS_BOARD_FRAMES);
    cr_assert_eq(strlen(whole->stacks[0].thread_name), sizeof whole->stacks[0].thread_name - 1);
    free(whole);
    free(snapshot);
    free(board);
}

Test(classify, only_what_a_set_up_needs_excuses_a_refusal)
{
    static const struct {
        int point;
        bool excuses;
    } cases[] = {
        {TS_PROBE_CALL_DLOPEN, true},          {TS_PROBE_CALL_MEMORY, true},
        {TS_PROBE_CALL_EVENTFD, true},         {TS_PROBE_CALL_WRITE_ENOSPC, true},
        {TS_PROBE_THREAD_START_FAIL, true},    {TS_PROBE_SIGNAL_CREATE_MEMORY, true},
        {TS_PROBE_PLUGIN_LOAD_FAIL, true},     {TS_PROBE_QUEUE_PUSH_FULL, false},
        {TS_PROBE_PIPELINE_OFFER_FULL, false}, {TS_PROBE_CALL_READ_EINTR, false},
        {TS_PROBE_CALL_CLOCK_FORWARD, false},  {TS_PROBE_SENDER_POLL_BUSY, false},
    };
    static struct ts_snapshot snapshot;
    struct ts_board *board = calloc(1, sizeof *board);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        atomic_store_explicit(&board->faults.rest_fired[cases[i].point], 1, memory_order_relaxed);
        ts_snapshot_take(board, &snapshot);
        cr_expect(!snapshot.may_refuse, "%s: a delay took nothing away",
                  ts_fault_points[cases[i].point].name);
        atomic_store_explicit(&board->faults.rest_failed[cases[i].point], 1, memory_order_relaxed);
        ts_snapshot_take(board, &snapshot);
        cr_expect_eq(snapshot.may_refuse, cases[i].excuses, "%s", ts_fault_points[cases[i].point].name);
        memset(board, 0, sizeof *board);
    }
    free(board);
}

#include "base/thread.h"
#include "trader/journal.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static size_t read_back(int descriptor, char *text, size_t size)
{
    ssize_t got = pread(descriptor, text, size - 1, 0);
    cr_assert_geq(got, 0);
    text[got] = '\0';
    return (size_t)got;
}

static int scratch_file(void)
{
    char path[] = "/tmp/ts-journal-XXXXXX";
    int descriptor = mkstemp(path);
    cr_assert_geq(descriptor, 0);
    unlink(path);
    return descriptor;
}

Test(trader_journal, lines_reach_the_file_with_a_flush_and_with_the_close)
{
    struct ts_trader_journal journal;
    char text[256];
    int file = scratch_file();
    cr_assert_eq(ts_trader_journal_open(&journal, file, NULL), TS_OK);
    ts_trader_journal_line(&journal, "one %d", 1);
    cr_assert_eq(read_back(file, text, sizeof text), 0);
    ts_trader_journal_flush(&journal);
    ts_trader_journal_line(&journal, "two");
    ts_trader_journal_close(&journal);
    read_back(file, text, sizeof text);
    cr_assert_str_eq(text, "one 1\ntwo\n");
    close(file);
}

Test(trader_journal, what_does_not_fit_is_counted_and_long_lines_are_cut)
{
    struct ts_trader_journal journal;
    char longer[2 * TS_TRADER_LINE_BYTES];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    cr_assert_eq(ts_trader_journal_open(&journal, -1, NULL), TS_OK);
    for (int i = 0; i < 50; i++) {
        ts_trader_journal_line(&journal, "%s", longer);
    }
    struct ts_trader_journal_counts counts = ts_trader_journal_counts(&journal);
    cr_assert_eq(counts.written, TS_TRADER_JOURNAL_BYTES / TS_TRADER_LINE_BYTES);
    cr_assert_eq(counts.lost, 50 - counts.written);
    ts_trader_journal_flush(&journal);
    ts_trader_journal_line(&journal, "room again");
    cr_assert_eq(ts_trader_journal_counts(&journal).written, counts.written + 1);
    ts_trader_journal_close(&journal);
}

Test(trader_journal, a_file_that_takes_nothing_is_counted)
{
    struct ts_trader_journal journal;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full < 0) {
        cr_skip_test("no /dev/full here");
    }
    cr_assert_eq(ts_trader_journal_open(&journal, full, NULL), TS_OK);
    ts_trader_journal_line(&journal, "lost");
    ts_trader_journal_flush(&journal);
    cr_assert_eq(ts_trader_journal_counts(&journal).failures, 1);
    ts_trader_journal_close(&journal);
    close(full);
}

#define LINES 300

static void write_lines(void *argument)
{
    for (int i = 0; i < LINES; i++) {
        ts_trader_journal_line(argument, "a line of one of two threads");
    }
}

Test(trader_journal, threads_write_whole_lines_while_another_flushes)
{
    struct ts_trader_journal journal;
    struct ts_thread threads[2];
    static char text[1 << 16];
    int file = scratch_file();
    cr_assert_eq(ts_trader_journal_open(&journal, file, NULL), TS_OK);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(ts_thread_start(&threads[i], "writer", write_lines, &journal, NULL), TS_OK);
    }
    for (int i = 0; i < 50; i++) {
        ts_trader_journal_flush(&journal);
    }
    for (int i = 0; i < 2; i++) {
        ts_thread_join(&threads[i]);
    }
    struct ts_trader_journal_counts counts = ts_trader_journal_counts(&journal);
    ts_trader_journal_close(&journal);
    cr_assert_eq(counts.written + counts.lost, 2 * LINES);
    size_t size = read_back(file, text, sizeof text), line = strlen("a line of one of two threads\n");
    cr_assert_eq(size, counts.written * line);
    for (size_t i = 0; i < size; i += line) {
        cr_assert_eq(memcmp(text + i, "a line of one of two threads\n", line), 0);
    }
    close(file);
}

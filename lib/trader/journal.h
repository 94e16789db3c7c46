/*
 * The trader's journal: lines of text, collected in memory and written to a file by whoever can afford to
 * wait for a disk.
 *
 * Threads: line by any thread; flush by one at a time; open and close while nobody else uses it. A line after
 * the close is a use of freed memory: the trader closes it last.
 * Ownership: the buffer is the journal's, the descriptor the caller's.
 * Progress: line copies under a lock that no system call is made with; it never waits for the file. What does
 * not fit until the next flush is counted and lost.
 * Errors: a file that takes nothing is counted; trading does not fail with it.
 * Order: LINES the lock orders lines and flushes.
 */
#ifndef TS_TRADER_JOURNAL_H
#define TS_TRADER_JOURNAL_H

#include "base/err.h"

#include <pthread.h>
#include <stdint.h>

#define TS_TRADER_JOURNAL_BYTES 8192u
#define TS_TRADER_LINE_BYTES    200u

struct ts_trader_journal {
    pthread_mutex_t lock;
    int descriptor; /* -1: none; lines are counted all the same */
    char *lines;    /* two halves: one is filled while the other is written */
    uint32_t half, used;
    uint64_t written, lost; /* lines */
    uint64_t failures;      /* of the file */
};

struct ts_trader_journal_counts {
    uint64_t written, lost, failures;
};

ts_err ts_trader_journal_open(struct ts_trader_journal *journal, int descriptor, struct ts_diag *diag);
/* Flushes and frees. */
void ts_trader_journal_close(struct ts_trader_journal *journal);

/* Longer lines are cut. */
void ts_trader_journal_line(struct ts_trader_journal *journal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ts_trader_journal_flush(struct ts_trader_journal *journal);

struct ts_trader_journal_counts ts_trader_journal_counts(struct ts_trader_journal *journal);

#endif

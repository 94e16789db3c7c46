#include "trader/journal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ts_err ts_trader_journal_open(struct ts_trader_journal *journal, int descriptor, struct ts_diag *diag)
{
    char *lines = malloc((size_t)2 * TS_TRADER_JOURNAL_BYTES);
    if (lines == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "open journal", NULL, "%u bytes", 2 * TS_TRADER_JOURNAL_BYTES);
    }
    *journal = (struct ts_trader_journal){.descriptor = descriptor, .lines = lines};
    pthread_mutex_init(&journal->lock, NULL);
    return TS_OK;
}

void ts_trader_journal_close(struct ts_trader_journal *journal)
{
    ts_trader_journal_flush(journal);
    pthread_mutex_destroy(&journal->lock);
    free(journal->lines);
    journal->lines = NULL;
}

void ts_trader_journal_line(struct ts_trader_journal *journal, const char *format, ...)
{
    char line[TS_TRADER_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    TS_ASSERT(length >= 0);
    uint32_t size = (uint32_t)length < sizeof line - 1 ? (uint32_t)length : (uint32_t)sizeof line - 1;
    line[size++] = '\n';
    pthread_mutex_lock(&journal->lock);
    if (journal->used + size > TS_TRADER_JOURNAL_BYTES) {
        journal->lost++;
    } else {
        memcpy(journal->lines + (size_t)journal->half * TS_TRADER_JOURNAL_BYTES + journal->used, line, size);
        journal->used += size;
        journal->written++;
    }
    pthread_mutex_unlock(&journal->lock);
}

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

void ts_trader_journal_flush(struct ts_trader_journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    const char *full = journal->lines + (size_t)journal->half * TS_TRADER_JOURNAL_BYTES;
    uint32_t size = journal->used;
    journal->half ^= 1;
    journal->used = 0;
    pthread_mutex_unlock(&journal->lock);
    if (size > 0 && journal->descriptor >= 0 && !write_all(journal->descriptor, full, size)) {
        pthread_mutex_lock(&journal->lock);
        journal->failures++;
        pthread_mutex_unlock(&journal->lock);
    }
}

struct ts_trader_journal_counts ts_trader_journal_counts(struct ts_trader_journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    struct ts_trader_journal_counts counts = {journal->written, journal->lost, journal->failures};
    pthread_mutex_unlock(&journal->lock);
    return counts;
}

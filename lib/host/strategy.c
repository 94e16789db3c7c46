#include "host/strategy.h"

#include "base/probe.h"
#include "host/pure_virtual.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void do_nothing(struct ts_strategy *self)
{
    (void)self;
}

static void pure_on_depth(struct ts_strategy *self, const struct wingchun_depth *depth)
{
    (void)self;
    (void)depth;
    ts_pure_virtual_called();
}

static void ignore_ticker(struct ts_strategy *self, const struct wingchun_ticker *ticker)
{
    (void)self;
    (void)ticker;
}

static void ignore_trade(struct ts_strategy *self, const struct wingchun_trade *trade)
{
    (void)self;
    (void)trade;
}

static void pure_on_factor(struct ts_strategy *self, const char *symbol, int64_t timestamp_ns,
                           const double *values, int count)
{
    (void)self;
    (void)symbol;
    (void)timestamp_ns;
    (void)values;
    (void)count;
    ts_pure_virtual_called();
}

const struct ts_strategy_vtable ts_strategy_base_vtable = {
    .pre_start = do_nothing,
    .post_start = do_nothing,
    .on_depth = pure_on_depth,
    .on_ticker = ignore_ticker,
    .on_trade = ignore_trade,
    .on_factor = pure_on_factor,
    .pre_stop = do_nothing,
    .post_stop = do_nothing,
    .destructor = ts_strategy_fini,
};

ts_err ts_strategy_init(struct ts_strategy *self, const struct ts_strategy_vtable *vtable, uint64_t epoch,
                        int journal_file, struct ts_diag *diag)
{
    char *journal = malloc(TS_JOURNAL_SIZE);
    if (journal == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create strategy", NULL, "%d bytes of journal", TS_JOURNAL_SIZE);
    }
    self->vtable = vtable;
    self->epoch = epoch;
    self->joined_ns = 0;
    self->owner = pthread_self();
    self->journal_file = journal_file;
    self->journal = journal;
    self->journal_used = 0;
    return TS_OK;
}

static void flush_journal(struct ts_strategy *self)
{
    if (self->journal_file >= 0 && self->journal_used > 0) {
        ssize_t written = write(self->journal_file, self->journal, self->journal_used);
        (void)written; /* the journal is a courtesy to a reader; a strategy does not fail with it */
    }
    self->journal_used = 0;
}

void ts_strategy_fini(struct ts_strategy *self)
{
    self->vtable = &ts_strategy_base_vtable;
    TS_PROBE_PAUSE(STRATEGY_FINI_BASE);
    flush_journal(self);
    free(self->journal);
    self->journal = NULL;
}

void ts_strategy_log(struct ts_strategy *self, const char *format, ...)
{
    char line[160];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return;
    }
    uint32_t size = (uint32_t)length < sizeof line - 2 ? (uint32_t)length : (uint32_t)sizeof line - 2;
    line[size++] = '\n';
    if (self->journal_used + size > TS_JOURNAL_SIZE) {
        flush_journal(self);
    }
    memcpy(self->journal + self->journal_used, line, size);
    self->journal_used += size;
}

void ts_strategy_destroy(struct ts_strategy *self)
{
    self->vtable->destructor(self);
    free(self);
}

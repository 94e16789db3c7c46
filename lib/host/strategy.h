/*
 * Strategy objects: the base class, with a real table of virtual functions.
 *
 * A derived class embeds struct ts_strategy as its first member, has a constant table of its own, and calls
 * ts_strategy_init from its constructor. Destruction goes as in C++: the derived destructor runs first; then
 * ts_strategy_fini puts the table pointer back to the base's, in which on_depth and on_factor are pure,
 * flushes the journal and releases the base's members. Whoever calls on_factor through the object from then
 * on reaches ts_pure_virtual_called; after the free, memory that is no longer a strategy.
 *
 * Threads: an object belongs to the thread that created it. What else may call it depends on the delivery
 * mode (delivery_mode.h); the object itself does nothing to protect itself. Ownership: ts_strategy_destroy
 * runs the destructor and frees. Units: times in nanoseconds since the Unix epoch.
 */
#ifndef TS_HOST_STRATEGY_H
#define TS_HOST_STRATEGY_H

#include "base/err.h"
#include "wingchun.h"

#include <pthread.h>
#include <stdint.h>

struct ts_strategy;

struct ts_strategy_vtable {
    void (*pre_start)(struct ts_strategy *self);
    void (*post_start)(struct ts_strategy *self);
    void (*on_depth)(struct ts_strategy *self, const struct wingchun_depth *depth);
    void (*on_ticker)(struct ts_strategy *self, const struct wingchun_ticker *ticker);
    void (*on_trade)(struct ts_strategy *self, const struct wingchun_trade *trade);
    void (*on_factor)(struct ts_strategy *self, const char *symbol, int64_t timestamp_ns,
                      const double *values, int count);
    void (*pre_stop)(struct ts_strategy *self);
    void (*post_stop)(struct ts_strategy *self);
    void (*destructor)(struct ts_strategy *self); /* ends with ts_strategy_fini */
};

/* The base's table: on_depth and on_factor are pure, the rest does nothing. Derived tables copy what they
 * keep. */
extern const struct ts_strategy_vtable ts_strategy_base_vtable;

#define TS_JOURNAL_SIZE 4096

struct ts_strategy {
    const struct ts_strategy_vtable *vtable;
    uint64_t epoch;    /* unique in the process: tells this object from a later one at the same address */
    int64_t joined_ns; /* set by the table: no result of an older tick is for this object */
    pthread_t owner;
    int journal_file; /* where the journal is flushed to; -1 for nowhere. Not owned. */
    char *journal;    /* text not flushed yet */
    uint32_t journal_used;
};

/* The base's constructor. On error the object is untouched but for its memory, and must be freed by the
 * caller. */
ts_err ts_strategy_init(struct ts_strategy *self, const struct ts_strategy_vtable *vtable, uint64_t epoch,
                        int journal_file, struct ts_diag *diag);

/* The base's destructor; the last thing a derived destructor calls. */
void ts_strategy_fini(struct ts_strategy *self);

/* Appends a line to the journal, flushed to the file when the buffer is full. */
void ts_strategy_log(struct ts_strategy *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* delete: the virtual destructor, then free. */
void ts_strategy_destroy(struct ts_strategy *self);

#endif

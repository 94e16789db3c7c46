/*
 * The memory wire: an exchange in the process, played from a script, with all that can go wrong on a real
 * one.
 *
 * For tests, and for scenarios in every flavour, explored ones too: no socket, no thread of its own. A source
 * yields the script step by step; each step comes after_ns after the one before, at once for 0 (a burst). The
 * exchange waits while nobody is connected: what a reader misses meanwhile, the script leaves out itself.
 *
 * Threads: as wire.h says; the source is called by whoever services. `ended` by any.
 * Ownership: the source's context is the caller's and outlives the wire; text is copied when it is sent.
 * Units: on the clock of base/clock.h.
 * Order: ENDED: what the source did happens before who sees that the script has ended.
 */
#ifndef TS_TRADER_FEED_MEMORY_WIRE_H
#define TS_TRADER_FEED_MEMORY_WIRE_H

#include "trader/feed/wire.h"

#include <stdbool.h>

enum ts_memory_step_kind {
    TS_MEMORY_FRAME,
    TS_MEMORY_PING,       /* must be answered within pong_ns, or the exchange hangs up */
    TS_MEMORY_DISCONNECT, /* hangs up, and refuses the next `count` attempts */
    TS_MEMORY_MUTE,       /* says no more on this connection, nor hangs up; goes on with the next one */
};

struct ts_memory_step {
    enum ts_memory_step_kind kind;
    int64_t after_ns;
    const char *text; /* frame */
    size_t length;
    uint32_t count; /* disconnect */
};

struct ts_memory_source {
    /* The next step; text is valid until the next call. False at the end. */
    bool (*next)(void *context, struct ts_memory_step *step);
    /* The book as of now, as the exchange would answer; *text is valid until the next call. False: refused.
     */
    bool (*snapshot)(void *context, const char **text, size_t *length);
    void *context;
};

struct ts_memory_options {
    int64_t open_ns;     /* that a connection takes to open, and a snapshot to come */
    int64_t pong_ns;     /* patience with a reader that does not answer a ping */
    uint32_t batch_most; /* steps that one service hands over */
};

struct ts_memory_statistics {
    uint64_t frames; /* said to a reader */
    uint64_t connects, refused, disconnects;
    uint64_t pings, pongs; /* of the exchange's; a ping that nobody answered in time was the end */
    uint64_t muted;        /* connections */
    uint64_t overruns;
};

ts_err ts_memory_wire_create(const struct ts_memory_options *options, const struct ts_memory_source *source,
                             struct ts_wire **wire, struct ts_diag *diag);

/* Whether the source has ended, and all of it was said. */
bool ts_memory_wire_ended(const struct ts_wire *wire);

/* When no feed runs on it. */
struct ts_memory_statistics ts_memory_wire_statistics(const struct ts_wire *wire);

#endif

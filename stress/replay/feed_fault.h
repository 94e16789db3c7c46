/*
 * What a replay server does wrong on purpose, and when: "disconnect:every=5s", "gap:every=1000,count=3".
 *
 * A fault comes every so often, by time ("5s") or by events of the tape ("1000"); each interval is drawn
 * between a half and one and a half of that from the seed. So the same seed makes the same mistakes at the
 * same events; by time, at the same times.
 *
 * Threads: plain data. Errors: TS_INVALID, with what is known.
 */
#ifndef TS_REPLAY_FEED_FAULT_H
#define TS_REPLAY_FEED_FAULT_H

#include "base/err.h"
#include "base/random.h"

#include <stdbool.h>
#include <stdint.h>

#define TS_FEED_FAULTS_MAX 16

enum ts_feed_fault_kind {
    TS_FEED_FAULT_DISCONNECT, /* every reader is cut off, with or without a close frame */
    TS_FEED_FAULT_GAP,        /* `count` events are left out */
    TS_FEED_FAULT_MALFORMED,  /* an event is replaced by something that does not parse */
    TS_FEED_FAULT_SILENCE,    /* nothing more is said to those connected, nor their pings answered */
    TS_FEED_FAULT_SLOW,       /* everything stands still `for` so long, then comes at once */
    TS_FEED_FAULT_REFUSE,     /* cut off, and nobody is let in `for` so long */
    TS_FEED_FAULT_NO_PONG,    /* pings of those connected are answered no more; the stream goes on */
    TS_FEED_FAULT_COUNT
};

extern const char *const ts_feed_fault_names[TS_FEED_FAULT_COUNT];

struct ts_feed_fault {
    enum ts_feed_fault_kind kind;
    int64_t every_ns;      /* 0: by events */
    uint64_t every_events; /* 0: by time */
    int64_t for_ns;
    uint32_t count;
    int64_t due_ns; /* the next one's */
    uint64_t due_event;
    uint64_t fired;
};

ts_err ts_feed_fault_parse(const char *text, struct ts_feed_fault *fault, struct ts_diag *diag);
/* Draws when it comes first, or next. */
void ts_feed_fault_arm(struct ts_feed_fault *fault, struct ts_random *random, int64_t now_ns,
                       uint64_t events);
bool ts_feed_fault_is_due(const struct ts_feed_fault *fault, int64_t now_ns, uint64_t events);

#endif

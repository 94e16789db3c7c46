/*
 * What is odd about a tick beside those that came before it: repeated, late, or with something missing in
 * between.
 *
 * A stream is what one exchange sends of one type for one symbol; IndexPrice, which has neither time nor
 * number, makes none. Times and trade ids are held against the newest of the stream (ts_tick_mark), the
 * content against that of the tick before. An id of 0 or less is none.
 *
 * Threads: a print is made by any thread; the table belongs to whoever holds the caller's lock.
 * Ownership: plain data; zeros are an empty table.
 * Progress: a look at no more than TS_TICK_STREAM_PROBES places; a table that has no room for one more stream
 * says that its ticks are untracked.
 */
#ifndef TS_ENGINE_TICK_STREAM_H
#define TS_ENGINE_TICK_STREAM_H

#include "engine/tick_check.h"

#define TS_TICK_STREAMS       1024 /* a power of two */
#define TS_TICK_STREAM_PROBES 16
#define TS_TICK_ID_JUMP       (INT64_C(1) << 20)

/* What a tick is remembered by; 64-bit hashes stand for what they are made of. */
struct ts_tick_print {
    uint64_t stream;  /* type, symbol and exchange; 0: none */
    uint64_t content; /* all of it but the names */
    int64_t time_ns;
    int64_t id; /* of a trade, else 0 */
};

struct ts_tick_stream {
    uint64_t key; /* 0: free */
    uint64_t content;
    struct ts_tick_mark time, id;
};

struct ts_tick_streams {
    struct ts_tick_stream places[TS_TICK_STREAMS];
};

/* The print of a sound tick. */
struct ts_tick_print ts_tick_print_of(int type, const void *data);

/* Remembers the tick and returns what is odd about it, as suspicions. */
uint32_t ts_tick_streams_note(struct ts_tick_streams *streams, const struct ts_tick_print *print);

#endif

/*
 * An exchange for the memory wire: a seeded, endless-as-asked stream of one symbol with all faults, that
 * knows what it said and what it left out.
 *
 * Diffs, tickers and trades with the ids of spot or of USD-M futures, over a book of ten levels a side whose
 * quantities tell which update set them. Chances are of 1000 a frame. What a disconnect or a gap swallows is
 * counted, so that a reader's books can be balanced: trades made = delivered + left out.
 *
 * Threads: by whoever services the wire; the counts when no feed runs. Ownership: plain data, no memory.
 * The same options say the same.
 */
#ifndef TS_TRADER_FEED_MEMORY_EXCHANGE_H
#define TS_TRADER_FEED_MEMORY_EXCHANGE_H

#include "base/random.h"
#include "trader/feed/memory_wire.h"

#define TS_MEMORY_LEVELS 10

struct ts_memory_exchange_options {
    const char *symbol; /* lower case, up to 15 characters */
    bool futures;
    uint64_t seed;
    uint64_t frames;      /* until it ends */
    uint64_t calm;        /* the last so many are events alone, without a fault */
    int64_t gap_ns;       /* between frames */
    uint32_t burst;       /* chance that the next one comes at once */
    uint32_t disconnect;  /* and up to 20 events are missed */
    uint32_t refuse_most; /* attempts refused after one, at most */
    uint32_t gap;         /* up to 5 events are left out */
    uint32_t malformed;   /* something else is said instead; the event is left out */
    uint32_t bogus; /* a trade of quantity 0 that never was, with an enormous number, is said in between */
    uint32_t ping;
    uint32_t mute;
    uint32_t refuse_snapshot; /* chance of each */
};

struct ts_memory_exchange {
    struct ts_memory_exchange_options options;
    struct ts_random random;
    uint64_t frames;
    int64_t last_id, previous_id;
    int64_t trades_made, trades_left_out;
    uint64_t diffs_left_out, malformed, disconnects, mutes, gaps, bogus;
    double bid_quantity[TS_MEMORY_LEVELS], ask_quantity[TS_MEMORY_LEVELS]; /* best first; never 0 */
    char text[1024], answer[2048];
};

void ts_memory_exchange_init(struct ts_memory_exchange *exchange,
                             const struct ts_memory_exchange_options *options);
struct ts_memory_source ts_memory_exchange_source(struct ts_memory_exchange *exchange);

#endif

/*
 * Recordings of Binance's public streams (`.gz`, one event a line: "<receive time, Unix ns> <JSON>"),
 * converted to a tick file that any number of workers can map.
 *
 * depthUpdate: absolute quantities applied to a price-level book that starts from the REST snapshot in the
 * recording (quantity 0 deletes a level); each applied diff, and the snapshot itself, yields one Depth with
 * the top 10 levels. Diffs that the snapshot already contains are counted as stale (Binance: "How to manage a
 * local order book correctly"); a gap in the sequence numbers is counted, never hidden. bookTicker yields
 * Ticker, trade yields Trade.
 *
 * A snapshot names no symbol, so a recording holds one symbol of one market (USD-M futures or spot), and some
 * event must come before the snapshot. Diffs that waited for it yield their Depth at its receive time,
 * because receive times never go back. A later snapshot replaces the book, unless the book is newer.
 *
 * This part runs in the tool, never in a worker: it links zlib and jansson.
 *
 * Threads: one call at a time on one recording; no shared state.
 * Errors: a line that does not parse is an error that names file and line number, and ends the conversion; a
 * truncated gzip stream is TS_TRUNCATED. The tick file appears by rename, whole or not at
 * all; until then it is "<tick_path>.partial-<pid>", which no error leaves behind. A recording without a
 * line, or one that yields no tick, is TS_MALFORMED.
 */
#ifndef TS_TAPE_RECORDING_H
#define TS_TAPE_RECORDING_H

#include "base/err.h"
#include "tape/source.h"

#include <stdint.h>

struct ts_recording_counts {
    uint64_t lines;
    uint64_t depth_diffs; /* depthUpdate lines */
    uint64_t book_tickers;
    uint64_t trades;
    uint64_t snapshots;
    uint64_t depth_stale;   /* diffs that the snapshot already holds, or that no snapshot followed */
    uint64_t depth_applied; /* diffs that changed the book: depth_diffs = depth_stale + depth_applied */
    uint64_t sequence_gaps;
    uint64_t crossed_books; /* Depth ticks whose best bid is not below the best ask */
    int64_t first_receive_ns;
    int64_t last_receive_ns;
    struct ts_tick_counts ticks; /* what the tick file holds */
};

/* Progress of a long conversion: compressed bytes read of total; may be NULL. */
typedef void (*ts_recording_progress)(uint64_t read_bytes, uint64_t total_bytes, void *user_data);

/*
 * Reads the recording and writes the tick file. tick_path may be NULL: then it only reads, checks and counts.
 * *counts is set on error too: what was counted until then.
 */
ts_err ts_recording_convert(const char *recording_path, const char *tick_path,
                            struct ts_recording_counts *counts, ts_recording_progress progress,
                            void *user_data, struct ts_diag *diag);

#endif

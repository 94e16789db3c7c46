/*
 * Where a diff of the book stands: held already, next, or behind a gap. Binance, "How to manage a local order
 * book correctly", for spot and for USD-M futures.
 *
 * Ids of spot are dense: a diff covers exactly U..u, the next one begins at u + 1 or before. Ids of futures
 * skip, so a diff says which one it follows: it covers what lies above pu, up to u. A snapshot may stand in
 * the midst of the diff that comes next, of either market.
 *
 * Threads: belongs to whom the book belongs to. Ownership: plain data.
 */
#ifndef TS_MARKET_SEQUENCE_H
#define TS_MARKET_SEQUENCE_H

#include "market/message.h"

#include <stdbool.h>
#include <stdint.h>

struct ts_sequence {
    int64_t last_id; /* the last update that the book holds */
    bool fresh;      /* no diff was applied since the snapshot */
};

enum ts_sequence_place { TS_SEQUENCE_NEXT, TS_SEQUENCE_STALE, TS_SEQUENCE_GAP };

/* The book now holds this snapshot. */
void ts_sequence_begin(struct ts_sequence *sequence, int64_t snapshot_id);

enum ts_sequence_place ts_sequence_place(const struct ts_sequence *sequence, const struct ts_message *diff);

/* The book now holds this diff. */
void ts_sequence_advance(struct ts_sequence *sequence, const struct ts_message *diff);

#endif

/*
 * The ledger: one position at a time, the trades it came from, and what they earned.
 *
 * A position that is open cannot be opened, one that is closed cannot be closed: the second attempt changes
 * nothing and says so. Whoever closes looks at nothing before; the ledger's answer is the look.
 *
 * Threads: none of its own; the trader calls it under one lock. Pure: the same calls give the same numbers.
 * Ownership: the list of trades is the caller's memory; trades beyond its room are made and counted, not
 * listed.
 * Units: prices in the quote currency, quantity in the base currency, profit in the quote currency.
 */
#ifndef TS_TRADER_LEDGER_H
#define TS_TRADER_LEDGER_H

#include "base/err.h"
#include "trader/feed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ts_close_reason {
    TS_CLOSE_SIGNAL, /* the strategy's */
    TS_CLOSE_ERROR,  /* the strategy failed */
    TS_CLOSE_BLIND,  /* too many ticks in a row without a price */
    TS_CLOSE_FEED,   /* the feed gave up */
    TS_CLOSE_STOP,
    TS_CLOSE_REASON_COUNT
};

const char *ts_close_reason_name(enum ts_close_reason reason);

struct ts_trade {
    uint64_t number;   /* from 1 */
    uint64_t sequence; /* of the tick whose price it has */
    double price;
    bool buys; /* opens; else it closes */
    enum ts_close_reason reason;
    double profit; /* of the position it closes, fees of both trades taken off */
};

struct ts_ledger {
    double quantity;
    double fee_rate; /* of the turnover of each trade */
    bool open;
    double entry_price, entry_fee;
    uint64_t opened, closed;
    uint64_t closed_for[TS_CLOSE_REASON_COUNT];
    double realised;
    uint64_t digest; /* of all trades: equal for equal ones */
    struct ts_trade *trades;
    size_t room, listed;
};

/* trades may be NULL with room 0. */
void ts_ledger_init(struct ts_ledger *ledger, double quantity, double fee_rate, struct ts_trade *trades,
                    size_t room);
/* TS_FULL when a position is open. */
ts_err ts_ledger_open(struct ts_ledger *ledger, double price, uint64_t sequence);
/* TS_EMPTY when none is. */
ts_err ts_ledger_close(struct ts_ledger *ledger, double price, uint64_t sequence,
                       enum ts_close_reason reason);
/* What closing at this price would earn before the fee for it; 0 without a position. */
double ts_ledger_unrealised(const struct ts_ledger *ledger, double price);

#endif

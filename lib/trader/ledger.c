#include "trader/ledger.h"

#include "base/random.h"

#include <string.h>

const char *ts_close_reason_name(enum ts_close_reason reason)
{
    static const char *const names[TS_CLOSE_REASON_COUNT] = {
        [TS_CLOSE_SIGNAL] = "signal", [TS_CLOSE_ERROR] = "error", [TS_CLOSE_BLIND] = "blind",
        [TS_CLOSE_FEED] = "feed",     [TS_CLOSE_STOP] = "stop",
    };
    return (unsigned)reason < TS_CLOSE_REASON_COUNT ? names[reason] : "unknown";
}

void ts_ledger_init(struct ts_ledger *ledger, double quantity, double fee_rate, struct ts_trade *trades,
                    size_t room)
{
    *ledger = (struct ts_ledger){.quantity = quantity, .fee_rate = fee_rate, .trades = trades, .room = room};
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void enter(struct ts_ledger *ledger, const struct ts_trade *trade)
{
    uint64_t digest = ts_seed_mix(ledger->digest, bits_of(trade->price));
    digest = ts_seed_mix(digest, trade->sequence);
    ledger->digest = ts_seed_mix(digest, (uint64_t)trade->reason << 1 | trade->buys);
    if (ledger->listed < ledger->room) {
        ledger->trades[ledger->listed++] = *trade;
    }
}

ts_err ts_ledger_open(struct ts_ledger *ledger, double price, uint64_t sequence)
{
    if (ledger->open) {
        return TS_FULL;
    }
    ledger->open = true;
    ledger->opened++;
    ledger->entry_price = price;
    ledger->entry_fee = price * ledger->quantity * ledger->fee_rate;
    enter(ledger,
          &(struct ts_trade){
              .number = ledger->opened + ledger->closed, .sequence = sequence, .price = price, .buys = true});
    return TS_OK;
}

ts_err ts_ledger_close(struct ts_ledger *ledger, double price, uint64_t sequence, enum ts_close_reason reason)
{
    if (!ledger->open) {
        return TS_EMPTY;
    }
    double profit =
        ts_ledger_unrealised(ledger, price) - ledger->entry_fee - price * ledger->quantity * ledger->fee_rate;
    ledger->open = false;
    ledger->closed++;
    ledger->closed_for[reason]++;
    ledger->realised += profit;
    enter(ledger, &(struct ts_trade){.number = ledger->opened + ledger->closed,
                                     .sequence = sequence,
                                     .price = price,
                                     .reason = reason,
                                     .profit = profit});
    return TS_OK;
}

double ts_ledger_unrealised(const struct ts_ledger *ledger, double price)
{
    return ledger->open ? (price - ledger->entry_price) * ledger->quantity : 0.0;
}

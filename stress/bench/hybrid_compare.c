#include "bench/hybrid_compare.h"

/* Equal prices and profits are equal bits here: neither can be -0 or no number. */
static bool is_same(const struct ts_trade *one, const struct ts_trade *other)
{
    return one->number == other->number && one->sequence == other->sequence && one->price == other->price &&
           one->buys == other->buys && one->reason == other->reason && one->profit == other->profit;
}

bool ts_hybrid_same_trades(const struct ts_hybrid_run *one, const struct ts_hybrid_run *other, size_t *number)
{
    size_t same = 0;
    while (same < one->trade_count && same < other->trade_count &&
           is_same(&one->trades[same], &other->trades[same])) {
        same++;
    }
    *number = same + 1;
    return same == one->trade_count && same == other->trade_count;
}

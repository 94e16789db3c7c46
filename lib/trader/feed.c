#include "trader/feed.h"

const char *ts_feed_state_name(enum ts_feed_state state)
{
    static const char *const names[TS_FEED_STATE_COUNT] = {
        [TS_FEED_CONNECTING] = "connecting", [TS_FEED_LIVE] = "live",
        [TS_FEED_STALE] = "stale",           [TS_FEED_DOWN] = "down",
        [TS_FEED_FAILED] = "failed",         [TS_FEED_ENDED] = "ended",
    };
    return (unsigned)state < TS_FEED_STATE_COUNT ? names[state] : "unknown";
}

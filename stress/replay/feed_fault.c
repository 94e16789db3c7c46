#include "replay/feed_fault.h"

#include "base/clock.h"
#include "supervisor/duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ts_feed_fault_names[TS_FEED_FAULT_COUNT] = {
    "disconnect", "gap", "malformed", "silence", "slow", "refuse", "no-pong",
};

static bool parse_number(const char *text, uint64_t *value)
{
    uint64_t number = 0;
    if (!ts_parse_seed(text, &number) || number == 0 || number > UINT32_MAX) {
        return false;
    }
    *value = number;
    return true;
}

static bool set_member(struct ts_feed_fault *fault, const char *key, const char *value)
{
    int64_t time_ms = 0;
    uint64_t number = 0;
    if (strcmp(key, "every") == 0) {
        fault->every_ns = ts_parse_duration(value, &time_ms) ? time_ms * TS_NS_PER_MS : 0;
        fault->every_events = 0;
        return fault->every_ns > 0 || parse_number(value, &fault->every_events);
    }
    if (strcmp(key, "for") == 0 && ts_parse_duration(value, &time_ms)) {
        fault->for_ns = time_ms * TS_NS_PER_MS;
        return true;
    }
    if (strcmp(key, "count") == 0 && parse_number(value, &number)) {
        fault->count = (uint32_t)number;
        return true;
    }
    return false;
}

ts_err ts_feed_fault_parse(const char *text, struct ts_feed_fault *fault, struct ts_diag *diag)
{
    struct ts_feed_fault made = {
        .kind = TS_FEED_FAULT_COUNT, .every_ns = 5 * TS_NS_PER_S, .for_ns = TS_NS_PER_S, .count = 1};
    char copy[128], *rest = copy;
    snprintf(copy, sizeof copy, "%s", text);
    if (strlen(text) >= sizeof copy) {
        return ts_fail(diag, TS_INVALID, "read fault", text, "it is longer than any fault");
    }
    const char *name = strsep(&rest, ":");
    for (int i = 0; i < TS_FEED_FAULT_COUNT; i++) {
        if (strcmp(name, ts_feed_fault_names[i]) == 0) {
            made.kind = (enum ts_feed_fault_kind)i;
        }
    }
    if (made.kind == TS_FEED_FAULT_COUNT) {
        return ts_fail(diag, TS_INVALID, "read fault", text,
                       "one of disconnect, gap, malformed, silence, slow, refuse, no-pong comes first");
    }
    for (char *member; (member = strsep(&rest, ",")) != NULL;) {
        const char *key = strsep(&member, "=");
        if (member == NULL || !set_member(&made, key, member)) {
            return ts_fail(diag, TS_INVALID, "read fault", text,
                           "\"%s\" is none of every=5s, every=1000 (events), for=500ms, count=3", key);
        }
    }
    *fault = made;
    return TS_OK;
}

void ts_feed_fault_arm(struct ts_feed_fault *fault, struct ts_random *random, int64_t now_ns, uint64_t events)
{
    double share = 0.5 + ts_random_unit(random);
    fault->due_ns = now_ns + (int64_t)((double)fault->every_ns * share);
    fault->due_event = events + 1 + (uint64_t)((double)fault->every_events * share);
}

bool ts_feed_fault_is_due(const struct ts_feed_fault *fault, int64_t now_ns, uint64_t events)
{
    return fault->every_ns > 0 ? now_ns >= fault->due_ns : events >= fault->due_event;
}

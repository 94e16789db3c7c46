/*
 * Fuzz target: what an exchange sends to a feed (ts_message_parse, ts_session_event).
 *
 * Input: a byte for the market, then lines, each with a letter that says what it is:
 *   f  a frame of the stream      s  an answer to a snapshot request
 *   o  the connection opens       c  it closes, with what follows as the reason
 *   h  a sign of life             n  no snapshot
 *   t  time goes on, by what follows in ms (its bytes, added up), and the timer is called
 *   v  the wire's inbox is full
 * Held against it: the parser for flat messages makes of a message what the one for all makes of it; what is
 * refused is told; every action of the session fits its state, deliveries come from an open connection only
 * and carry finite numbers; the counts balance; no diff is in the book that did not follow.
 */
#include "base/clock.h"
#include "market/message_inside.h"
#include "trader/feed/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct {
    struct ts_session *session;
    uint32_t connection;
    bool open;
    int64_t now_ns;
    uint64_t ticks[TS_SESSION_TICK_COUNT];
} run;

/* From a block of exactly that length, where a read past its end is seen. */
static char *block_of(const uint8_t *bytes, size_t size)
{
    char *block = malloc(size > 0 ? size : 1);
    TS_ASSERT(block != NULL);
    memcpy(block, bytes, size);
    return block;
}

static bool same(const struct ts_message *one, const struct ts_message *other)
{
    return one->kind == other->kind && one->receive_ns == other->receive_ns &&
           one->event_ns == other->event_ns && one->futures == other->futures &&
           memcmp(one->symbol, other->symbol, sizeof one->symbol) == 0 &&
           (one->kind == TS_MESSAGE_TICKER ? memcmp(&one->ticker, &other->ticker, sizeof one->ticker) == 0
                                           : memcmp(&one->trade, &other->trade, sizeof one->trade) == 0);
}

static void compare_parsers(const char *text, size_t length)
{
    struct ts_message flat = {0}, any = {0};
    struct ts_diag diag = {0};
    bool taken = ts_message_parse_flat(&flat, 7, text, length);
    ts_err error = ts_message_parse_any(&any, 7, text, length, "fuzz", &diag);
    TS_ASSERT(diag.code == error && (error == TS_OK || (diag.text[0] != '\0' && diag.subject[0] != '\0')));
    if (taken) {
        TS_ASSERT(error == TS_OK && same(&flat, &any));
    }
    ts_message_fini(&any);
}

static void check_tick(const struct ts_session_tick *tick)
{
    TS_ASSERT(run.open);
    TS_ASSERT(isfinite(tick->bid_price) && isfinite(tick->ask_price) && isfinite(tick->price));
    TS_ASSERT(isfinite(tick->bid_quantity) && isfinite(tick->ask_quantity) && isfinite(tick->quantity));
    run.ticks[tick->kind]++;
}

static void take_actions(void)
{
    struct ts_session_action action;
    while (ts_session_next(run.session, &action)) {
        switch (action.kind) {
        case TS_SESSION_CONNECT:
            TS_ASSERT(action.connection == run.connection + 1);
            run.connection = action.connection;
            run.open = false;
            break;
        case TS_SESSION_CLOSE:
            run.open = false;
            break;
        case TS_SESSION_PING:
        case TS_SESSION_ASK_SNAPSHOT:
            TS_ASSERT(run.open && action.connection == run.connection);
            break;
        case TS_SESSION_TICK:
            check_tick(&action.as.tick);
            break;
        case TS_SESSION_STATE:
            TS_ASSERT(action.as.state != TS_SESSION_LIVE || run.open);
            break;
        }
    }
}

static void check_counts(void)
{
    const struct ts_session_counts *counts = ts_session_counts(run.session);
    uint64_t ended = 0;
    for (int i = 0; i < TS_SESSION_END_COUNT; i++) {
        ended += counts->ended[i];
    }
    TS_ASSERT(counts->attempts == ended || counts->attempts == ended + 1);
    TS_ASSERT(counts->opened <= counts->attempts && counts->lost <= counts->opened);
    TS_ASSERT(counts->diffs_applied + counts->diffs_stale + counts->diffs_dropped <= counts->diffs);
    TS_ASSERT(counts->snapshots_used <= counts->snapshots_asked);
    TS_ASSERT(memcmp(counts->ticks, run.ticks, sizeof run.ticks) == 0);
    TS_ASSERT(counts->malformed + counts->diffs + counts->ticks[TS_SESSION_TICKER] +
                  counts->ticks[TS_SESSION_TRADE] + counts->trades_repeated + counts->trades_astray ==
              counts->frames);
}

static void say(enum ts_wire_event_kind kind, const char *text, size_t length)
{
    struct ts_wire_event event = {
        .kind = kind, .connection = run.connection, .time_ns = run.now_ns, .text = text, .length = length};
    enum ts_session_state before = ts_session_state(run.session);
    if (kind == TS_WIRE_OPENED && before == TS_SESSION_CONNECTING) {
        run.open = true;
    } else if (kind == TS_WIRE_CLOSED) {
        run.open = false;
    }
    ts_session_event(run.session, &event, run.now_ns);
}

static void do_line(const uint8_t *bytes, size_t size)
{
    char *text = block_of(bytes + 1, size - 1);
    size_t length = size - 1;
    int64_t ms = 0;
    switch (bytes[0]) {
    case 'f':
        compare_parsers(text, length);
        say(TS_WIRE_FRAME, text, length);
        break;
    case 's':
        say(TS_WIRE_SNAPSHOT, text, length);
        break;
    case 'o':
        say(TS_WIRE_OPENED, NULL, 0);
        break;
    case 'c':
        say(TS_WIRE_CLOSED, text, length);
        break;
    case 'h':
        say(TS_WIRE_HEARD, NULL, 0);
        break;
    case 'n':
        say(TS_WIRE_SNAPSHOT_FAILED, text, length);
        break;
    case 'v':
        say(TS_WIRE_OVERRUN, text, length);
        break;
    case 't':
        for (size_t i = 0; i < length; i++) {
            ms += (unsigned char)text[i];
        }
        run.now_ns += ms * TS_NS_PER_MS;
        ts_session_timer(run.session, run.now_ns);
        break;
    default:
        break;
    }
    take_actions();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ts_diag diag;
    memset(&run, 0, sizeof run);
    run.now_ns = TS_NS_PER_S;
    struct ts_session_options options = ts_session_defaults("btcusdt", size > 0 && bytes[0] == 'u');
    options.waiting_most = 8;
    ts_err error = ts_session_create(&options, &run.session, &diag);
    TS_ASSERT(error == TS_OK);
    ts_session_start(run.session, run.now_ns);
    take_actions();
    for (size_t at = size > 0 ? 1 : 0; at < size;) {
        const uint8_t *newline = memchr(bytes + at, '\n', size - at);
        size_t length = newline != NULL ? (size_t)(newline - bytes) - at : size - at;
        if (length > 0) {
            do_line(bytes + at, length);
        }
        at += length + 1;
    }
    check_counts();
    ts_session_stop(run.session, run.now_ns);
    take_actions();
    TS_ASSERT(ts_session_state(run.session) == TS_SESSION_STOPPED ||
              ts_session_state(run.session) == TS_SESSION_FAILED);
    check_counts();
    ts_session_destroy(run.session);
    return 0;
}

#include "trader/feed/session.h"

#include "base/clock.h"
#include "trader/feed/session_inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[TS_SESSION_STATE_COUNT] = {
    [TS_SESSION_IDLE] = "idle",       [TS_SESSION_CONNECTING] = "connecting",
    [TS_SESSION_SYNCING] = "syncing", [TS_SESSION_LIVE] = "live",
    [TS_SESSION_WAITING] = "waiting", [TS_SESSION_FAILED] = "failed",
    [TS_SESSION_STOPPED] = "stopped",
};

static const char *const end_names[TS_SESSION_END_COUNT] = {
    [TS_SESSION_END_PEER] = "peer",       [TS_SESSION_END_SILENCE] = "silence",
    [TS_SESSION_END_TIMEOUT] = "timeout", [TS_SESSION_END_MALFORMED] = "malformed",
    [TS_SESSION_END_OVERRUN] = "overrun", [TS_SESSION_END_MEMORY] = "memory",
    [TS_SESSION_END_STOPPED] = "stopped",
};

const char *ts_session_state_name(enum ts_session_state state)
{
    return (unsigned)state < TS_SESSION_STATE_COUNT ? state_names[state] : "unknown";
}

const char *ts_session_end_name(enum ts_session_end end)
{
    return (unsigned)end < TS_SESSION_END_COUNT ? end_names[end] : "unknown";
}

struct ts_session_options ts_session_defaults(const char *symbol, bool futures)
{
    return (struct ts_session_options){
        .symbol = symbol,
        .futures = futures,
        .depth = true,
        .tickers = true,
        .trades = true,
        .connect_ns = 5 * TS_NS_PER_S,
        .ping_ns = 5 * TS_NS_PER_S,
        .silence_ns = 15 * TS_NS_PER_S,
        .snapshot_ns = 2 * TS_NS_PER_S,
        .backoff_first_ns = 100 * TS_NS_PER_MS,
        .backoff_most_ns = 30 * TS_NS_PER_S,
        .stable_ns = 30 * TS_NS_PER_S,
        .lag_ns = TS_NS_PER_S,
        .waiting_most = 1024,
        .changes_most = 1u << 20,
        .levels_most = 1u << 16,
        .malformed_most = 16,
        .seed = 1,
    };
}

static ts_err check_options(const struct ts_session_options *options, struct ts_diag *diag)
{
    static const char operation[] = "create session";
    size_t length = options->symbol != NULL ? strlen(options->symbol) : 0;
    if (length == 0 || length > WINGCHUN_SYMBOL_SIZE) {
        return ts_fail(diag, TS_INVALID, operation, options->symbol, "a symbol has 1 to %d characters",
                       WINGCHUN_SYMBOL_SIZE);
    }
    for (size_t i = 0; i < length; i++) {
        if (!islower((unsigned char)options->symbol[i]) && !isdigit((unsigned char)options->symbol[i]) &&
            options->symbol[i] != '_') {
            return ts_fail(diag, TS_INVALID, operation, options->symbol,
                           "a symbol is made of a-z, 0-9 and '_'");
        }
    }
    if (!options->depth && !options->tickers && !options->trades && !options->aggregate_trades) {
        return ts_fail(diag, TS_INVALID, operation, options->symbol, "no stream is asked for");
    }
    if (options->trades && options->aggregate_trades) {
        return ts_fail(diag, TS_INVALID, operation, options->symbol,
                       "trades single and aggregated: every price would come twice");
    }
    if (options->connect_ns <= 0 || options->ping_ns <= 0 || options->snapshot_ns <= 0 ||
        options->silence_ns <= options->ping_ns || options->backoff_first_ns <= 0 ||
        options->backoff_most_ns < options->backoff_first_ns || options->stable_ns < 0 ||
        options->lag_ns <= 0 || options->waiting_most == 0 || options->malformed_most == 0 ||
        options->changes_most == 0 || options->levels_most == 0) {
        return ts_fail(diag, TS_INVALID, operation, options->symbol,
                       "a time or a number is not above 0, silence not above ping, or the last back-off "
                       "below the first");
    }
    return TS_OK;
}

static void write_paths(struct ts_session *session)
{
    const struct ts_session_options *options = &session->options;
    const struct {
        bool wanted;
        const char *stream;
    } streams[] = {
        {options->depth, "depth@100ms"},
        {options->tickers, "bookTicker"},
        {options->trades, "trade"},
        {options->aggregate_trades, "aggTrade"},
    };
    char upper[sizeof session->symbol] = "";
    int used = snprintf(session->path, sizeof session->path, "/stream?streams=");
    const char *separator = "";
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        if (streams[i].wanted) {
            used += snprintf(session->path + used, sizeof session->path - (size_t)used, "%s%s@%s", separator,
                             session->symbol, streams[i].stream);
            separator = "/";
        }
    }
    for (size_t i = 0; session->symbol[i] != '\0'; i++) {
        upper[i] = (char)toupper((unsigned char)session->symbol[i]);
    }
    snprintf(session->snapshot_path, sizeof session->snapshot_path, "%s?symbol=%s&limit=1000",
             options->futures ? "/fapi/v1/depth" : "/api/v3/depth", upper);
}

ts_err ts_session_create(const struct ts_session_options *options, struct ts_session **session,
                         struct ts_diag *diag)
{
    ts_err err = check_options(options, diag);
    if (err != TS_OK) {
        return err;
    }
    struct ts_session *made = calloc(1, sizeof *made);
    struct ts_message *waiting = calloc(options->waiting_most, sizeof *waiting);
    if (made == NULL || waiting == NULL) {
        free(made);
        free(waiting);
        return ts_fail(diag, TS_NO_MEMORY, "create session", options->symbol, "room for %u diffs",
                       options->waiting_most);
    }
    made->options = *options;
    snprintf(made->symbol, sizeof made->symbol, "%s", options->symbol);
    made->options.symbol = made->symbol;
    made->random.state = options->seed;
    made->waiting = waiting;
    made->live_ns = TS_SESSION_NEVER;
    ts_session_clear_timers(made);
    ts_book_init(&made->book);
    write_paths(made);
    *session = made;
    return TS_OK;
}

void ts_session_destroy(struct ts_session *session)
{
    if (session == NULL) {
        return;
    }
    for (uint32_t i = 0; i < session->options.waiting_most; i++) {
        ts_message_fini(&session->waiting[i]);
    }
    free(session->waiting);
    ts_message_fini(&session->message);
    ts_book_fini(&session->book);
    free(session);
}

const char *ts_session_path(const struct ts_session *session)
{
    return session->path;
}

const char *ts_session_snapshot_path(const struct ts_session *session)
{
    return session->snapshot_path;
}

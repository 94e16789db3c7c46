/* For tests of the session: a case is a script, at this time that happens, and these actions come out. */
#ifndef TS_TRADER_FEED_SESSION_SCRIPT_H
#define TS_TRADER_FEED_SESSION_SCRIPT_H

#include "base/clock.h"
#include "trader/feed/session.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum input {
    START,
    OPENED,
    DIFF,   /* a: U, b: u, c: pu (futures) */
    TICKER, /* a: its age, ms */
    TRADE,  /* a: its number */
    HEARD,
    SNAPSHOT, /* a: its id */
    NO_SNAPSHOT,
    CLOSED,
    OVERRUN,
    GARBAGE,
    FOREIGN, /* an event of another symbol */
    OLD,     /* a frame of the connection before */
    TIMER,
    STOP,
};

struct step {
    int64_t at_ms;
    enum input input;
    int64_t a, b, c;
    const char *expect; /* NULL: whatever */
};

static struct ts_session *session;
static bool futures;
static uint32_t connection;
static char done[512];

static struct ts_session_options options_of(void)
{
    struct ts_session_options options = ts_session_defaults("btcusdt", futures);
    options.connect_ns = 1000 * TS_NS_PER_MS;
    options.ping_ns = 2000 * TS_NS_PER_MS;
    options.silence_ns = 5000 * TS_NS_PER_MS;
    options.snapshot_ns = 500 * TS_NS_PER_MS;
    options.backoff_first_ns = 100 * TS_NS_PER_MS;
    options.backoff_most_ns = 800 * TS_NS_PER_MS;
    options.stable_ns = 10000 * TS_NS_PER_MS;
    options.lag_ns = 200 * TS_NS_PER_MS;
    options.waiting_most = 4;
    options.malformed_most = 3;
    options.seed = 5;
    return options;
}

static void begin(struct ts_session_options options)
{
    struct ts_diag diag;
    connection = 0;
    cr_assert_eq(ts_session_create(&options, &session, &diag), TS_OK, "%s", diag.text);
}

static void note(const char *word, const char *name)
{
    size_t used = strlen(done);
    snprintf(done + used, sizeof done - used, "%s%s%s", used > 0 ? " " : "", word, name);
}

static void take_actions(void)
{
    static const char *const ticks[] = {"depth", "ticker", "trade"};
    struct ts_session_action action;
    done[0] = '\0';
    while (ts_session_next(session, &action)) {
        switch (action.kind) {
        case TS_SESSION_CONNECT:
            cr_assert_eq(action.connection, connection + 1);
            connection = action.connection;
            note("connect", "");
            break;
        case TS_SESSION_CLOSE:
            note("close:", ts_session_end_name(action.as.end));
            break;
        case TS_SESSION_PING:
            note("ping", "");
            break;
        case TS_SESSION_ASK_SNAPSHOT:
            note("ask", "");
            break;
        case TS_SESSION_TICK:
            note(ticks[action.as.tick.kind], action.as.tick.after_gap ? "!" : "");
            break;
        case TS_SESSION_STATE:
            note("=", ts_session_state_name(action.as.state));
            break;
        }
    }
}

static int diff_text(char *text, size_t size, const struct step *step)
{
    char previous[32] = "";
    if (futures) {
        snprintf(previous, sizeof previous, "\"pu\":%" PRId64 ",", step->c);
    }
    return snprintf(text, size,
                    "{\"stream\":\"btcusdt@depth@100ms\",\"data\":{\"E\":%" PRId64 ",\"s\":\"BTCUSDT\","
                    "\"U\":%" PRId64 ",\"u\":%" PRId64 ",%s\"b\":[[\"100\",\"%" PRId64 "\"]],\"a\":[]}}",
                    step->at_ms, step->a, step->b, previous, step->b);
}

static void send(const struct step *step, enum ts_wire_event_kind kind)
{
    char text[512] = "why";
    int length = 3;
    int64_t age_ms = 0;
    struct ts_wire_event event = {.kind = kind, .connection = connection - (step->input == OLD)};
    if (step->input == DIFF) {
        length = diff_text(text, sizeof text, step);
    } else if (step->input == TICKER || step->input == FOREIGN || step->input == OLD) {
        age_ms = step->a;
        length =
            snprintf(text, sizeof text,
                     "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"s\":\"%s\",\"b\":\"100\",\"B\":\"1\","
                     "\"a\":\"101\",\"A\":\"2\"}}",
                     step->input == FOREIGN ? "ETHUSDT" : "BTCUSDT");
    } else if (step->input == TRADE) {
        length = snprintf(text, sizeof text,
                          "{\"stream\":\"btcusdt@trade\",\"data\":{\"s\":\"BTCUSDT\",\"t\":%" PRId64 ","
                          "\"p\":\"100.5\",\"q\":\"1\",\"T\":9,\"m\":true}}",
                          step->a);
    } else if (step->input == SNAPSHOT) {
        length = snprintf(
            text, sizeof text,
            "{\"lastUpdateId\":%" PRId64 ",\"bids\":[[\"99\",\"1\"]],\"asks\":[[\"101\",\"1\"]]}", step->a);
    }
    event.time_ns = (step->at_ms - age_ms) * TS_NS_PER_MS;
    event.text = text;
    event.length = (size_t)length;
    ts_session_event(session, &event, step->at_ms * TS_NS_PER_MS);
}

static void run_step(const struct step *step)
{
    static const enum ts_wire_event_kind kinds[] = {
        [OPENED] = TS_WIRE_OPENED,
        [DIFF] = TS_WIRE_FRAME,
        [TICKER] = TS_WIRE_FRAME,
        [TRADE] = TS_WIRE_FRAME,
        [HEARD] = TS_WIRE_HEARD,
        [SNAPSHOT] = TS_WIRE_SNAPSHOT,
        [NO_SNAPSHOT] = TS_WIRE_SNAPSHOT_FAILED,
        [CLOSED] = TS_WIRE_CLOSED,
        [OVERRUN] = TS_WIRE_OVERRUN,
        [GARBAGE] = TS_WIRE_FRAME,
        [FOREIGN] = TS_WIRE_FRAME,
        [OLD] = TS_WIRE_FRAME,
    };
    int64_t now_ns = step->at_ms * TS_NS_PER_MS;
    if (step->input == START) {
        ts_session_start(session, now_ns);
    } else if (step->input == TIMER) {
        ts_session_timer(session, now_ns);
    } else if (step->input == STOP) {
        ts_session_stop(session, now_ns);
    } else {
        send(step, kinds[step->input]);
    }
    take_actions();
}

static void run(const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run_step(&steps[i]);
        if (steps[i].expect != NULL) {
            cr_assert_str_eq(done, steps[i].expect, "step %zu at %" PRId64 " ms: \"%s\", not \"%s\"", i,
                             steps[i].at_ms, done, steps[i].expect);
        }
    }
}

#define RUN(...)                                                                                             \
    do {                                                                                                     \
        static const struct step steps_[] = {__VA_ARGS__};                                                   \
        run(steps_, sizeof steps_ / sizeof *steps_);                                                         \
    } while (0)

#define COUNT(name) (ts_session_counts(session)->name)

/* To a live session whose book holds update 105. */
static void go_live(void)
{
    RUN({0, START, 0, 0, 0, "=connecting connect"}, {10, OPENED, 0, 0, 0, "=syncing"},
        {20, DIFF, 95, 99, 94, "ask"}, {30, DIFF, 100, 105, 99, ""},
        {40, SNAPSHOT, 102, 0, 0, "=live depth"});
}

static void fini(void)
{
    ts_session_destroy(session);
}

#endif

#include "trader/feed/session.h"

#include "trader/feed/session_inside.h"

#include <string.h>

#define BACKOFF_DOUBLINGS 20u

static void put_off(int64_t *due_ns, int64_t by_ns)
{
    if (*due_ns != TS_SESSION_NEVER) {
        *due_ns -= by_ns;
    }
}

/* A clock that goes back takes all times along: what was due in a second still is. */
static void set_now(struct ts_session *session, int64_t now_ns)
{
    int64_t back_ns = session->now_ns - now_ns;
    if (back_ns > 0) {
        put_off(&session->connect_due_ns, back_ns);
        put_off(&session->ping_due_ns, back_ns);
        put_off(&session->snapshot_due_ns, back_ns);
        put_off(&session->retry_due_ns, back_ns);
        put_off(&session->live_ns, back_ns);
        session->heard_ns -= back_ns;
        session->snapshot_ns -= back_ns;
    }
    session->now_ns = now_ns;
}

void ts_session_clear_timers(struct ts_session *session)
{
    session->connect_due_ns = TS_SESSION_NEVER;
    session->ping_due_ns = TS_SESSION_NEVER;
    session->retry_due_ns = TS_SESSION_NEVER;
    session->snapshot_due_ns = TS_SESSION_NEVER;
}

struct ts_session_action *ts_session_act(struct ts_session *session, enum ts_session_action_kind kind)
{
    TS_ASSERT(session->action_tail - session->action_head < TS_SESSION_ACTIONS);
    struct ts_session_action *action = &session->actions[session->action_tail++ % TS_SESSION_ACTIONS];
    action->kind = kind;
    action->connection = session->connection;
    return action;
}

bool ts_session_next(struct ts_session *session, struct ts_session_action *action)
{
    if (session->action_head == session->action_tail) {
        return false;
    }
    *action = session->actions[session->action_head++ % TS_SESSION_ACTIONS];
    return true;
}

void ts_session_complain(struct ts_session *session, const char *what, const char *text, size_t length)
{
    int shown = length < 160 ? (int)length : 160;
    ts_fail(&session->diag, TS_IO, what, session->symbol, "%.*s", shown, text != NULL ? text : "");
}

/* What is old already is not live, whatever the book says. */
static void show(struct ts_session *session)
{
    enum ts_session_state shown = session->state;
    if (shown == TS_SESSION_LIVE && session->lagging) {
        shown = TS_SESSION_SYNCING;
    }
    if (shown != session->shown) {
        session->shown = shown;
        session->counts.times_live += shown == TS_SESSION_LIVE;
        session->counts.times_syncing += shown == TS_SESSION_SYNCING;
        ts_session_act(session, TS_SESSION_STATE)->as.state = shown;
    }
}

void ts_session_enter(struct ts_session *session, enum ts_session_state state, int64_t now_ns)
{
    session->state = state;
    if (state == TS_SESSION_LIVE) {
        session->live_ns = now_ns;
    }
    show(session);
}

static void connect_now(struct ts_session *session, int64_t now_ns)
{
    session->connection++;
    session->counts.attempts++;
    session->retry_due_ns = TS_SESSION_NEVER;
    session->connect_due_ns = now_ns + session->options.connect_ns;
    ts_session_enter(session, TS_SESSION_CONNECTING, now_ns);
    ts_session_act(session, TS_SESSION_CONNECT);
}

/* Half of the delay is certain, the other half is drawn: those that were cut off together do not come back
 * together. */
static int64_t draw_backoff(struct ts_session *session)
{
    uint32_t doublings = session->attempts < BACKOFF_DOUBLINGS ? session->attempts : BACKOFF_DOUBLINGS;
    int64_t most_ns = session->options.backoff_most_ns;
    int64_t delay_ns = session->options.backoff_first_ns;
    for (uint32_t i = 0; i < doublings && delay_ns < most_ns; i++) {
        delay_ns = delay_ns <= most_ns / 2 ? 2 * delay_ns : most_ns;
    }
    uint64_t half_ns = (uint64_t)delay_ns / 2;
    return delay_ns - (int64_t)half_ns + (int64_t)ts_random_below(&session->random, half_ns + 1);
}

/* The connection, or the attempt at one, is over. */
static void end_connection(struct ts_session *session, enum ts_session_end end, int64_t now_ns)
{
    bool stable =
        session->live_ns != TS_SESSION_NEVER && now_ns - session->live_ns >= session->options.stable_ns;
    session->counts.ended[end]++;
    session->counts.lost += session->connected && end != TS_SESSION_END_STOPPED;
    session->connected = false;
    session->lagging = false;
    session->live_ns = TS_SESSION_NEVER;
    session->malformed_row = 0;
    session->trade_follows = false;
    ts_trade_numbers_connect(&session->numbers);
    session->unasked = false;
    ts_session_clear_timers(session);
    ts_session_book_reset(session);
    if (end == TS_SESSION_END_STOPPED) {
        ts_session_enter(session, TS_SESSION_STOPPED, now_ns);
        return;
    }
    session->attempts = stable ? 0 : session->attempts;
    int64_t delay_ns = draw_backoff(session);
    session->attempts++;
    if (session->options.attempts_most > 0 && session->attempts >= session->options.attempts_most) {
        ts_session_enter(session, TS_SESSION_FAILED, now_ns);
        return;
    }
    session->retry_due_ns = now_ns + delay_ns;
    ts_session_enter(session, TS_SESSION_WAITING, now_ns);
}

void ts_session_give_up(struct ts_session *session, enum ts_session_end end, int64_t now_ns)
{
    ts_session_act(session, TS_SESSION_CLOSE)->as.end = end;
    end_connection(session, end, now_ns);
}

void ts_session_start(struct ts_session *session, int64_t now_ns)
{
    set_now(session, now_ns);
    if (session->state == TS_SESSION_IDLE) {
        connect_now(session, now_ns);
    }
}

void ts_session_stop(struct ts_session *session, int64_t now_ns)
{
    set_now(session, now_ns);
    switch (session->state) {
    case TS_SESSION_CONNECTING:
    case TS_SESSION_SYNCING:
    case TS_SESSION_LIVE:
        ts_session_give_up(session, TS_SESSION_END_STOPPED, now_ns);
        break;
    case TS_SESSION_FAILED:
    case TS_SESSION_STOPPED:
        break;
    default:
        ts_session_clear_timers(session);
        ts_session_enter(session, TS_SESSION_STOPPED, now_ns);
        break;
    }
}

/* By when the wire heard it, which may be long ago if a callback was slow. */
static void alive(struct ts_session *session, int64_t heard_ns)
{
    session->heard_ns = heard_ns > session->heard_ns ? heard_ns : session->heard_ns;
    session->ping_due_ns = session->heard_ns + session->options.ping_ns;
}

void ts_session_heard(struct ts_session *session, int64_t heard_ns)
{
    if (session->connected) {
        alive(session, heard_ns);
    }
}

static void opened(struct ts_session *session, int64_t heard_ns, int64_t now_ns)
{
    session->counts.opened++;
    session->connected = true;
    session->connect_due_ns = TS_SESSION_NEVER;
    session->heard_ns = heard_ns;
    alive(session, heard_ns);
    /* A snapshot is asked for with the first diff, for one taken before it would be too old; in a quiet
     * market, where it would not, without one. */
    if (session->options.depth) {
        session->unasked = true;
        session->snapshot_due_ns = now_ns + session->options.snapshot_ns;
    }
    ts_session_enter(session, session->options.depth ? TS_SESSION_SYNCING : TS_SESSION_LIVE, now_ns);
}

static void note_lag(struct ts_session *session, int64_t lag_ns)
{
    struct ts_session_counts *counts = &session->counts;
    bool late = lag_ns > session->options.lag_ns;
    counts->late += late;
    counts->lag_most_ns = lag_ns > counts->lag_most_ns ? lag_ns : counts->lag_most_ns;
    /* Caught up well, so that the state does not flicker about the bound. */
    session->lagging = late || (session->lagging && lag_ns > session->options.lag_ns / 2);
    show(session);
}

static void deliver_ticker(struct ts_session *session, int64_t receive_ns)
{
    const struct wingchun_ticker *ticker = &session->message.ticker;
    ts_session_act(session, TS_SESSION_TICK)->as.tick = (struct ts_session_tick){
        .kind = TS_SESSION_TICKER,
        .receive_ns = receive_ns,
        .event_ns = session->message.event_ns,
        .bid_price = ticker->bid_price,
        .bid_quantity = ticker->bid_volume,
        .ask_price = ticker->ask_price,
        .ask_quantity = ticker->ask_volume,
    };
    session->counts.ticks[TS_SESSION_TICKER]++;
}

static void deliver_trade(struct ts_session *session, int64_t receive_ns)
{
    const struct wingchun_trade *trade = &session->message.trade;
    struct ts_session_counts *counts = &session->counts;
    int64_t missing;
    enum ts_trade_place place = ts_trade_numbers_take(&session->numbers, trade->trade_id, &missing);
    if (place == TS_TRADE_REPEATED || place == TS_TRADE_ASTRAY) {
        counts->trades_repeated += place == TS_TRADE_REPEATED;
        counts->trades_astray += place == TS_TRADE_ASTRAY;
        return;
    }
    counts->trades_lost += (uint64_t)missing; /* less than nothing takes back what was counted before */
    ts_session_act(session, TS_SESSION_TICK)->as.tick = (struct ts_session_tick){
        .kind = TS_SESSION_TRADE,
        .receive_ns = receive_ns,
        .event_ns = trade->trade_time_ns,
        .price = trade->price,
        .quantity = trade->volume,
        .trade_id = trade->trade_id,
        .seller = trade->side == WINGCHUN_SELL,
        .after_gap = !session->trade_follows || place == TS_TRADE_AFTER_GAP,
        .missing = missing,
    };
    session->trade_follows = true;
    counts->ticks[TS_SESSION_TRADE]++;
}

/* Parsed, and an event of this session's symbol and market. */
static ts_err parse(struct ts_session *session, const struct ts_wire_event *event)
{
    struct ts_message *message = &session->message;
    struct ts_diag *diag = &session->diag;
    ts_err err = ts_message_parse(message, 0, event->text, event->length, session->symbol, diag);
    if (err != TS_OK) {
        return err;
    }
    if (message->kind == TS_MESSAGE_SNAPSHOT) {
        return ts_fail(diag, TS_MALFORMED, "take frame", session->symbol, "a snapshot in the stream");
    }
    if (strncmp(message->symbol, session->symbol, sizeof message->symbol) != 0) {
        return ts_fail(diag, TS_MALFORMED, "take frame", session->symbol, "an event of %.32s",
                       message->symbol);
    }
    /* A diff of the other market would be held against the wrong rule. */
    if (message->kind == TS_MESSAGE_DIFF && message->futures != session->options.futures) {
        return ts_fail(diag, TS_MALFORMED, "take frame", session->symbol, "a diff of %s",
                       message->futures ? "futures" : "spot");
    }
    return TS_OK;
}

static void take_frame(struct ts_session *session, const struct ts_wire_event *event, int64_t now_ns)
{
    session->counts.frames++;
    session->counts.bytes += event->length;
    ts_err err = parse(session, event);
    if (err == TS_NO_MEMORY) {
        ts_session_give_up(session, TS_SESSION_END_MEMORY, now_ns);
        return;
    }
    if (err != TS_OK) {
        session->counts.malformed++;
        if (++session->malformed_row >= session->options.malformed_most) {
            ts_session_give_up(session, TS_SESSION_END_MALFORMED, now_ns);
        }
        return;
    }
    session->malformed_row = 0;
    switch (session->message.kind) {
    case TS_MESSAGE_TICKER:
        deliver_ticker(session, event->time_ns);
        break;
    case TS_MESSAGE_TRADE:
        deliver_trade(session, event->time_ns);
        break;
    default:
        if (session->options.depth) {
            ts_session_take_diff(session, event->time_ns, now_ns);
        }
        break;
    }
}

void ts_session_event(struct ts_session *session, const struct ts_wire_event *event, int64_t now_ns)
{
    set_now(session, now_ns);
    bool opening = session->state == TS_SESSION_CONNECTING;
    if (event->connection != session->connection || (!opening && !session->connected)) {
        session->counts.frames_dropped += event->kind == TS_WIRE_FRAME;
        return; /* said by a connection that is over */
    }
    switch (event->kind) {
    case TS_WIRE_CLOSED:
        ts_session_complain(session, "connection closed", event->text, event->length);
        end_connection(session, TS_SESSION_END_PEER, now_ns);
        return;
    case TS_WIRE_OVERRUN:
        ts_session_complain(session, "connection given up", event->text, event->length);
        ts_session_give_up(session, TS_SESSION_END_OVERRUN, now_ns);
        return;
    case TS_WIRE_OPENED:
        if (opening) {
            opened(session, event->time_ns, now_ns);
        }
        return;
    default:
        break;
    }
    if (opening) {
        return; /* a wire that speaks before it is open is not believed */
    }
    alive(session, event->time_ns);
    session->counts.heard += event->kind == TS_WIRE_HEARD;
    note_lag(session, now_ns - event->time_ns);
    if (event->kind == TS_WIRE_FRAME) {
        take_frame(session, event, now_ns);
    } else if (event->kind == TS_WIRE_SNAPSHOT) {
        ts_session_take_snapshot(session, event, now_ns);
    } else if (event->kind == TS_WIRE_SNAPSHOT_FAILED) {
        ts_session_complain(session, "no snapshot", event->text, event->length);
        ts_session_snapshot_failed(session);
    }
}

void ts_session_timer(struct ts_session *session, int64_t now_ns)
{
    set_now(session, now_ns);
    if (now_ns >= session->retry_due_ns) {
        connect_now(session, now_ns);
    } else if (now_ns >= session->connect_due_ns) {
        ts_session_give_up(session, TS_SESSION_END_TIMEOUT, now_ns);
    } else if (session->connected && now_ns - session->heard_ns >= session->options.silence_ns) {
        ts_session_give_up(session, TS_SESSION_END_SILENCE, now_ns);
    } else if (session->connected) {
        if (now_ns >= session->ping_due_ns) {
            session->counts.pings++;
            session->ping_due_ns = now_ns + session->options.ping_ns;
            ts_session_act(session, TS_SESSION_PING);
        }
        ts_session_snapshot_timer(session, now_ns);
    }
}

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

int64_t ts_session_due_ns(const struct ts_session *session)
{
    int64_t due_ns = earlier(session->retry_due_ns, session->connect_due_ns);
    if (session->connected) {
        due_ns = earlier(due_ns, session->heard_ns + session->options.silence_ns);
        due_ns = earlier(due_ns, earlier(session->ping_due_ns, session->snapshot_due_ns));
    }
    return due_ns;
}

enum ts_session_state ts_session_state(const struct ts_session *session)
{
    return session->shown;
}

const struct ts_session_counts *ts_session_counts(const struct ts_session *session)
{
    return &session->counts;
}

const char *ts_session_complaint(const struct ts_session *session)
{
    return session->diag.text;
}

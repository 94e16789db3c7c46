#include "trader/feed/session_inside.h"

#include <string.h>

#define STALE_MOST   32  /* diffs after a snapshot that are in it already: seconds of them */
#define CHANGES_KEPT 512 /* room for so many stays with a place among those that wait */

/* One large diff must not leave its memory in each place that it passes. */
static void vacate(struct ts_session *session, struct ts_message *place)
{
    session->waiting_changes -= place->change_count;
    if (place->change_capacity > CHANGES_KEPT) {
        ts_message_fini(place);
    }
}

static void vacate_all(struct ts_session *session)
{
    for (uint32_t i = 0; i < session->waiting_count; i++) {
        vacate(session, &session->waiting[i]);
    }
    session->waiting_count = 0;
}

void ts_session_book_reset(struct ts_session *session)
{
    ts_book_clear(&session->book);
    session->counts.diffs_dropped += session->waiting_count;
    vacate_all(session);
    session->asked = false;
    session->snapshot_due_ns = TS_SESSION_NEVER;
}

static void deliver_top(struct ts_session *session, int64_t receive_ns, int64_t event_ns)
{
    struct wingchun_depth depth;
    struct ts_session_action *action = ts_session_act(session, TS_SESSION_TICK);
    ts_book_top(&session->book, &depth);
    action->as.tick = (struct ts_session_tick){
        .kind = TS_SESSION_DEPTH,
        .receive_ns = receive_ns,
        .event_ns = event_ns,
        .bid_price = depth.bid_price[0],
        .bid_quantity = depth.bid_volume[0],
        .ask_price = depth.ask_price[0],
        .ask_quantity = depth.ask_volume[0],
    };
    session->counts.ticks[TS_SESSION_DEPTH]++;
}

static void ask(struct ts_session *session, int64_t now_ns)
{
    ts_session_act(session, TS_SESSION_ASK_SNAPSHOT);
    session->counts.snapshots_asked++;
    session->unasked = false;
    session->asked = true;
    session->snapshot_due_ns = now_ns + session->options.snapshot_ns;
}

static bool is_overgrown(const struct ts_session *session)
{
    const struct ts_book_side *sides = session->book.sides;
    return sides[TS_BOOK_BID].count > session->options.levels_most ||
           sides[TS_BOOK_ASK].count > session->options.levels_most;
}

/* False: the connection is over. Levels are never left out to save memory, or the book would be wrong. */
static bool change(struct ts_session *session, const struct ts_message *message, int64_t now_ns)
{
    if (ts_book_apply(&session->book, message->changes, message->change_count) == TS_OK &&
        !is_overgrown(session)) {
        return true;
    }
    ts_session_give_up(session, TS_SESSION_END_MEMORY, now_ns);
    return false;
}

/* Binance says to leave out what the book holds already. But a connection keeps its order: after the first
 * diff that followed the snapshot none is old, nor is a snapshot that far ahead of the stream, in diffs and
 * in time. Else one number was bogus, and the book would wait for it for ever. */
static bool is_contradiction(struct ts_session *session, const struct ts_message *diff, int64_t receive_ns)
{
    if (!session->sequence.fresh) {
        return diff->last_id < session->sequence.last_id;
    }
    session->stale_row++;
    return session->stale_row > STALE_MOST &&
           receive_ns - session->snapshot_ns >= session->options.snapshot_ns;
}

/* The message takes the memory of a place that was used before, so that none is allocated in the long run. */
static void keep(struct ts_session *session)
{
    size_t changes = session->message.change_count;
    uint32_t count = session->waiting_count;
    bool back = count > 0 && session->message.last_id < session->waiting[count - 1].last_id;
    if (count == session->options.waiting_most || back ||
        (count > 0 && session->waiting_changes + changes > session->options.changes_most)) {
        /* Too many for a snapshot to come, or one with a bogus number: it begins again with this diff. */
        session->counts.diffs_dropped += session->waiting_count;
        vacate_all(session);
    }
    session->waiting_changes += changes;
    struct ts_message *place = &session->waiting[session->waiting_count++];
    struct ts_message spare = *place;
    *place = session->message;
    session->message = spare;
}

/* Drops the first `count` of those that wait. */
static void drop_first(struct ts_session *session, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        vacate(session, &session->waiting[i]);
    }
    for (uint32_t i = count; i < session->waiting_count; i++) {
        struct ts_message spare = session->waiting[i - count];
        session->waiting[i - count] = session->waiting[i];
        session->waiting[i] = spare;
    }
    session->waiting_count -= count;
}

void ts_session_take_diff(struct ts_session *session, int64_t receive_ns, int64_t now_ns)
{
    const struct ts_message *diff = &session->message;
    session->counts.diffs++;
    if (session->state == TS_SESSION_LIVE) {
        switch (ts_sequence_place(&session->sequence, diff)) {
        case TS_SEQUENCE_STALE:
            if (!is_contradiction(session, diff, receive_ns)) {
                session->counts.diffs_stale++;
                return;
            }
            break;
        case TS_SEQUENCE_NEXT:
            session->counts.diffs_applied++;
            ts_sequence_advance(&session->sequence, diff);
            if (change(session, diff, now_ns)) {
                deliver_top(session, receive_ns, diff->event_ns);
            }
            return;
        case TS_SEQUENCE_GAP:
            break;
        }
        session->counts.gaps++;
        ts_session_enter(session, TS_SESSION_SYNCING, now_ns);
    }
    keep(session);
    if (session->unasked || (!session->asked && session->snapshot_due_ns == TS_SESSION_NEVER)) {
        ask(session, now_ns);
    }
}

/* Applies those that wait, up to the first gap. Returns how many are done with. */
static uint32_t apply_waiting(struct ts_session *session, int64_t now_ns, bool *gap)
{
    uint32_t done = 0;
    *gap = false;
    for (; done < session->waiting_count; done++) {
        const struct ts_message *diff = &session->waiting[done];
        enum ts_sequence_place place = ts_sequence_place(&session->sequence, diff);
        if (place == TS_SEQUENCE_GAP) {
            *gap = true;
            break;
        }
        session->counts.diffs_stale += place == TS_SEQUENCE_STALE;
        if (place == TS_SEQUENCE_NEXT) {
            session->counts.diffs_applied++;
            ts_sequence_advance(&session->sequence, diff);
            if (!change(session, diff, now_ns)) {
                break;
            }
        }
    }
    return done;
}

void ts_session_take_snapshot(struct ts_session *session, const struct ts_wire_event *event, int64_t now_ns)
{
    if (!session->asked) {
        return; /* one that was given up */
    }
    struct ts_message snapshot = {0};
    ts_err err = ts_message_parse(&snapshot, 0, event->text, event->length, session->symbol, &session->diag);
    if (err == TS_OK && snapshot.kind != TS_MESSAGE_SNAPSHOT) {
        err = ts_fail(&session->diag, TS_MALFORMED, "take snapshot", session->symbol, "it is an event");
    }
    if (err != TS_OK) {
        ts_message_fini(&snapshot);
        ts_session_snapshot_failed(session);
        return;
    }
    bool gap = false;
    ts_book_clear(&session->book);
    ts_sequence_begin(&session->sequence, snapshot.last_id);
    session->snapshot_ns = event->time_ns;
    session->stale_row = 0;
    int64_t event_ns = snapshot.event_ns;
    bool kept = change(session, &snapshot, now_ns);
    ts_message_fini(&snapshot);
    if (!kept) {
        return;
    }
    uint32_t waited = session->waiting_count;
    uint32_t done = apply_waiting(session, now_ns, &gap);
    if (!session->connected) {
        return; /* out of memory, and the connection with it */
    }
    if (gap) {
        /* Older than the first diff, or there is a hole among those that wait. */
        session->counts.snapshots_old++;
        drop_first(session, done);
        session->asked = false; /* and again when the timer is due */
        return;
    }
    if (waited > 0) {
        event_ns = session->waiting[waited - 1].event_ns > event_ns ? session->waiting[waited - 1].event_ns
                                                                    : event_ns;
    }
    vacate_all(session);
    session->asked = false;
    session->snapshot_due_ns = TS_SESSION_NEVER;
    session->counts.snapshots_used++;
    ts_session_enter(session, TS_SESSION_LIVE, now_ns);
    deliver_top(session, event->time_ns, event_ns);
}

void ts_session_snapshot_failed(struct ts_session *session)
{
    if (session->asked) {
        session->counts.snapshots_refused++;
        session->asked = false; /* and again when the timer is due: never sooner than snapshot_ns after it */
    }
}

void ts_session_snapshot_timer(struct ts_session *session, int64_t now_ns)
{
    if (now_ns < session->snapshot_due_ns) {
        return;
    }
    session->counts.snapshots_refused += session->asked; /* no answer in time */
    session->snapshot_due_ns = TS_SESSION_NEVER;
    ask(session, now_ns);
}

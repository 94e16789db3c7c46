/* Inside of the session: what its files share (session.c: connection and time, session_book.c: the book,
 * session_setup.c: options).
 * Not for users of session.h; rules of threads and ownership are told there. */
#ifndef TS_TRADER_FEED_SESSION_INSIDE_H
#define TS_TRADER_FEED_SESSION_INSIDE_H

#include "base/random.h"
#include "market/book.h"
#include "market/message.h"
#include "market/sequence.h"
#include "market/trade_numbers.h"
#include "trader/feed/session.h"

#define TS_SESSION_ACTIONS 16 /* more than any one call leaves */
#define TS_SESSION_NEVER   INT64_MAX

struct ts_session {
    struct ts_session_options options;
    char symbol[WINGCHUN_SYMBOL_SIZE + 1];
    char path[256];
    char snapshot_path[96];
    struct ts_random random;
    enum ts_session_state state;
    enum ts_session_state shown; /* what the last STATE action said */
    struct ts_session_counts counts;
    struct ts_diag diag;
    uint32_t connection; /* of the latest CONNECT */
    bool connected;      /* that one has opened and is not over */
    bool lagging;
    uint32_t attempts; /* since the last stable connection */
    struct ts_trade_numbers numbers;
    bool trade_follows;     /* a trade of this connection was delivered */
    uint32_t malformed_row; /* frames in a row */
    int64_t now_ns;         /* at the latest call */
    int64_t heard_ns;       /* the latest sign of life */
    int64_t live_ns;        /* since when it is live, or NEVER */
    int64_t connect_due_ns; /* the four timers; NEVER when not set */
    int64_t ping_due_ns;
    int64_t snapshot_due_ns;
    int64_t retry_due_ns;
    bool unasked; /* connected, and no snapshot asked for yet */
    bool asked;   /* a snapshot, and neither it nor its failure has come */
    struct ts_message message;
    struct ts_book book;
    struct ts_sequence sequence;
    int64_t snapshot_ns;        /* when the one that the book began with came */
    uint32_t stale_row;         /* diffs that it holds, since then */
    struct ts_message *waiting; /* diffs for a snapshot, in order */
    uint32_t waiting_count;
    size_t waiting_changes; /* in all of them */
    struct ts_session_action actions[TS_SESSION_ACTIONS];
    uint32_t action_head, action_tail;
};

/* session.c, for session_book.c */
struct ts_session_action *ts_session_act(struct ts_session *session, enum ts_session_action_kind kind);
void ts_session_enter(struct ts_session *session, enum ts_session_state state, int64_t now_ns);
void ts_session_give_up(struct ts_session *session, enum ts_session_end end, int64_t now_ns);
void ts_session_clear_timers(struct ts_session *session);
void ts_session_complain(struct ts_session *session, const char *what, const char *text, size_t length);

/* session_book.c */
void ts_session_book_reset(struct ts_session *session); /* nothing of the connection stays */
/* Moves the message's diff where it belongs: into the book, or among those that wait. */
void ts_session_take_diff(struct ts_session *session, int64_t receive_ns, int64_t now_ns);
void ts_session_take_snapshot(struct ts_session *session, const struct ts_wire_event *event, int64_t now_ns);
void ts_session_snapshot_failed(struct ts_session *session);
void ts_session_snapshot_timer(struct ts_session *session, int64_t now_ns);

#endif

/* Inside of the replay server: server.c has the tape, its pace and the faults; reader.c what is said to one
 * reader, and snapshots. Not for users of server.h. */
#ifndef TS_REPLAY_SERVER_INSIDE_H
#define TS_REPLAY_SERVER_INSIDE_H

#include "replay/server.h"

#include <libwebsockets.h>

/* One for all readers that still have to be sent it. */
struct ts_server_message {
    uint32_t holders;
    size_t length;
    unsigned char bytes[]; /* LWS_PRE, then the text */
};

/* The library's memory for one connection: a reader, or a request for a snapshot. */
struct ts_reader {
    struct ts_reader *next;
    struct lws *wsi;
    struct ts_server *server;
    bool is_stream;
    unsigned wants; /* bit by enum ts_replay_stream */
    struct ts_server_message **queue;
    uint32_t head, tail; /* of room_messages places */
    bool mute;           /* nothing is said to it any more */
    bool ping, awaits_pong;
    int64_t ping_due_ns, pong_due_ns;
    int close_status; /* 0: not to be closed */
    const char *close_why;
    unsigned chatter; /* messages that it sent */
    char *answer;     /* LWS_PRE, then the snapshot */
    size_t answer_length;
};

struct ts_server {
    struct ts_server_options options;
    struct ts_exchange *exchange;
    struct lws_context *context;
    struct lws_vhost *vhost;
    lws_sorted_usec_list_t alarm;
    struct ts_server_counts counts;
    struct ts_random random;
    struct ts_reader *readers;
    struct ts_replay_event event; /* the next one */
    bool pending;
    bool running; /* the tape has begun, or has begun again */
    int64_t start_ns, start_receive_ns;
    int64_t stalled_until_ns, refused_until_ns;
    uint64_t events; /* so far */
    uint32_t leave_out;
    bool garble;
};

/* reader.c */
int ts_reader_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);
struct ts_server_message *ts_server_message_make(const char *text, size_t length);
void ts_server_message_release(struct ts_server_message *message);
uint32_t ts_reader_queued(const struct ts_reader *reader);
void ts_reader_send(struct ts_reader *reader, struct ts_server_message *message);
/* status 0: without a word */
void ts_reader_close(struct ts_reader *reader, int status, const char *why);
void ts_reader_mute(struct ts_reader *reader);

#endif

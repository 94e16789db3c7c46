/*
 * The replay server: an exchange (exchange.h) as Binance's combined streams on 127.0.0.1, for any number of
 * readers, with faults on request (feed_fault.h).
 *
 *   ws://127.0.0.1:PORT/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade
 *   http://127.0.0.1:PORT/api/v3/depth?symbol=BTCUSDT&limit=1000      (/fapi/v1/depth for USD-M)
 *
 * The tape begins with the first reader. At a speed it goes on whoever listens, as an exchange does: who
 * comes back has missed something. Flat out it goes as fast as the slowest reader takes it, and waits while
 * nobody does. A reader that leaves room_messages untaken is cut off, and so is one that does not answer
 * pings or talks: there is nothing to say.
 *
 * Threads: one, the caller's. Ownership: the exchange is the caller's. Units: as named.
 * Errors: run returns when asked to stop, at the end of the tape (exit_at_end), or with the tape's error.
 */
#ifndef TS_REPLAY_SERVER_H
#define TS_REPLAY_SERVER_H

#include "replay/exchange.h"
#include "replay/feed_fault.h"

#include <signal.h>

struct ts_server_options {
    int port;     /* 0: any that is free */
    double speed; /* 0: flat out */
    int64_t ping_ns, pong_ns;
    uint32_t room_messages;
    int64_t for_ns; /* 0: until asked to stop */
    bool exit_at_end;
    uint64_t seed;
    struct ts_feed_fault faults[TS_FEED_FAULTS_MAX];
    unsigned fault_count;
    const volatile sig_atomic_t *stop; /* set by a signal handler, which interrupts the wait */
};

struct ts_server_counts {
    uint64_t events[TS_REPLAY_STREAM_COUNT]; /* of the tape */
    uint64_t sent, left_out, garbled;        /* messages, over all readers; events */
    uint64_t readers, refused, snapshots, snapshots_refused;
    uint64_t pings, pongs, no_pong;
    uint64_t slow_readers, chatter; /* cut off */
    uint64_t passes;
    bool ended; /* the tape, whole */
};

struct ts_server;

ts_err ts_server_create(const struct ts_server_options *options, struct ts_exchange *exchange,
                        struct ts_server **server, struct ts_diag *diag);
int ts_server_port(const struct ts_server *server);
ts_err ts_server_run(struct ts_server *server, struct ts_diag *diag);
const struct ts_server_counts *ts_server_counts(const struct ts_server *server);
const struct ts_feed_fault *ts_server_faults(const struct ts_server *server);
void ts_server_destroy(struct ts_server *server);

#endif

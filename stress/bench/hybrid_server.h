/*
 * The replay server (`tickstorm-feed serve`, beside this program) as a child process.
 *
 * Threads: one. Ownership: start spawns, stop ends the process and waits for it. The server ends by itself
 * after `most_ns`, whatever becomes of us. Errors: TS_ENVIRONMENT, with what the server said on stderr above
 * it.
 */
#ifndef TS_BENCH_HYBRID_SERVER_H
#define TS_BENCH_HYBRID_SERVER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ts_hybrid_server {
    pid_t process;
    int output; /* its stdout */
    int port;
    bool ended; /* and was waited for */
    int status; /* then, as waitpid tells it */
};

ts_err ts_hybrid_server_start(const char *tape, double speed, int64_t most_ns,
                              struct ts_hybrid_server *server, struct ts_diag *diag);
/* TS_ENVIRONMENT when it was killed, or failed, since it was started. */
ts_err ts_hybrid_server_check(struct ts_hybrid_server *server, struct ts_diag *diag);
void ts_hybrid_server_stop(struct ts_hybrid_server *server);

#endif

/*
 * tickstorm-feed: the parts of its two commands. serve plays an exchange, watch is a reader of one.
 *
 * Both return the exit code, and print their result as one JSON object on one line of stdout.
 * Threads: the main thread. SIGTERM and SIGINT end both, in order.
 */
#ifndef TS_REPLAY_PROGRAM_H
#define TS_REPLAY_PROGRAM_H

#include "base/err.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum ts_program_exit {
    TS_PROGRAM_OK = 0,
    TS_PROGRAM_USAGE = 2,
    TS_PROGRAM_INPUT = 3,
    TS_PROGRAM_ENVIRONMENT = 4
};

extern volatile sig_atomic_t ts_program_stop;

int ts_program_serve(int count, char **arguments);
int ts_program_watch(int count, char **arguments);

/* One line on stderr; TS_PROGRAM_USAGE. */
int ts_program_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The diag on stderr; its exit code. */
int ts_program_complain(const struct ts_diag *diag);
/* TS_PROGRAM_OK, unless stdout took less than all, which is said. */
int ts_program_end(void);
/* false, and said: the value of an option is none. */
bool ts_program_duration(const char *option, const char *text, int64_t *value_ns);
bool ts_program_number(const char *option, const char *text, uint64_t most, uint64_t *value);

#endif

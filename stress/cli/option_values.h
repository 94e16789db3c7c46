/*
 * Values of options on a command line.
 *
 * Threads: main thread. Ownership: nothing is kept. Errors: an exit code other than 0, after one line on
 * stderr under the command's name; the value is then undefined.
 */
#ifndef TS_CLI_OPTION_VALUES_H
#define TS_CLI_OPTION_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_OPTION_SPEED_SIZE 32

/* "a,b" or "all" into flags by index in names; `what` they are, for the error. */
int ts_option_list(const char *command, const char *what, const char *list, const char *const *names,
                   size_t count, bool *chosen);
/* A factor as the worker takes it. */
int ts_option_speed(const char *command, const char *text, char speed[TS_OPTION_SPEED_SIZE]);
int ts_option_duration(const char *command, const char *option, const char *text, int64_t *value_ms);
int ts_option_seed(const char *command, const char *text, uint64_t *seed);
/* 0 for endless. */
int ts_option_passes(const char *command, const char *text);
/* Above 0. */
int ts_option_count(const char *command, const char *option, const char *text, uint64_t *count);

#endif

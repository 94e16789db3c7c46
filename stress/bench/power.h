/*
 * What finding costs: seconds of a gate for each seeded bug caught, by column of a score (tickstorm score).
 *
 * A column is a way to look: the suite with faults, plain stress, ThreadSanitizer's stress, the explorer.
 * Each bug gives it the same budget, and it ends there with its first failure. So
 *
 *   seconds a bug    all seconds that the column ran, misses included, over the bugs that it caught
 *   a life           bugs caught over the lives that it took, all bugs together: the chance that one life of
 * the column catches the bug that is there
 *
 * Threads: pure. Errors: TS_NOT_FOUND, TS_MALFORMED with the file and what is wrong with it.
 */
#ifndef TS_BENCH_POWER_H
#define TS_BENCH_POWER_H

#include "bench/bench.h"

#define TS_POWER_COLUMNS_MAX 8

struct ts_power {
    char column[32];
    uint64_t bugs, caught, lives;
    double seconds;
};

/* NAN without a catch, or a life. */
double ts_power_seconds_a_bug(const struct ts_power *power);
double ts_power_a_life(const struct ts_power *power);

/* Columns of the score in the order of its first bug; *count of at most TS_POWER_COLUMNS_MAX. */
ts_err ts_power_read(const char *path, struct ts_power powers[TS_POWER_COLUMNS_MAX], size_t *count,
                     struct ts_diag *diag);

/* options->score_path: a score.json. */
int ts_bench_power(const struct ts_bench_options *options);

#endif

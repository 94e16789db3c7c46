/*
 * What the parts of the benchmark that measure in rounds have in common: samples, progress, the end.
 *
 * Threads: one. Errors: an exit status of bench.h, after one line on stderr.
 */
#ifndef TS_BENCH_PART_H
#define TS_BENCH_PART_H

#include "bench/bench.h"
#include "bench/samples.h"

struct ts_part {
    const char *name;
    const struct ts_bench_options *options;
    struct ts_samples samples;
    struct ts_diag diag;
    double rtt_before_ns, rtt_after_ns; /* of what is measured; 0: not between two processors */
};

ts_err ts_part_begin(struct ts_part *part, const char *name, const char *unit,
                     const struct ts_bench_options *options);
/* On stderr, when that is a terminal. */
void ts_part_progress(const struct ts_part *part, uint64_t round, const char *what);
/* Around what several threads do on both processors: how these stand to each other. */
void ts_part_look_before(struct ts_part *part);
void ts_part_look_after(struct ts_part *part);
/* A sample of what the looks were around, if there were any; without, it always counts. */
void ts_part_add(struct ts_part *part, uint64_t round, const char *group, const char *name, double value);
/* Prints the tables (ts_samples_table_over; NULL: no ratios), unless lines of JSON were asked for, and frees.
 * error: how the rounds ended. */
int ts_part_end(struct ts_part *part, const char *over, ts_err error);

#endif

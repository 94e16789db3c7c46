/*
 * What the rounds of a benchmark measured: raw lines for machines, a table for people.
 *
 * A round measures every contestant of a group once, so that all of them meet the same weather. A sample
 * counts when the processors stood the same before and after it and nobody else ran on them; two samples are
 * paired, one by the other, when they come from one round and one placement.
 *
 * Threads: one. Units: the caller's; less is better. Errors: a raw file that cannot be written ends the
 * process.
 */
#ifndef TS_BENCH_SAMPLES_H
#define TS_BENCH_SAMPLES_H

#include "bench/placement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TS_SAMPLE_NAME_SIZE 32

struct ts_sample {
    char group[TS_SAMPLE_NAME_SIZE]; /* what was measured: "queue 64 hard" */
    char name[TS_SAMPLE_NAME_SIZE];  /* on whom: "ck_ring" */
    uint64_t round;
    double value;
    double rtt_before_ns, rtt_after_ns; /* 0: not between two processors; always counts */
    uint64_t switches;
};

struct ts_samples {
    const char *bench, *unit;
    FILE *raw; /* NULL: nowhere */
    struct ts_sample *items;
    size_t count, room;
};

/* The median and the quartiles of values, which are sorted by it; NAN without any. */
struct ts_spread {
    double low, median, high;
    size_t count;
};
struct ts_spread ts_spread_of(double *values, size_t count);

/* raw_path may be NULL; "-" is stdout. */
ts_err ts_samples_begin(struct ts_samples *samples, const char *bench, const char *unit, const char *raw_path,
                        struct ts_diag *diag);
void ts_samples_end(struct ts_samples *samples);

/* Keeps the sample and writes it as one line of JSON. */
void ts_samples_add(struct ts_samples *samples, const struct ts_sample *sample);
bool ts_sample_counts(const struct ts_sample *sample);

/* Of one placement: figures of two have nothing in common. */
struct ts_spread ts_samples_of(const struct ts_samples *samples, const char *group, const char *name,
                               enum ts_placement placement);
/* The ratios name / other, round by round, each within its placement. */
struct ts_spread ts_samples_ratio(const struct ts_samples *samples, const char *group, const char *name,
                                  const char *other);

/* A table of Markdown for each group in the order of their first samples, of the placement that most samples
 * were taken in: contestants from the best on, with the paired ratios `name` / contestant where name is among
 * them. */
void ts_samples_table(const struct ts_samples *samples, const char *name, FILE *out);
/* The same in the order of the contestants' first samples, with the paired ratios contestant / `name`. */
void ts_samples_table_over(const struct ts_samples *samples, const char *name, FILE *out);

#endif

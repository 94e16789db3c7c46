/*
 * The run record: what one run of tickstorm did, read back from record.jsonl or from the growing
 * record.jsonl.partial.
 *
 * RECORD.md documents the format, member by member. This module is the only reader of the file; what follows
 * it (contrast, Markdown) sees the structs below.
 *
 * A record is whole when it has its end line. A file that ends inside a line (the supervisor was killed, the
 * disk was full) is read up to its last whole line, has `cut` set and can never be whole. A broken line
 * anywhere else means that the file is not what the supervisor wrote, and is refused.
 *
 * Threads: none of its own but while it loads a large file (record_ahead.h); a loaded record is read-only and
 * may be read by any number of threads. Ownership: the record owns all strings and arrays; they live until
 * ts_record_free. Strings are never NULL: what is null or absent in the file is "". Arrays of no items may be
 * NULL. Units: as the members are named; times `_ms` are since the run's start. Numbers that may be null are
 * then TS_RECORD_NONE. Errors: the diag names file and line. TS_MALFORMED: a line that does not parse, lacks
 * a member, has a wrong type or comes out of order, a life told twice, a cell that counts other lives than it
 * has; TS_TRUNCATED: not even the run line is whole; TS_MISMATCH: another format number; TS_NOT_FOUND, TS_IO,
 * TS_NO_MEMORY.
 */
#ifndef TS_REPORTS_RECORD_H
#define TS_REPORTS_RECORD_H

#include "base/err.h"
#include "reports/finding.h"
#include "reports/grounds.h"

#include <stdbool.h>
#include <stdint.h>

#define TS_RECORD_FORMAT 2
#define TS_RECORD_NONE   (-1)
#define TS_RECORD_NAMES  512

/* What JSON's readers keep exactly (RFC 8259); sums of greater ones could overflow. */
#define TS_RECORD_COUNT_MAX (INT64_C(1) << 53)

/* More cells are nobody's plan, and would cost the reader its memory. */
#define TS_RECORD_CELLS_MAX (INT64_C(1) << 22)

typedef enum ts_record_outcome {
    TS_RECORD_PASS,
    TS_RECORD_RACE,
    TS_RECORD_MEMORY_ERROR,
    TS_RECORD_CRASH,
    TS_RECORD_DEADLOCK,
    TS_RECORD_HANG,
    TS_RECORD_INVARIANT,
    TS_RECORD_LEAK,
    TS_RECORD_INCONCLUSIVE,
    TS_RECORD_OUTCOME_COUNT
} ts_record_outcome;

struct ts_record_count {
    const char *name;
    int64_t value;
};

struct ts_record_counts {
    struct ts_record_count *items; /* in the file's order; NULL when the line has no such object */
    size_t count;
};

struct ts_record_machine {
    const char *cpu;
    int64_t cores;
    int64_t memory_bytes;
    const char *kernel;
    const char *os;
};

struct ts_record_run {
    int64_t format;
    const char *id;
    const char *tool;
    const char *kind; /* "contrast" or "run" */
    const char *command;
    const char *started; /* UTC, ISO 8601 */
    const char *seed;
    const char *commit;
    bool dirty;
    const char *diff; /* of the source against its commit, as git prints it; "" when clean or not recorded */
    struct ts_record_machine machine;
    const char *toolchain;
    const char *source; /* "synthetic" or the tape */
    int64_t budget_ms;
    int64_t cells;          /* planned; fewer may have ended */
    const char *plan;       /* hash of what was planned */
    const char **arguments; /* of the command, its name first; with them a killed run goes on */
    size_t argument_count;
    struct ts_grounds_canary *canaries; /* that the tool knows; none when the file does not say */
    size_t canary_count;
    struct ts_grounds_check
        *checks;        /* of the machine, before the run and before each time that it went on; */
    size_t check_count; /* one that said the same again stands once; none: the file does not say */
};

/* What became of the probes that faults were armed at, by name. */
struct ts_record_probes {
    struct ts_record_counts armed; /* lives; the others have the same names */
    struct ts_record_counts reached, fired;
};

/* One kind of sanitizer report within a life. */
struct ts_record_report {
    const char *signature; /* of its finding */
    const char *kind;
    const char *title;
    const char *description;
    int64_t count;
};

struct ts_record_violation {
    const char *name;
    const char *detail;
    const char *signature; /* of its finding */
};

/* The process at one moment; TS_RECORD_NONE for what was not known. Nothing but integers: a row of a table.
 */
struct ts_record_sample {
    int64_t at_ms; /* since the life's start */
    int64_t rss_bytes;
    int64_t fds;
    int64_t threads;
    int64_t on_the_way; /* results that were offered and neither executed nor turned away */
};

/* Results with a latency above the bucket before, and at most high_ns. */
struct ts_record_bucket {
    int64_t high_ns;
    int64_t count;
};

/* From tick to on_factor, of a life of the plain flavour; of one that crashed, up to its crash. */
struct ts_record_latency {
    int64_t max_ns;
    int64_t bits;                     /* a bucket is at most 2^-bits of its upper end wide */
    int64_t untimed;                  /* calls whose tick bore no time any more; TS_RECORD_NONE: none */
    struct ts_record_bucket *buckets; /* by ascending high_ns; those with a count */
    size_t bucket_count;
};

/* Beats that should come every period_ms, and the gaps between them. */
struct ts_record_beats {
    double period_ms;
    int64_t beats, missed;
    double gap_mean_ms, gap_p99_ms, gap_most_ms;
};

/* Of a life that looked after its memory and its system's heartbeat. */
struct ts_record_soak {
    double stretch_ms; /* of which the lowest resident memory counts; 0: the life has no soak */
    double slope_kib_per_h, slope_low, slope_high; /* NAN: not known, or without bound */
    struct ts_record_beats heart, witness;         /* witness: a thread beside it that only sleeps */
};

/* One process of the worker, from its start to its end. */
struct ts_record_life {
    int64_t cell;
    int64_t life;
    const char *seed;
    int64_t started_ms;
    int64_t duration_ms;
    int64_t exit_code; /* TS_RECORD_NONE when a signal ended it */
    int64_t signal;    /* TS_RECORD_NONE when it exited */
    ts_record_outcome outcome;
    const char *class; /* of a crash, else "" */
    const char *detail;
    const char *finding; /* signature of the crash's, hang's or deadlock's finding, else "" */
    struct ts_record_report *reports;
    size_t report_count;
    struct ts_record_violation *violations;
    size_t violation_count;
    struct ts_record_counts counters;
    struct ts_record_probes probes;
    const char *faults;       /* of this life, beside its cell's, or "" */
    const char *schedule;     /* of the explorer, in which it found what it found, or "" */
    const char *interleaving; /* file of that schedule's steps (interleaving.h), beside the record, or "" */
    int64_t hazard_count;     /* TS_RECORD_NONE when the file does not say */
    bool died;                /* it ended before its time, so that the next life is a restart */
    const char *log;
    int64_t cpu_ms;                   /* processor time; TS_RECORD_NONE when the file does not say */
    int64_t peak_rss_bytes;           /* the same */
    struct ts_record_sample *samples; /* by ascending at_ms */
    size_t sample_count;
    struct ts_record_latency latency; /* no buckets when the file does not say */
    struct ts_record_soak soak;
};

/* One finding, as often as the lives of a cell showed it. */
struct ts_record_sighting {
    const char *signature;
    const char *kind;
    const char *title;
    int64_t lives;
    int64_t count;
};

struct ts_record_cell {
    int64_t cell;
    const char *scenario;
    const char *mode;
    const char *flavour;
    const char *seed;
    int64_t lives;
    int64_t restarts;
    int64_t elapsed_ms;
    double restarts_per_minute;
    ts_record_outcome outcome;
    const char *class;
    struct ts_record_counts outcomes; /* lives by name of outcome, all of them known names */
    struct ts_record_counts classes;  /* lives by crash class */
    const char *expect;               /* "fail", "pass" or "" */
    const char *judgement;            /* "met", "violated", "missed", "unexercised" or "" */
    const char *role;                 /* "canary", "twin", "must-fail", "may-fail", "protected" or "" */
    const char **welcome;             /* names of outcomes that are no news in this cell */
    size_t welcome_count;
    const char *set;    /* of the plan file, or "" */
    const char *detail; /* of the first of its worst lives */
    bool canary;        /* a planted defect, or its clean twin */
    bool as_expected;   /* true when nothing was expected */
    const char *hazard;
    int64_t hazard_count;
    struct ts_record_counts counters;
    const char *faults; /* the fault plan in its compact form, or "" */
    struct ts_record_probes probes;
    struct ts_record_sighting *findings;
    size_t finding_count;
    const char *command;
    const struct ts_record_life *life_lines; /* the cell's part of record.lives */
    size_t life_line_count;                  /* as `lives` says */
};

struct ts_record_end {
    const char *verdict;
    const char *sentence;
    bool interrupted;
    int64_t elapsed_ms;
};

struct ts_record {
    struct ts_record_run run;
    struct ts_record_cell *cells; /* those that ended, in the order they ended */
    size_t cell_count;
    struct ts_record_life *lives; /* by cell, then life; also those of cells that never ended */
    size_t life_count;
    struct ts_finding *findings; /* each distinct one, as first seen */
    size_t finding_count;
    bool has_end;
    struct ts_record_end end; /* all empty without an end line */
    size_t resume_count;      /* how often the run was killed and went on */
    size_t line_count;        /* whole lines read */
    bool cut;                 /* the file ends inside a line, which was left out */
    struct ts_record_block *blocks;
    const char *names[TS_RECORD_NAMES]; /* that came last, by their hash */
};

/* Reads path. On error *record is NULL and nothing is kept. */
ts_err ts_record_load(const char *path, struct ts_record **record, struct ts_diag *diag);

/* Accepts NULL. */
void ts_record_free(struct ts_record *record);

/* The finding with that signature; NULL when the record has none. */
const struct ts_finding *ts_record_find(const struct ts_record *record, const char *signature);

const char *ts_record_outcome_name(ts_record_outcome outcome);

/* Sets *outcome and returns true when name is one of the format's outcomes. */
bool ts_record_outcome_of(const char *name, ts_record_outcome *outcome);

/* The count under name, 0 when there is none. */
int64_t ts_record_count_of(const struct ts_record_counts *counts, const char *name);

#endif

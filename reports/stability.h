/*
 * The stability report: its whole content, before anything is laid out. report.html, report.md and
 * report.json are written from one such model, and therefore cannot disagree on a figure.
 *
 * The structs are plain: counts with their intervals, series ready to be drawn, sentences that are written
 * once, here. A renderer chooses words for headings, never figures. The order of the members is that of the
 * page.
 *
 * What a record cannot tell is never a 0: TS_STABILITY_UNKNOWN for an integer, NAN for a real number, "" for
 * a text, a NULL array of no items. Arrays that were cut to what a page can hold have a `_total` beside their
 * `_count`; it is equal where nothing was left out.
 *
 * Texts are as the records have them: any bytes, of any origin, never NULL. Whoever writes one escapes it
 * (html.h, figure.h, json_text.h).
 *
 * Threads: built by one, then read-only for any number.
 * Ownership: the model owns or borrows all it points to; records, baseline and the other inputs must outlive
 * it. Units: as members are named; shares are in 0..1; intervals and bounds are at 95 %. Errors: as each
 * function says.
 */
#ifndef TS_REPORTS_STABILITY_H
#define TS_REPORTS_STABILITY_H

#include "reports/finding.h"
#include "reports/record.h"
#include "reports/statistics.h"

#include <stdio.h>

#define TS_STABILITY_UNKNOWN (-1)

/* What a page can hold. */
#define TS_STABILITY_CURVE    400 /* points of a curve */
#define TS_STABILITY_CARDS    100 /* findings of each standing with stacks and all */
#define TS_STABILITY_FINDINGS 1000
#define TS_STABILITY_ROWS     200 /* of any other list */
#define TS_STABILITY_TEXT_MAX                                                                                \
    4000                            /* bytes of a text of a record; what is longer is cut, and told by "..." \
                                     */
#define TS_STABILITY_DIFF_MAX 66000 /* all that a record has of a diff */

/* k of n: Wilson's interval; k is 0: low is 0 and high the one-sided exact bound. n is 0: nothing is known.
 */
struct ts_stability_share {
    int64_t k, n;
    double low, high;
};

/* Garwood's interval; none seen: low is 0 and high the one-sided bound. elapsed_ms is 0: nothing is known. */
struct ts_stability_rate {
    int64_t events;
    int64_t elapsed_ms;
    double per_minute, low, high;
};

/* An estimate with its interval, each NAN when unknown; an end may be INFINITY. */
struct ts_stability_estimate {
    double value, low, high;
};

struct ts_stability_count {
    const char *name;
    int64_t count;
};

struct ts_stability_point {
    double x, y;
};

struct ts_stability_series {
    const char *name;
    struct ts_stability_point *points; /* by ascending x; a gap is a y of NAN */
    size_t count;
};

enum ts_stability_verdict { TS_STABILITY_PASS, TS_STABILITY_FAIL, TS_STABILITY_INCONCLUSIVE };

/* What one mode came to, in one sentence: "queued: 0 crashes or other failures in 4,096 lives (6.1 h): under
 * 0.073 % a life at 95 %". */
struct ts_stability_line {
    const char *mode;
    const char *sentence;
    struct ts_stability_share failures; /* lives that failed, of those that were conclusive, native ones */
    bool explored_failed;               /* a life of the explorer did */
    bool must_fail;                     /* it is there to fail: a failure of it is no bad news */
};

/* What a stranger must know of the words on the first screen; for both pages. */
#define TS_STABILITY_WORDS_NOTE                                                                              \
    "A life is one process, from its start to its end. A cell is one scenario in one mode of delivering "    \
    "callbacks, in one flavour (what watches it), lived until its time is up. A canary is a planted defect " \
    "that must be caught; its twin has none and must be clean."

/* And of those above the matrix. */
#define TS_STABILITY_FLAVOURS_NOTE                                                                           \
    "plain: nothing watches, native speed; asan: AddressSanitizer and UBSan; tsan: ThreadSanitizer; "        \
    "explore: ThreadSanitizer, and each switch between threads decided, one schedule after the other."

struct ts_stability_head {
    enum ts_stability_verdict verdict;
    const char *sentence;  /* the verdict with its numbers and bounds, one sentence: starts "PASS: " */
    const char *safe;      /* is it safe? one sentence without jargon */
    const char *sure;      /* how sure are we? */
    const char *unchecked; /* what was not checked? the gravest of `limits`, one sentence */
    struct ts_stability_line *lines;
    size_t line_count;
};

/* One record that the report speaks of. */
struct ts_stability_run {
    const char *id, *kind, *tool;
    const char *command; /* as it was typed */
    const char *started; /* UTC, ISO 8601 */
    const char *seed;
    const char *commit;
    bool dirty;
    const char *diff; /* of the source against its commit; "" when clean or not recorded */
    const char *toolchain, *source;
    const char *cpu, *kernel, *os;
    int64_t cores, memory_bytes;
    int64_t elapsed_ms;
    int64_t cells_planned, cells_run, lives;
    const struct ts_grounds_check *checks; /* of the machine, before the run; none: not recorded */
    size_t check_count;
    int64_t checks_failed;
    const char *checked;  /* what they came to, in words: "13 of 13 good"; "" when not recorded */
    const char *standing; /* "" for a whole record, else a sentence: it is partial, or was interrupted */
    const char *verdict;  /* the run's own, in one sentence; "" without an end */
};

/* Kaplan and Meier's estimate of how long a process lives before its first crash. A life that ended otherwise
 * is censored: it had not crashed by then. */
struct ts_stability_survival_step {
    double at_ms;
    int64_t at_risk, crashes, censored; /* at this time; censored: and up to the next step */
    double share, low, high;            /* alive behind this time; Greenwood's variance, log-log interval */
};

struct ts_stability_survival {
    struct ts_stability_survival_step *steps; /* the first at 0: share 1 */
    size_t step_count, step_total;
    double *censored_ms; /* ticks on the curve: when survivors ended */
    size_t censored_count, censored_total;
    int64_t lives, crashes;
    double end_ms;                          /* of the longest life */
    struct ts_stability_estimate median_ms; /* INFINITY where half of them lived on */
};

struct ts_stability_quantile {
    const char *name; /* "p50", "p99.99", "max" */
    double share;     /* 0.5; 1 for max */
    int64_t ns;       /* the bucket's upper end; the maximum itself is exact. UNKNOWN with too few samples */
    double error;     /* of ns, relative: the true quantile of the samples is in [ns * (1 - error), ns] */
};

/* What a latency counts, for both pages. */
#define TS_STABILITY_LATENCY_NOTE                                                                            \
    "A tick counts from when it was due, without a pace from when the host had it at hand. Results that "    \
    "were "                                                                                                  \
    "dropped, or on their way at a crash, have no latency; a life that crashed counts up to its crash."

struct ts_stability_latency {
    int64_t samples;  /* calls of on_factor; 0: not recorded */
    const char *gaps; /* what of it was not measured, in words; "" or NULL when all of it was */
    struct ts_stability_quantile *quantiles;
    size_t quantile_count;
    struct ts_stability_series
        distribution; /* x: ns, upper end of a bucket; y: share of samples at most so */
};

/* One mode over the scenarios that were contrasted, UNKNOWN and empty where it was not run. */
struct ts_stability_mode {
    const char *name;
    bool ran;
    int64_t cells, lives, exposure_ms;
    struct ts_stability_share failures, crashes; /* of all flavours but the explorer's; of plain lives */
    struct ts_stability_rate restarts;           /* plain */
    double chance_of_none; /* to see no restart in that time at the documents\' rate; NAN without time */
    struct ts_stability_survival survival; /* plain */
    struct ts_stability_count *classes;    /* lives by crash class, all flavours; in the same order in all */
    size_t class_count;
    int64_t offered, delivered, dropped, rejected, pending; /* results; plain */
    struct ts_stability_latency latency;                    /* from tick to on_factor; plain */
    struct ts_stability_series depth; /* results on their way, the longest plain life; x: ms */
    int64_t depth_max;
    double cpu_ms_per_s;    /* processor time a second of life; plain */
    double cpu_us_a_result; /* the same a delivered result */
    int64_t peak_rss_bytes; /* the largest of a plain life */
};

struct ts_stability_contrast {
    const char *scope; /* the scenarios and fault plans that more than one mode ran, in words */
    struct ts_stability_mode *modes;
    size_t mode_count;
    double documents_restarts_per_minute; /* 18: what the source documents counted with direct callbacks */
};

enum ts_stability_state {
    TS_STABILITY_NOT_RUN,
    TS_STABILITY_CLEAN,
    TS_STABILITY_FAILED_AS_EXPECTED,
    TS_STABILITY_FAILED,       /* and nobody expected that */
    TS_STABILITY_MISSED,       /* what must fail did not */
    TS_STABILITY_UNEXERCISED,  /* the hazard did not occur */
    TS_STABILITY_FAILED_KNOWN, /* by findings of the baseline only */
    TS_STABILITY_STATES
};

struct ts_stability_entry {
    enum ts_stability_state state;
    struct ts_stability_share failures; /* conclusive lives */
    int64_t inconclusive;               /* lives */
    int64_t cells, schedules;           /* schedules: the explorer's */
    int64_t hazard;
    const char *outcome; /* the commonest failing one, or "" */
    const char *command; /* repeats the first failing cell, else the first one */
};

struct ts_stability_column {
    const char *mode, *flavour;
};

struct ts_stability_matrix {
    const char **scenarios;
    size_t scenario_count, scenario_total;
    struct ts_stability_column *columns;
    size_t column_count;
    struct ts_stability_entry *entries; /* by scenario, then column */
};

enum ts_stability_standing {
    TS_STABILITY_NEW,
    TS_STABILITY_EXPIRED, /* somebody owned it, until a day that is past */
    TS_STABILITY_KNOWN,
    TS_STABILITY_EXPECTED, /* by what must or may fail */
    TS_STABILITY_STANDINGS
};

struct ts_interleaving;

struct ts_stability_mode_share {
    const char *mode;
    struct ts_stability_share share;
};

struct ts_stability_finding {
    enum ts_stability_standing standing;
    const struct ts_finding *finding;      /* kind, title, stacks, location */
    bool card;                             /* false: one of so many that a line must do */
    struct ts_stability_share hits;        /* lives that showed it, of those of the cells that did */
    int64_t reports;                       /* how often in all */
    struct ts_stability_mode_share *modes; /* the same by mode */
    size_t mode_count;
    const char *scenarios, *flavours; /* names, separated by ", " */
    const char *faults;               /* the smallest fault plan in which it came, "" for none; `faulted` */
    bool faulted;                     /* it came under faults only */
    const char *schedule;             /* the explorer's, shrunk where somebody had it shrunk, or "" */
    int64_t preemptions;              /* of that schedule */
    const char *ordering;             /* which order of which operations decides; a sentence a line */
    const struct ts_interleaving *interleaving; /* or NULL */
    bool steps_kept; /* the record names its file; without an interleaving it is too large, or unreadable */
    const char *command;                /* repeats it */
    const char *first_seen, *last_seen; /* UTC, from the history, else from these runs */
    const char *first_run, *last_run;
    int64_t runs;                                /* in the history that saw it; UNKNOWN without one */
    const char *owner, *issue, *reason, *expiry; /* of the baseline; "" */
};

struct ts_stability_findings {
    struct ts_stability_finding *items; /* by standing, then the most hits first */
    size_t count, total;
    int64_t of_standing[TS_STABILITY_STANDINGS]; /* all of them */
    const char *baseline;                        /* its file; "" when none was given */
    int64_t unmatched;                           /* entries of the baseline that nothing matched */
};

struct ts_stability_canary {
    const char *scenario, *mode, *flavour;
    bool twin;   /* without the defect: must be clean */
    bool judged; /* false: its flavour need not see the defect, or the record does not say what must show */
    bool met;
    struct ts_stability_share caught; /* failing lives */
    const char *found;                /* title of what was found, or what was wrong */
};

struct ts_stability_hazard {
    const char *scenario, *hazard;
    int64_t cells, exercised; /* cells in which it occurred */
    int64_t occurred;
};

struct ts_stability_probe {
    const char *name;
    int64_t armed; /* lives */
    int64_t reached, fired;
};

/* Seeded bugs, from the score's own file. */
struct ts_stability_score {
    const char *file; /* "" when none was given: then nothing below is known */
    int64_t bugs, caught, by_expected, explained, native, tsan, only_suite, clean_failures;
    struct ts_stability_count *detectors; /* bugs caught, by detector */
    size_t detector_count;
    const char **missed; /* names */
    size_t missed_count;
};

struct ts_stability_tests {
    struct ts_stability_canary *canaries;
    size_t canary_count, canary_total;
    int64_t canaries_run, canaries_caught, twins_run, twins_clean;
    struct ts_stability_hazard *hazards;
    size_t hazard_count, hazard_total;
    struct ts_stability_probe *probes;
    size_t probe_count, probe_total;
    struct ts_stability_score score;
};

/* The lives under one fault plan. */
struct ts_stability_fault {
    const char *plan; /* compact form; "" for the lives without */
    int64_t lives;
    int64_t outcomes[TS_RECORD_OUTCOME_COUNT];
    int64_t fired;
};

struct ts_stability_faults {
    struct ts_stability_fault *items;
    size_t count, total;
};

/* RSS, descriptors and threads of one long life. Growth is Sen's slope of the troughs, the lowest value of
 * each of up to 32 windows, without the first quarter of the life (statistics_series.h), and is not told of a
 * life of less than 20 s. An end of its interval may be infinite. */
struct ts_stability_resource {
    const char *scenario, *mode, *flavour;
    int64_t cell, life, duration_ms;
    struct ts_stability_series rss_bytes, fds, threads;               /* x: ms */
    struct ts_stability_estimate rss_slope, fds_slope, threads_slope; /* a minute; NAN: not to be told */
    int64_t rss_peak_bytes;
};

/* For both pages. */
#define TS_STABILITY_SOAK_NOTE                                                                               \
    "The witness is a thread that does nothing but sleep as long as the heart does: what both show is the "  \
    "machine's "                                                                                             \
    "doing, what only the heart shows is the system's."

/* What a life found that looked after its memory and its system's heartbeat itself. */
struct ts_stability_soak {
    const char *scenario, *mode, *flavour;
    int64_t cell, life, duration_ms;
    struct ts_stability_estimate slope; /* of resident memory, KiB an hour; an end may be infinite; NAN: lived
                                           too briefly */
    struct ts_record_beats heart, witness;
};

struct ts_stability_resources {
    struct ts_stability_soak *soaks; /* the longest first */
    size_t soak_count, soak_total;
    struct ts_stability_resource *items;
    size_t count, total; /* total: lives with samples */
};

/* A thread that waits, and for whom. */
struct ts_stability_wait {
    const char *thread;
    const char *sentence; /* "'a' waits for mutex 0x12 held by 'b'" */
    const char *what;     /* "mutex 0x12", or "" */
    size_t holder;        /* index among the hang's waits; SIZE_MAX: nobody among them */
};

struct ts_stability_hang {
    const char *signature, *kind; /* "hang" or "deadlock" */
    const char *scenario, *mode, *flavour;
    bool planted;       /* a canary was caught by it */
    const char *detail; /* one line */
    struct ts_stability_wait *waits;
    size_t wait_count;
    int64_t lives;
    const char *command;
};

struct ts_stability_hangs {
    struct ts_stability_hang *items;
    size_t count, total;
};

/* One run of the history. */
struct ts_stability_trend {
    const char *run, *started, *commit, *kind, *verdict;
    bool dirty;
    bool of_report;                        /* this report speaks of it */
    int64_t lives, findings;               /* signatures, without what was planted and caught */
    struct ts_stability_mode_share *modes; /* lives that failed */
    size_t mode_count;
};

struct ts_stability_trends {
    struct ts_stability_trend *items; /* oldest first */
    size_t count, total;
    const char *file; /* of the history; "" without one */
};

enum ts_stability_limit_kind { TS_STABILITY_NOT_DONE, TS_STABILITY_NOT_INSTRUMENTED, TS_STABILITY_ASSUMED };

struct ts_stability_limit {
    enum ts_stability_limit_kind kind;
    const char *text; /* a sentence */
};

struct ts_stability {
    struct ts_stability_head head;
    struct ts_stability_run *runs; /* oldest first */
    size_t run_count;
    struct ts_stability_contrast contrast;
    struct ts_stability_matrix matrix;
    struct ts_stability_findings findings;
    struct ts_stability_tests tests;
    struct ts_stability_faults faults;
    struct ts_stability_resources resources;
    struct ts_stability_hangs hangs;
    struct ts_stability_trends trends;
    struct ts_stability_limit *limits;
    size_t limit_count;
    const char **contradictions; /* ways in which a record contradicts itself; sentences */
    size_t contradiction_count;
    struct ts_stability_block *blocks; /* its memory */
};

const char *ts_stability_verdict_name(enum ts_stability_verdict verdict);    /* "PASS" */
const char *ts_stability_state_name(enum ts_stability_state state);          /* "as expected" */
const char *ts_stability_standing_name(enum ts_stability_standing standing); /* "new" */
const char *ts_stability_limit_name(enum ts_stability_limit_kind kind);      /* "not run" */

/* The index of a mode in the contrast; SIZE_MAX when it is not there. */
size_t ts_stability_mode_index(const struct ts_stability *report, const char *mode);

/* Accepts NULL. */
void ts_stability_free(struct ts_stability *report);

#endif

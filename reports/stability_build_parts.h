/*
 * What the files that build a stability report know of the records while they do: all runs as one record, and
 * the standing of each cell and finding in it.
 *
 * Private to stability_*.c. Threads, Ownership: the build belongs to one call; its memory is the report's.
 * Errors: as stability_parts.h.
 */
#ifndef TS_REPORTS_STABILITY_BUILD_PARTS_H
#define TS_REPORTS_STABILITY_BUILD_PARTS_H

#include "reports/stability_build.h"
#include "reports/stability_parts.h"

/* One cell, with what it means. */
struct ts_stability_cell {
    const struct ts_record_cell *cell;
    size_t run; /* index of its record */
    bool tests; /* it tests the detectors and not the code: a canary, a twin, or a canary that nothing was
                   asked of */
    bool canary, twin;
    bool must_fail, may_fail;
    bool explored; /* flavour explore: its lives hold many schedules each */
    bool plain;
    bool contrasted;               /* its scenario ran in more than one mode: part of the contrast */
    int64_t failing, inconclusive; /* lives */
    int64_t unexplained; /* failing lives of a cell that may not fail, beyond those of its findings */
    enum ts_stability_state state;
};

/* A finding of any of the records, with all its sightings. */
struct ts_stability_defect {
    const struct ts_finding *finding;
    size_t run;
    size_t first, count; /* of its sightings in `sightings` */
    enum ts_stability_standing standing;
    const struct ts_known *known; /* of known and expired, else NULL */
};

struct ts_stability_sighting {
    const struct ts_record_sighting *sighting;
    size_t defect;
    size_t cell; /* index */
    bool expected;
};

struct ts_stability_builder {
    struct ts_stability *report;
    const struct ts_stability_input *input;
    const char *today;
    struct ts_stability_cell *cells;
    size_t cell_count;
    struct ts_stability_defect *defects; /* by signature */
    size_t defect_count;
    struct ts_stability_sighting *sightings; /* by defect, then cell */
    size_t sighting_count;
    int64_t expired_entries; /* of the baseline */
    int64_t cells_not_run;
    bool whole; /* all records */
};

/* What the verdict rests on, and the verdict by the rule that the gate has too (grounds.h). */
struct ts_stability_grounds {
    enum ts_stability_verdict verdict;
    bool blind;           /* nothing shows that a failure would have been seen */
    const char *reasons;  /* why it is no PASS, in words, the gravest first; else "" */
    const char *sentence; /* as in struct ts_stability_head */
    int64_t protected_lives, protected_failing, protected_ms; /* conclusive, native */
};

struct ts_stability_grounds ts_stability_judge(struct ts_stability_builder *builder);

/* "12.5 s", "7.5 min", "6.1 h" */
const char *ts_stability_duration(struct ts_stability *report, int64_t ms);

/* Fills all but report, input and today. */
ts_err ts_stability_gather(struct ts_stability_builder *builder, struct ts_diag *diag);

/* The defect with that signature; SIZE_MAX: none. */
size_t ts_stability_defect_of(const struct ts_stability_builder *builder, const char *signature);

/* Whether it was planted, and caught: it is told with the canaries, and among the findings it is none. */
bool ts_stability_planted(const struct ts_stability_builder *builder,
                          const struct ts_stability_defect *defect);

/* Whether it counts for what modes come to: not a canary, not explored. */
bool ts_stability_counts(const struct ts_stability_cell *cell);

/* The names of the modes in the order in which they are shown: direct, locked, guarded, queued, then others.
 */
const char **ts_stability_modes(struct ts_stability_builder *builder, size_t *count);

/* What was measured in the contrasted plain lives of a mode: latency, results on their way. */
void ts_stability_measure(struct ts_stability_builder *builder, struct ts_stability_mode *mode);

/* One column of a life's samples as a curve: `column` is an index into struct ts_record_sample. */
struct ts_stability_series ts_stability_samples(struct ts_stability *report, const char *name,
                                                const struct ts_record_life *life, size_t column);

/* The sections, in the page's order. Each needs those of the line before it. */
void ts_stability_build_runs(struct ts_stability_builder *builder);
void ts_stability_build_contrast(struct ts_stability_builder *builder);
void ts_stability_build_matrix(struct ts_stability_builder *builder);
void ts_stability_build_findings(struct ts_stability_builder *builder);
void ts_stability_build_tests(struct ts_stability_builder *builder);
void ts_stability_build_faults(struct ts_stability_builder *builder);
void ts_stability_build_resources(struct ts_stability_builder *builder);
void ts_stability_build_hangs(struct ts_stability_builder *builder);
void ts_stability_build_trends(struct ts_stability_builder *builder);
void ts_stability_build_limits(struct ts_stability_builder *builder);
void ts_stability_build_head(struct ts_stability_builder *builder);

#endif

/*
 * The suite's score: each seeded bug against the suite, against plain stress, and the clean build against the
 * same.
 *
 * | column | workers | flavours | faults |
 * |---|---|---|---|
 * | suite | the bug's | those of its header | those of its header |
 * | native | the bug's | plain | none |
 * | tsan | the bug's | tsan | none |
 * | clean | the clean ones | as suite | as suite |
 * | explored | the bug's | explore | none: every interleaving is decided by the explorer |
 * | clean-explored | the clean ones | explore | none |
 *
 * Scenario, mode and settings are the bug's in each; the explored columns have those of its key `explored`,
 * when it has one. A column is a run of the supervisor in a folder of its own, OUT/NN-name/COLUMN; its budget
 * is shared by its flavours, one after the other, and it ends with the first life that fails. A bug counts as
 * caught when the suite column fails and the clean one does not.
 *
 * Threads: one score at a time, on the main thread. Ownership: begin allocates, end frees; the corpus stays
 * the caller's. Units: milliseconds. Progress: run blocks for as long as the budget says; what is finished is
 * kept, and a score that is run again in the same folder goes on behind it. Errors: those of the supervisor;
 * TS_LIMIT: the folder holds a score already, or one with another request; TS_MISMATCH: the workers are of
 * another build than this command.
 */
#ifndef TS_SCORE_SCORE_H
#define TS_SCORE_SCORE_H

#include "score/corpus.h"

enum ts_score_column {
    TS_SCORE_SUITE,
    TS_SCORE_NATIVE,
    TS_SCORE_TSAN,
    TS_SCORE_CLEAN,
    TS_SCORE_EXPLORED,
    TS_SCORE_CLEAN_EXPLORED,
    TS_SCORE_COLUMNS
};

extern const char *const ts_score_columns[TS_SCORE_COLUMNS];

struct ts_score_options {
    char corpus[PATH_MAX - 256]; /* a folder of ci/seeded */
    char out[PATH_MAX - 256];
    uint64_t seed;
    int64_t column_ms; /* of each column, or one life of a bug that needs a longer one */
    int64_t life_ms;   /* the longest life, where a bug names none */
    int64_t hang_ms;   /* without progress for this long, a worker hangs */
    bool explored;     /* the two explored columns alone */
};

/* What a column came to. */
struct ts_score_catch {
    bool caught;
    ts_detectors detectors; /* of the failing life */
    ts_record_outcome outcome;
    int64_t lives;      /* up to the failing one, else all */
    int64_t elapsed_ms; /* the same */
    int64_t schedules;  /* the explorer's, in them */
    int64_t hazard;     /* how often the scenario's hazard occurred */
    char flavour[8];    /* of the failing life; "" */
    char title[192];    /* of what it showed; "" */
    char command[768];  /* of the column's failing cell, or its first one */
};

struct ts_score_row {
    const struct ts_seeded_bug *bug;
    bool done;
    struct ts_score_catch columns[TS_SCORE_COLUMNS];
};

struct ts_score {
    struct ts_score_options options;
    struct ts_score_row *rows;
    size_t count;
    bool interrupted;
};

struct ts_score_totals {
    size_t bugs, caught, by_expected, explained; /* explained: missed, and the header says why */
    size_t native, tsan;                         /* caught by plain stress, by plain TSan stress */
    size_t only_suite;                           /* caught by neither */
    size_t explored;                             /* caught by the explorer */
    size_t interleaved, explored_interleaved;    /* that depend on an interleaving; the explorer's of them */
    int64_t explored_last;                       /* of these, the latest schedule that met one */
    size_t clean_failed;
    int64_t clean_schedules;
    int64_t clean_lives, clean_ms;
    size_t by_detector[TS_DETECTOR_COUNT];
};

/* After each bug; on the main thread. */
typedef void (*ts_score_event)(const struct ts_score *score, size_t row, void *user_data);

ts_err ts_score_begin(struct ts_score *score, const struct ts_score_options *options,
                      const struct ts_corpus *corpus, const bool *chosen, struct ts_diag *diag);
ts_err ts_score_run(struct ts_score *score, ts_score_event event, void *user_data, struct ts_diag *diag);
void ts_score_end(struct ts_score *score);

/* Whether the bug counts as caught by the suite; by the explorer; by what the score ran, as far as it must
 * be. */
bool ts_score_caught(const struct ts_score_row *row);
bool ts_score_caught_explored(const struct ts_score_row *row);
bool ts_score_met(const struct ts_score *score, const struct ts_score_row *row);
struct ts_score_totals ts_score_sum(const struct ts_score *score);

/* One column of one bug, from its record when that is there. */
ts_err ts_score_column_run(const struct ts_score_options *options, const struct ts_seeded_bug *bug,
                           enum ts_score_column column, struct ts_score_catch *result, bool *interrupted,
                           struct ts_diag *diag);

#endif

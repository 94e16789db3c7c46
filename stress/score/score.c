#include "score/score.h"

#include <stdlib.h>

const char *const ts_score_columns[TS_SCORE_COLUMNS] = {
    [TS_SCORE_SUITE] = "suite",       [TS_SCORE_NATIVE] = "native",
    [TS_SCORE_TSAN] = "tsan",         [TS_SCORE_CLEAN] = "clean",
    [TS_SCORE_EXPLORED] = "explored", [TS_SCORE_CLEAN_EXPLORED] = "clean-explored",
};

ts_err ts_score_begin(struct ts_score *score, const struct ts_score_options *options,
                      const struct ts_corpus *corpus, const bool *chosen, struct ts_diag *diag)
{
    *score = (struct ts_score){.options = *options};
    score->rows = calloc(corpus->count, sizeof *score->rows);
    if (score->rows == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "score", options->out, "no memory for %zu bugs", corpus->count);
    }
    for (size_t i = 0; i < corpus->count; i++) {
        if (chosen[i]) {
            score->rows[score->count++].bug = &corpus->bugs[i];
        }
    }
    return TS_OK;
}

void ts_score_end(struct ts_score *score)
{
    free(score->rows);
    score->rows = NULL;
    score->count = 0;
}

ts_err ts_score_run(struct ts_score *score, ts_score_event event, void *user_data, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    for (size_t i = 0; error == TS_OK && i < score->count && !score->interrupted; i++) {
        struct ts_score_row *row = &score->rows[i];
        for (int column = score->options.explored ? TS_SCORE_EXPLORED : 0;
             error == TS_OK && column < TS_SCORE_COLUMNS && !score->interrupted; column++) {
            error = ts_score_column_run(&score->options, row->bug, (enum ts_score_column)column,
                                        &row->columns[column], &score->interrupted, diag);
        }
        row->done = error == TS_OK && !score->interrupted;
        if (row->done && event != NULL) {
            event(score, i, user_data);
        }
    }
    return error;
}

bool ts_score_caught(const struct ts_score_row *row)
{
    return row->done && row->columns[TS_SCORE_SUITE].caught && !row->columns[TS_SCORE_CLEAN].caught;
}

bool ts_score_caught_explored(const struct ts_score_row *row)
{
    return row->done && row->columns[TS_SCORE_EXPLORED].caught &&
           !row->columns[TS_SCORE_CLEAN_EXPLORED].caught;
}

bool ts_score_met(const struct ts_score *score, const struct ts_score_row *row)
{
    return score->options.explored ? ts_score_caught_explored(row) : ts_score_caught(row);
}

static void add_row(struct ts_score_totals *totals, const struct ts_score_row *row)
{
    const struct ts_score_catch *suite = &row->columns[TS_SCORE_SUITE];
    const struct ts_score_catch *clean = &row->columns[TS_SCORE_CLEAN];
    bool caught = ts_score_caught(row);
    bool native = row->columns[TS_SCORE_NATIVE].caught, tsan = row->columns[TS_SCORE_TSAN].caught;
    totals->bugs++;
    totals->caught += caught;
    totals->by_expected += caught && (suite->detectors & row->bug->expected) != 0;
    totals->explained += !caught && row->bug->missed[0] != '\0';
    totals->native += native;
    totals->tsan += tsan;
    totals->only_suite += caught && !native && !tsan;
    bool explored = ts_score_caught_explored(row);
    totals->explored += explored;
    totals->interleaved += row->bug->interleaving;
    if (explored && row->bug->interleaving) {
        int64_t schedule = row->columns[TS_SCORE_EXPLORED].schedules;
        totals->explored_interleaved++;
        totals->explored_last = schedule > totals->explored_last ? schedule : totals->explored_last;
    }
    totals->clean_failed += clean->caught || row->columns[TS_SCORE_CLEAN_EXPLORED].caught;
    totals->clean_schedules += row->columns[TS_SCORE_CLEAN_EXPLORED].schedules;
    totals->clean_lives += clean->lives;
    totals->clean_ms += clean->elapsed_ms;
    for (size_t i = 0; caught && i < TS_DETECTOR_COUNT; i++) {
        totals->by_detector[i] += suite->detectors >> i & 1;
    }
}

struct ts_score_totals ts_score_sum(const struct ts_score *score)
{
    struct ts_score_totals totals = {0};
    for (size_t i = 0; i < score->count; i++) {
        if (score->rows[i].done) {
            add_row(&totals, &score->rows[i]);
        }
    }
    return totals;
}

/*
 * What the contrast says, before it is laid out: the axes, the text of each cell with its bound, pooled sums.
 *
 * Private to contrast_text.c, and to the stability report where it needs the same figure.
 *
 * Threads: none of its own; reads the record only.
 * Ownership: the model borrows the record and its strings; the record must outlive it.
 * Errors: TS_NO_MEMORY from ts_contrast_init, after which there is nothing to release.
 */
#ifndef TS_REPORTS_CONTRAST_MODEL_H
#define TS_REPORTS_CONTRAST_MODEL_H

#include "reports/record.h"

#include <stdbool.h>
#include <stdio.h>

/* Distinct names, in the order in which the record brings them. */
struct ts_axis {
    const char **names;
    size_t count;
};

struct ts_contrast {
    const struct ts_record *record;
    struct ts_axis scenarios;
    struct ts_axis modes;
    struct ts_axis flavours;
};

ts_err ts_contrast_init(struct ts_contrast *contrast, const struct ts_record *record);
void ts_contrast_fini(struct ts_contrast *contrast);

/* The first cell behind `after` (NULL: from the start) with these names; a NULL name matches any. NULL: no
 * more. */
const struct ts_record_cell *ts_contrast_next(const struct ts_contrast *contrast, const char *scenario,
                                              const char *mode, const char *flavour,
                                              const struct ts_record_cell *after);

enum ts_contrast_tone { TS_TONE_PASS, TS_TONE_FAILING, TS_TONE_INCONCLUSIVE };

/* One cell in words; text that does not fit is cut. */
struct ts_contrast_entry {
    char headline[512]; /* "66 restarts/min: pure-virtual-call 4, segmentation-violation 3" */
    char bound[160];    /* "11 in 10.0 s; 95 %: 33 to 118/min" */
    enum ts_contrast_tone tone;
    bool unexpected;
};

void ts_contrast_describe(const struct ts_record_cell *cell, struct ts_contrast_entry *entry);

/* Named sums without memory of their own. What does not fit is summed in `other`, so that nothing is lost
 * unseen. */
#define TS_TALLY_MAX 64

struct ts_tally {
    struct ts_record_count items[TS_TALLY_MAX];
    size_t count;
    int64_t other;
};

void ts_tally_add(struct ts_tally *tally, const char *name, int64_t value);
int64_t ts_tally_of(const struct ts_tally *tally, const char *name);

/*
 * The time for which a cell's processes were alive, for bounds after nothing was seen. Starting a process is
 * no exposure, so the sum of the lives counts where the record has them, and never more than the cell lasted.
 */
int64_t ts_contrast_exposure_ms(const struct ts_record_cell *cell);

enum ts_standing { TS_STANDING_WHOLE, TS_STANDING_INTERRUPTED, TS_STANDING_PARTIAL };

/* Partial: no end line. Interrupted: ended early, or fewer cells ended than were planned. */
enum ts_standing ts_contrast_standing(const struct ts_record *record);

/* One plain sentence that says what kind of record this is, without newline; "" for a whole one. */
void ts_contrast_write_standing(FILE *out, const struct ts_record *record);

/* Each way in which the record contradicts itself, one sentence a line after `prefix`. Returns how many. */
size_t ts_contrast_write_contradictions(FILE *out, const struct ts_record *record, const char *prefix);

/* What the caller's stream came to: TS_OK, or the error of its writes. Flushes it. */
ts_err ts_contrast_close_stream(FILE *out);

#endif

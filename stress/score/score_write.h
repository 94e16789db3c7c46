/*
 * A score's files: request.json when it begins, score.json and score.md when it ends.
 *
 * Threads: one at a time. Ownership: no memory kept. Errors: TS_NO_SPACE, TS_IO with the path; TS_MALFORMED:
 * a request.json that we did not write.
 */
#ifndef TS_SCORE_SCORE_WRITE_H
#define TS_SCORE_SCORE_WRITE_H

#include "score/score.h"

#include <stdio.h>

/* Writes the request into the score's folder, which is made. */
ts_err ts_score_request_write(const struct ts_score *score, struct ts_diag *diag);

/*
 * The request of a score that was begun in options->out, into *options; and which of the corpus's bugs it
 * chose. TS_NOT_FOUND when none was begun there; TS_LIMIT when it is finished.
 */
ts_err ts_score_request_read(struct ts_score_options *options, unsigned **bugs, size_t *count,
                             struct ts_diag *diag);

ts_err ts_score_write(const struct ts_score *score, struct ts_diag *diag);

void ts_score_markdown(const struct ts_score *score, FILE *out);

/* "52 of 58 seeded bugs caught ..." */
void ts_score_sentence(const struct ts_score *score, char *text, size_t size);

#endif

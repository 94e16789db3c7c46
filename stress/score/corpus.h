/*
 * The seeded bugs of a folder, by number: patches (faults/seeded/NN-name.patch), or what was built of them
 * (NN-name/bug.patch beside workers, with the clean build's in clean/).
 *
 * Threads: a corpus belongs to its caller. Ownership: load allocates, free frees. Errors: those of
 * seeded_bug.h; TS_NOT_FOUND: no such folder, or no bug in it; TS_MALFORMED: a number twice, or a name that
 * is not its file's.
 */
#ifndef TS_SCORE_CORPUS_H
#define TS_SCORE_CORPUS_H

#include "score/seeded_bug.h"

#include <limits.h>

#define TS_CORPUS_CLEAN "clean"

struct ts_corpus {
    struct ts_seeded_bug *bugs;
    size_t count;
};

/* built: a folder of ci/seeded, else one of patches. On error *corpus is empty. */
ts_err ts_corpus_load(const char *folder, bool built, struct ts_corpus *corpus, struct ts_diag *diag);
void ts_corpus_free(struct ts_corpus *corpus);

/* NULL when there is none of that number. */
const struct ts_seeded_bug *ts_corpus_find(const struct ts_corpus *corpus, unsigned id);

/* "NN-name", as its file and folder are called. */
const char *ts_corpus_entry(const struct ts_seeded_bug *bug, char entry[64]);

#endif

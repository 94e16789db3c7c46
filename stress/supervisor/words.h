/*
 * The words that a dying process prints, found in its output as it streams by.
 *
 * glibc and libstdc++ say why they abort only on stderr; the first of their sentences decides the class of
 * the crash.
 *
 * Threads: a ts_words belongs to its caller. Ownership: no memory of its own. Errors: none.
 */
#ifndef TS_SUPERVISOR_WORDS_H
#define TS_SUPERVISOR_WORDS_H

#include "supervisor/outcome.h"

#include <stddef.h>

#define TS_WORDS_CARRY 40 /* longer than any of the sentences */

struct ts_words {
    enum ts_crash_class class; /* of the first sentence seen; TS_CRASH_NONE until then */
    size_t carried;
    char carry[TS_WORDS_CARRY]; /* end of what came before: a sentence may be cut between two reads */
};

void ts_words_feed(struct ts_words *words, const char *text, size_t size);

#endif

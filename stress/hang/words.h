/*
 * An analysis in words: internal half of ts_hang_sentence and ts_hang_write.
 *
 * Threads: any.
 */
#ifndef TS_HANG_WORDS_H
#define TS_HANG_WORDS_H

#include "hang/hang.h"

/* Fills each thread's label and sentence, and its stack's role, text and thread, which point to them. */
void ts_hang_put_into_words(struct ts_hang *hang);

#endif

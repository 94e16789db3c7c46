/*
 * Which detector caught a life, in the letters of the seeded bugs' headers.
 *
 *   T ThreadSanitizer   A AddressSanitizer   L LeakSanitizer   U UBSan   I an invariant of ours
 *   K deadlock          W the watchdog       C the process crashed, and nothing reported why
 *
 * I covers the checker's invariants, the assertions in lib, and a library that was refused when it was
 * loaded.
 *
 * Threads: pure functions. Ownership: no memory of its own. Errors: none.
 */
#ifndef TS_SCORE_DETECTOR_H
#define TS_SCORE_DETECTOR_H

#include "reports/record.h"

#include <stdbool.h>
#include <stdint.h>

#define TS_DETECTOR_LETTERS "TALUIKWC"
#define TS_DETECTOR_COUNT   8

/* A set of detectors: bit i is letter i of TS_DETECTOR_LETTERS. */
typedef uint32_t ts_detectors;

/* False when text has another letter, one twice, or none at all; *set is untouched then. */
bool ts_detectors_parse(const char *text, ts_detectors *set);

/* "TA"; "" for none. */
const char *ts_detectors_text(ts_detectors set, char text[TS_DETECTOR_COUNT + 1]);

/*
 * What caught the life of a cell; none for a life that passed or proved nothing. asserted: an assertion of
 * lib ended it. What merely followed from something worse in the same life is in the set too.
 */
ts_detectors ts_detectors_of(const struct ts_record_life *life, bool asserted);

/* Whether the host refused to load the library: the outcome says only that nothing ran. */
bool ts_detectors_refused(const struct ts_record_life *life);

#endif

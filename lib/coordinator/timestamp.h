/*
 * Timestamps: text to nanoseconds of UTC since the Unix epoch, or a refusal; never a guess.
 *
 * Taken are
 * - ISO 8601 in its extended form with a zone: 2024-08-08T12:30:00Z, 2024-08-08 14:30:00.25+02:00. T or one
 *   blank; seconds may be absent; a fraction has 1 to 9 digits; the offset is hh:mm, hhmm or hh, at most 14
 *   hours;
 * - numbers whose length says their unit: 10 digits are seconds, 13 milliseconds, 19 nanoseconds.
 *
 * Refused, each with its reason, is what could mean two things: a time without a zone, a date alone, the
 * offset -00:00 (RFC 3339: the local time's zone is not known), numbers of any other length or with a leading
 * zero, a minute of 61 seconds and the hour 24. The result depends on the text alone: no locale, no TZ, no
 * clock.
 *
 * Threads: any; no state. Units: nanoseconds since 1970-01-01T00:00:00Z, proleptic Gregorian, without leap
 * seconds; from 1970 to 2262-04-11T23:47:16.854775807Z. Errors: TS_MALFORMED what is no timestamp, TS_INVALID
 * what is ambiguous or names a day or time that does not exist, TS_LIMIT what is out of that range; *utc_ns
 * stays as it was.
 */
#ifndef TS_COORDINATOR_TIMESTAMP_H
#define TS_COORDINATOR_TIMESTAMP_H

#include "base/err.h"

#include <stdint.h>

enum ts_epoch_unit { TS_EPOCH_S, TS_EPOCH_MS, TS_EPOCH_NS };

#define TS_TIMESTAMP_SIZE 32 /* of a formatted one, with its NUL */

ts_err ts_timestamp_parse(const char *text, int64_t *utc_ns, struct ts_diag *diag);

/* A number whose unit the caller knows: no length is ambiguous then. */
ts_err ts_timestamp_from_epoch(int64_t number, enum ts_epoch_unit unit, int64_t *utc_ns,
                               struct ts_diag *diag);

/* "2024-08-08T12:30:00.000000000Z"; parses back to the same number when that is not negative. Returns text.
 */
const char *ts_timestamp_format(int64_t utc_ns, char text[static TS_TIMESTAMP_SIZE]);

#endif

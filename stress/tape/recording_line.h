/*
 * One line of a recording: "<receive time, Unix ns> <JSON of the message>".
 *
 * Threads: pure. Errors: as ts_message_parse; TS_MALFORMED also for a receive time that is none.
 */
#ifndef TS_TAPE_RECORDING_LINE_H
#define TS_TAPE_RECORDING_LINE_H

#include "base/err.h"
#include "market/message.h"

#include <stddef.h>
#include <stdint.h>

/* line ends with a NUL. *json points into it, at what follows the time. subject names the file in the diag.
 */
ts_err ts_recording_line_split(const char *line, int64_t *receive_ns, const char **json, const char *subject,
                               struct ts_diag *diag);

/* length: of the line, without its NUL. */
ts_err ts_recording_line_parse(struct ts_message *message, const char *line, size_t length,
                               const char *subject, struct ts_diag *diag);

#endif

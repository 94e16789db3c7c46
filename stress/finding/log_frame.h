/*
 * One frame of a sanitizer's report as text, and walking such a log line by line.
 *
 * With symbolize=0 AddressSanitizer and LeakSanitizer print the module's path, ThreadSanitizer its base name
 * only. The offset printed is already within the call, not the return address: it can be asked as it is.
 *
 * Threads: pure functions. Ownership: results point into or copy the text given.
 */
#ifndef TS_FINDING_LOG_FRAME_H
#define TS_FINDING_LOG_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_LOG_MODULE_SIZE 256

struct ts_log_frame {
    unsigned number;
    char module[TS_LOG_MODULE_SIZE]; /* as printed; "" when the report names none */
    uint64_t offset;
};

/* A line without its newline; `text` is not terminated. */
struct ts_log_line {
    const char *text;
    size_t length;
};

/* Takes the next line of *cursor. False at the end of the text. */
bool ts_log_next_line(const char **cursor, struct ts_log_line *line);

bool ts_log_line_starts(const struct ts_log_line *line, const char *prefix);

/* Where a part begins in the line, or NULL. */
const char *ts_log_line_find(const struct ts_log_line *line, const char *part);

/* Reads "    #3 ... (module+0x1f0) ...". False when the line is no frame; `frame` is then undefined. */
bool ts_log_frame_parse(const struct ts_log_line *line, struct ts_log_frame *frame);

#endif

/*
 * The lines of a gzip file, of any length up to TS_GZ_LINE_MAX.
 *
 * Threads: belongs to one thread.
 * Ownership: open allocates, close frees; the path must outlive the lines; a line is valid until the next
 * call and may be written to. Errors: open returns TS_NOT_FOUND for a path that leads to no readable file,
 * TS_MALFORMED for a directory; next returns TS_END at the end, TS_TRUNCATED when the compressed stream ends
 * early (what follows the last newline is not handed out then), TS_MALFORMED for a file that is not gzip or
 * fails its checksum, and for a line that is too long.
 */
#ifndef TS_TAPE_GZ_LINES_H
#define TS_TAPE_GZ_LINES_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define TS_GZ_LINE_MAX ((size_t)64 << 20)

struct ts_gz_lines;

ts_err ts_gz_lines_open(const char *path, struct ts_gz_lines **lines, struct ts_diag *diag);

/* *line ends with a NUL instead of its newline; length is without it. */
ts_err ts_gz_lines_next(struct ts_gz_lines *lines, char **line, size_t *length, struct ts_diag *diag);

uint64_t ts_gz_lines_read_bytes(const struct ts_gz_lines *lines);  /* compressed, so far */
uint64_t ts_gz_lines_total_bytes(const struct ts_gz_lines *lines); /* compressed, the whole file */

void ts_gz_lines_close(struct ts_gz_lines *lines);

#endif

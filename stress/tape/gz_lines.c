#include "tape/gz_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CAPACITY_FIRST ((size_t)256 << 10)

static const char operation[] = "read recording";

struct ts_gz_lines {
    gzFile file;
    const char *path; /* the caller's, as long as the lines are open */
    uint64_t total_bytes;
    bool ended;
    char *buffer; /* one byte more than capacity, for the NUL of a last line without newline */
    size_t capacity;
    size_t start; /* of what was not handed out yet */
    size_t end;
};

/* A path that leads to no file that could be read is bad input; a machine out of descriptors is not. */
static ts_err cannot_open(int error, const char *path, struct ts_diag *diag)
{
    ts_err err = ts_fail_errno(diag, error, operation, path);
    bool input = error == EACCES || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG;
    if (input && diag != NULL) {
        diag->code = TS_NOT_FOUND;
    }
    return input ? TS_NOT_FOUND : err;
}

ts_err ts_gz_lines_open(const char *path, struct ts_gz_lines **lines, struct ts_diag *diag)
{
    struct stat status;
    ts_err err;
    struct ts_gz_lines *opened = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        err = cannot_open(errno, path, diag);
        goto cleanup;
    }
    if (S_ISDIR(status.st_mode)) {
        err = ts_fail(diag, TS_MALFORMED, operation, path, "a directory, not a gzip file");
        goto cleanup;
    }
    opened = calloc(1, sizeof *opened);
    if (opened == NULL || (opened->buffer = malloc(CAPACITY_FIRST + 1)) == NULL ||
        (opened->file = gzdopen(fd, "rb")) == NULL) {
        err = ts_fail(diag, TS_NO_MEMORY, operation, path, "no memory for its buffer");
        goto cleanup;
    }
    opened->path = path;
    opened->capacity = CAPACITY_FIRST;
    opened->total_bytes = (uint64_t)status.st_size;
    *lines = opened;
    return TS_OK;
cleanup:
    if (opened != NULL) {
        free(opened->buffer);
        free(opened);
    }
    if (fd >= 0) {
        close(fd);
    }
    return err;
}

static ts_err stream_error(struct ts_gz_lines *lines, struct ts_diag *diag)
{
    int code = Z_OK;
    const char *text = gzerror(lines->file, &code);
    switch (code) {
    case Z_OK:
    case Z_STREAM_END:
        return TS_OK;
    case Z_BUF_ERROR:
        return ts_fail(diag, TS_TRUNCATED, operation, lines->path, "the gzip stream ends too early");
    case Z_MEM_ERROR:
        return ts_fail(diag, TS_NO_MEMORY, operation, lines->path, "no memory to inflate");
    case Z_ERRNO:
        return ts_fail_errno(diag, errno, operation, lines->path);
    default:
        return ts_fail(diag, TS_MALFORMED, operation, lines->path, "damaged gzip stream: %s", text);
    }
}

static ts_err make_room(struct ts_gz_lines *lines, struct ts_diag *diag)
{
    if (lines->start > 0) {
        lines->end -= lines->start;
        memmove(lines->buffer, lines->buffer + lines->start, lines->end);
        lines->start = 0;
        return TS_OK;
    }
    if (lines->end < lines->capacity) {
        return TS_OK;
    }
    if (lines->capacity >= TS_GZ_LINE_MAX) {
        return ts_fail(diag, TS_MALFORMED, operation, lines->path, "line longer than %zu bytes",
                       TS_GZ_LINE_MAX);
    }
    char *buffer = realloc(lines->buffer, 2 * lines->capacity + 1);
    if (buffer == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, operation, lines->path, "no memory for a line of %zu bytes",
                       2 * lines->capacity);
    }
    lines->buffer = buffer;
    lines->capacity *= 2;
    return TS_OK;
}

/* Appends to the buffer. A stream that ends early counts as read up to there: its whole lines come first. */
static ts_err refill(struct ts_gz_lines *lines, struct ts_diag *diag)
{
    ts_err err = make_room(lines, diag);
    if (err != TS_OK) {
        return err;
    }
    int got = gzread(lines->file, lines->buffer + lines->end, (unsigned)(lines->capacity - lines->end));
    if (got < 0) {
        return stream_error(lines, diag);
    }
    if (gzdirect(lines->file)) {
        return ts_fail(diag, TS_MALFORMED, operation, lines->path, "not a gzip file");
    }
    lines->ended = got == 0;
    lines->end += (size_t)got;
    return TS_OK;
}

ts_err ts_gz_lines_next(struct ts_gz_lines *lines, char **line, size_t *length, struct ts_diag *diag)
{
    size_t searched = 0;
    char *newline = NULL;
    for (;;) {
        char *from = lines->buffer + lines->start;
        size_t have = lines->end - lines->start;
        newline = memchr(from + searched, '\n', have - searched);
        if (newline != NULL || lines->ended) {
            break;
        }
        searched = have;
        ts_err err = refill(lines, diag);
        if (err != TS_OK) {
            return err;
        }
    }
    if (newline == NULL) {
        ts_err err = stream_error(lines, diag);
        if (err != TS_OK) {
            return err;
        }
        if (lines->start == lines->end) {
            return TS_END;
        }
        newline = lines->buffer + lines->end;
    }
    *line = lines->buffer + lines->start;
    *length = (size_t)(newline - *line);
    *newline = '\0';
    lines->start += *length + 1;
    if (lines->start > lines->end) {
        lines->start = lines->end; /* the last line had no newline */
    }
    return TS_OK;
}

uint64_t ts_gz_lines_read_bytes(const struct ts_gz_lines *lines)
{
    z_off_t offset = gzoffset(lines->file);
    return offset > 0 ? (uint64_t)offset : 0;
}

uint64_t ts_gz_lines_total_bytes(const struct ts_gz_lines *lines)
{
    return lines->total_bytes;
}

void ts_gz_lines_close(struct ts_gz_lines *lines)
{
    if (lines != NULL) {
        gzclose_r(lines->file);
        free(lines->buffer);
        free(lines);
    }
}

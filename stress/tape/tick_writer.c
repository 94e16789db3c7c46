#include "tape/source_kind.h"
#include "tape/tick_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES 65536

static const char operation[] = "write tick file";

struct ts_tick_writer {
    int fd;
    char *path;
    char *partial;
    struct ts_tick_file_header header;
    size_t used_bytes;
    unsigned char buffer[BUFFER_BYTES];
};

static ts_err write_all(struct ts_tick_writer *writer, const unsigned char *bytes, size_t size,
                        struct ts_diag *diag)
{
    while (size > 0) {
        ssize_t written = write(writer->fd, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return ts_fail_errno(diag, errno, operation, writer->partial);
        }
        bytes += written;
        size -= (size_t)written;
    }
    return TS_OK;
}

static ts_err flush(struct ts_tick_writer *writer, struct ts_diag *diag)
{
    ts_err err = write_all(writer, writer->buffer, writer->used_bytes, diag);
    writer->used_bytes = 0;
    return err;
}

static void free_writer(struct ts_tick_writer *writer)
{
    if (writer->fd >= 0) {
        close(writer->fd);
    }
    free(writer->partial);
    free(writer->path);
    free(writer);
}

ts_err ts_tick_writer_create(const char *path, struct ts_tick_writer **writer, struct ts_diag *diag)
{
    struct ts_tick_writer *created = calloc(1, sizeof *created);
    if (created == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, operation, path, "no memory for its buffer");
    }
    created->fd = -1;
    created->path = strdup(path);
    if (created->path == NULL || asprintf(&created->partial, "%s.partial-%ld", path, (long)getpid()) < 0) {
        created->partial = NULL;
        free_writer(created);
        return ts_fail(diag, TS_NO_MEMORY, operation, path, "no memory for its name");
    }
    created->fd = open(created->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (created->fd < 0) {
        ts_err err = ts_fail_errno(diag, errno, operation, created->partial);
        free_writer(created);
        return err;
    }
    /* Until the commit a header of zeros stands here, which nobody accepts. */
    created->used_bytes = sizeof created->header;
    *writer = created;
    return TS_OK;
}

ts_err ts_tick_writer_append(struct ts_tick_writer *writer, const struct ts_tick *tick, struct ts_diag *diag)
{
    struct ts_tick_file_header *header = &writer->header;
    TS_ASSERT(tick->size == wingchun_size((int)tick->type) && tick->size > 0);
    TS_ASSERT(tick->receive_ns >= header->last_receive_ns);
    size_t frame_bytes = ts_tick_frame_bytes(tick->size);
    if (writer->used_bytes + frame_bytes > BUFFER_BYTES) {
        ts_err err = flush(writer, diag);
        if (err != TS_OK) {
            return err;
        }
    }
    struct ts_tick_frame frame = {.receive_ns = tick->receive_ns, .type = tick->type, .size = tick->size};
    unsigned char *place = writer->buffer + writer->used_bytes;
    memset(place + frame_bytes - 8, 0, 8);
    memcpy(place, &frame, sizeof frame);
    memcpy(place + sizeof frame, tick->data.bytes, tick->size);
    writer->used_bytes += frame_bytes;
    if (header->payload_bytes == 0) {
        header->first_receive_ns = tick->receive_ns;
    }
    header->last_receive_ns = tick->receive_ns;
    header->payload_bytes += frame_bytes;
    header->payload_hash = ts_tick_hash(header->payload_hash, place, frame_bytes);
    ts_tick_counts_add(&header->counts, tick->type);
    return TS_OK;
}

static ts_err complete(struct ts_tick_writer *writer, struct ts_diag *diag)
{
    struct ts_tick_file_header *header = &writer->header;
    memcpy(header->magic, TS_TICK_FILE_MAGIC, sizeof header->magic);
    header->version = TS_TICK_FILE_VERSION;
    header->header_bytes = sizeof *header;
    ts_err err = flush(writer, diag);
    if (err != TS_OK) {
        return err;
    }
    int ok = lseek(writer->fd, 0, SEEK_SET) == 0;
    if (ok) {
        err = write_all(writer, (const unsigned char *)header, sizeof *header, diag);
        if (err != TS_OK) {
            return err;
        }
        ok = fsync(writer->fd) == 0;
    }
    if (ok) {
        int fd = writer->fd;
        writer->fd = -1;
        ok = close(fd) == 0;
    }
    if (!ok) {
        return ts_fail_errno(diag, errno, operation, writer->partial);
    }
    if (rename(writer->partial, writer->path) != 0) {
        return ts_fail_errno(diag, errno, operation, writer->path);
    }
    return TS_OK;
}

ts_err ts_tick_writer_commit(struct ts_tick_writer *writer, struct ts_diag *diag)
{
    ts_err err = complete(writer, diag);
    if (err != TS_OK) {
        ts_tick_writer_discard(writer);
        return err;
    }
    free_writer(writer);
    return TS_OK;
}

void ts_tick_writer_discard(struct ts_tick_writer *writer)
{
    if (writer != NULL) {
        unlink(writer->partial);
        free_writer(writer);
    }
}

#include "tape/tick_file.h"

#include "base/clock.h"
#include "tape/source_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASS_GAP_NS TS_NS_PER_MS

static const char operation[] = "open tick file";

uint64_t ts_tick_hash(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *place = bytes;
    for (size_t done = 0; done < size; done += sizeof hash) {
        uint64_t word;
        memcpy(&word, place + done, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
        hash ^= hash >> 32;
    }
    return hash;
}

static ts_err check_header(const struct ts_tick_file_header *header, size_t file_bytes, const char *path,
                           struct ts_diag *diag)
{
    if (memcmp(header->magic, TS_TICK_FILE_MAGIC, sizeof header->magic) != 0) {
        return ts_fail(diag, TS_MALFORMED, operation, path, "not a tick file");
    }
    if (header->version != TS_TICK_FILE_VERSION || header->header_bytes != sizeof *header) {
        return ts_fail(diag, TS_MISMATCH, operation, path,
                       "format version %u with a header of %u bytes, expected %u with %zu", header->version,
                       header->header_bytes, TS_TICK_FILE_VERSION, sizeof *header);
    }
    uint64_t payload_bytes = file_bytes - sizeof *header;
    if (payload_bytes != header->payload_bytes) {
        return ts_fail(diag, payload_bytes < header->payload_bytes ? TS_TRUNCATED : TS_MALFORMED, operation,
                       path, "holds %llu bytes of ticks, its header says %llu",
                       (unsigned long long)payload_bytes, (unsigned long long)header->payload_bytes);
    }
    if (payload_bytes == 0) {
        return ts_fail(diag, TS_MALFORMED, operation, path, "holds no tick");
    }
    return TS_OK;
}

/* What the frames say, to be compared with the header. */
static ts_err walk_frames(const struct ts_tick_map *map, struct ts_tick_file_header *seen, const char *path,
                          struct ts_diag *diag)
{
    uint64_t left = map->header->payload_bytes;
    const unsigned char *place = map->frames;
    for (uint64_t number = 1; left > 0; number++) {
        struct ts_tick_frame frame;
        if (left < sizeof frame) {
            return ts_fail(diag, TS_MALFORMED, operation, path, "tick %llu is cut short",
                           (unsigned long long)number);
        }
        memcpy(&frame, place, sizeof frame);
        size_t frame_bytes = ts_tick_frame_bytes(frame.size);
        if (frame.size == 0 || frame.size != wingchun_size((int)frame.type) || frame_bytes > left) {
            return ts_fail(diag, TS_MALFORMED, operation, path, "tick %llu has type %u and size %u",
                           (unsigned long long)number, frame.type, frame.size);
        }
        if (frame.receive_ns < seen->last_receive_ns) {
            return ts_fail(diag, TS_MALFORMED, operation, path, "the time of tick %llu goes back",
                           (unsigned long long)number);
        }
        if (number == 1) {
            seen->first_receive_ns = frame.receive_ns;
        }
        seen->last_receive_ns = frame.receive_ns;
        ts_tick_counts_add(&seen->counts, frame.type);
        place += frame_bytes;
        left -= frame_bytes;
    }
    return TS_OK;
}

static ts_err check_map(const struct ts_tick_map *map, const char *path, struct ts_diag *diag)
{
    const struct ts_tick_file_header *header = map->header;
    ts_err err = check_header(header, map->file_bytes, path, diag);
    if (err != TS_OK) {
        return err;
    }
    /* Only whole words are hashed; a length that is none fails on its frames below. */
    if (header->payload_bytes % 8 == 0 &&
        ts_tick_hash(0, map->frames, header->payload_bytes) != header->payload_hash) {
        return ts_fail(diag, TS_MALFORMED, operation, path, "checksum differs: the file is damaged");
    }
    struct ts_tick_file_header seen = {0}; /* a time before the epoch counts as going back */
    err = walk_frames(map, &seen, path, diag);
    if (err != TS_OK) {
        return err;
    }
    if (memcmp(&seen.counts, &header->counts, sizeof seen.counts) != 0) {
        return ts_fail(diag, TS_MALFORMED, operation, path, "tick counts differ from those in its header");
    }
    if (seen.first_receive_ns != header->first_receive_ns ||
        seen.last_receive_ns != header->last_receive_ns) {
        return ts_fail(diag, TS_MALFORMED, operation, path, "times differ from those in its header");
    }
    return TS_OK;
}

ts_err ts_tick_map_open(const char *path, struct ts_tick_map *map, struct ts_diag *diag)
{
    struct stat status;
    ts_err err = TS_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        err = ts_fail_errno(diag, errno, operation, path);
        goto cleanup;
    }
    if (!S_ISREG(status.st_mode)) {
        err = ts_fail(diag, TS_INVALID, operation, path, "not a regular file");
        goto cleanup;
    }
    if ((size_t)status.st_size < sizeof(struct ts_tick_file_header)) {
        err = ts_fail(diag, TS_TRUNCATED, operation, path, "%lld bytes hold no header",
                      (long long)status.st_size);
        goto cleanup;
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        err = ts_fail_errno(diag, errno, operation, path);
        goto cleanup;
    }
    map->header = bytes;
    map->frames = (const unsigned char *)bytes + sizeof *map->header;
    map->file_bytes = (size_t)status.st_size;
    err = check_map(map, path, diag);
    if (err != TS_OK) {
        ts_tick_map_close(map);
    }
cleanup:
    if (fd >= 0) {
        close(fd);
    }
    return err;
}

void ts_tick_map_close(struct ts_tick_map *map)
{
    munmap((void *)map->header, map->file_bytes);
    *map = (struct ts_tick_map){0};
}

struct file_source {
    struct ts_source base;
    struct ts_tick_map map;
    uint64_t offset;
    uint32_t passes; /* 0 for endless */
    uint32_t passed;
    int64_t shift_ns;
};

/* Rewinds for the next pass; TS_END after the last, or when its times would leave the clock's range. */
static ts_err next_pass(struct file_source *file)
{
    const struct ts_tick_file_header *header = file->map.header;
    int64_t pass_ns, shift_ns, last_ns;
    if (file->passes != 0 && file->passed + 1 >= file->passes) {
        return TS_END;
    }
    if (__builtin_add_overflow(header->last_receive_ns - header->first_receive_ns, PASS_GAP_NS, &pass_ns) ||
        __builtin_add_overflow(file->shift_ns, pass_ns, &shift_ns) ||
        __builtin_add_overflow(header->last_receive_ns, shift_ns, &last_ns)) {
        return TS_END;
    }
    file->shift_ns = shift_ns;
    file->passed++;
    file->offset = 0;
    return TS_OK;
}

/* The exchange's own time is foreign input: it may wrap, it must not trap. */
static int64_t shifted(int64_t time_ns, int64_t shift_ns)
{
    return (int64_t)((uint64_t)time_ns + (uint64_t)shift_ns);
}

static void shift_times(struct ts_tick *tick, int64_t shift_ns)
{
    tick->receive_ns += shift_ns;
    switch (tick->type) {
    case WINGCHUN_DEPTH:
        tick->data.depth.data_time_ns = shifted(tick->data.depth.data_time_ns, shift_ns);
        break;
    case WINGCHUN_TICKER:
        tick->data.ticker.data_time_ns = shifted(tick->data.ticker.data_time_ns, shift_ns);
        break;
    case WINGCHUN_TRADE:
        tick->data.trade.trade_time_ns = shifted(tick->data.trade.trade_time_ns, shift_ns);
        break;
    default:
        break; /* IndexPrice carries no time */
    }
}

static ts_err file_next(struct ts_source *source, struct ts_tick *tick)
{
    struct file_source *file = (struct file_source *)source;
    if (file->offset == file->map.header->payload_bytes) {
        ts_err err = next_pass(file);
        if (err != TS_OK) {
            return err;
        }
    }
    const unsigned char *place = file->map.frames + file->offset;
    struct ts_tick_frame frame;
    memcpy(&frame, place, sizeof frame);
    tick->receive_ns = frame.receive_ns;
    tick->type = frame.type;
    tick->size = frame.size;
    memcpy(tick->data.bytes, place + sizeof frame, frame.size);
    shift_times(tick, file->shift_ns);
    file->offset += ts_tick_frame_bytes(frame.size);
    return TS_OK;
}

static void file_destroy(struct ts_source *source)
{
    struct file_source *file = (struct file_source *)source;
    ts_tick_map_close(&file->map);
    free(file);
}

static const struct ts_source_operations file_operations = {file_next, file_destroy};

ts_err ts_source_tick_file(const char *path, uint32_t passes, struct ts_source **source, struct ts_diag *diag)
{
    struct file_source *file = calloc(1, sizeof *file);
    if (file == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, operation, path, "no memory for the source");
    }
    ts_err err = ts_tick_map_open(path, &file->map, diag);
    if (err != TS_OK) {
        free(file);
        return err;
    }
    file->base.operations = &file_operations;
    file->passes = passes;
    *source = &file->base;
    return TS_OK;
}

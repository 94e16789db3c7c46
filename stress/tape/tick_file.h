/*
 * The tick file on disk: what recording.h writes and ts_source_tick_file maps.
 *
 * A header, then frames in receive order. A frame is struct ts_tick_frame and the wire struct, padded with
 * zeros to 8 bytes. Everything is little-endian, as the hosts are; a file from elsewhere fails on its
 * version.
 *
 * Threads: a writer and a map belong to one thread.
 * Ownership: create allocates; commit and discard both free the writer. open maps, close unmaps.
 * What a tick says is not judged here but by the engine (signal_api.h): a tick file holds what was recorded.
 *
 * Errors: a map is checked whole before it is handed out (magic, version, sizes, checksum, every frame, the
 * header's counts and times), so that readers need no checks. A failed or abandoned writer leaves no file
 * behind.
 */
#ifndef TS_TAPE_TICK_FILE_H
#define TS_TAPE_TICK_FILE_H

#include "base/err.h"
#include "tape/source.h"

#include <stddef.h>
#include <stdint.h>

#define TS_TICK_FILE_MAGIC   "TSTICKS" /* 8 bytes with its NUL */
#define TS_TICK_FILE_VERSION 1

struct ts_tick_file_header {
    char magic[8];
    uint32_t version;
    uint32_t header_bytes;
    struct ts_tick_counts counts;
    int64_t first_receive_ns;
    int64_t last_receive_ns;
    uint64_t payload_bytes; /* all frames; the file ends with them */
    uint64_t payload_hash;  /* ts_tick_hash of all frames, from 0 */
};

struct ts_tick_frame {
    int64_t receive_ns;
    uint32_t type;
    uint32_t size; /* of the wire struct, without padding */
};

_Static_assert(sizeof(struct ts_tick_file_header) == 80, "the header is 80 bytes on disk");
_Static_assert(sizeof(struct ts_tick_frame) == 16, "a frame opens with 16 bytes");

/* Bytes of a whole frame round a wire struct of that size. */
static inline size_t ts_tick_frame_bytes(size_t size)
{
    return sizeof(struct ts_tick_frame) + ((size + 7) & ~(size_t)7);
}

/*
 * Continues a checksum over size bytes, a multiple of 8. Each step is a bijection of the state, so no change
 * within one word goes unseen. It guards against damage, not against forgery.
 */
uint64_t ts_tick_hash(uint64_t hash, const void *bytes, size_t size);

struct ts_tick_writer;

/* Writes to "<path>.partial-<pid>" until the commit. */
ts_err ts_tick_writer_create(const char *path, struct ts_tick_writer **writer, struct ts_diag *diag);
/* Ticks come in receive order. After an error only discard is left. */
ts_err ts_tick_writer_append(struct ts_tick_writer *writer, const struct ts_tick *tick, struct ts_diag *diag);
/* Completes, syncs and renames the file to its path. The writer is gone, whatever the result. */
ts_err ts_tick_writer_commit(struct ts_tick_writer *writer, struct ts_diag *diag);
/* Removes the partial file; NULL does nothing. */
void ts_tick_writer_discard(struct ts_tick_writer *writer);

struct ts_tick_map {
    const struct ts_tick_file_header *header;
    const unsigned char *frames;
    size_t file_bytes;
};

ts_err ts_tick_map_open(const char *path, struct ts_tick_map *map, struct ts_diag *diag);
void ts_tick_map_close(struct ts_tick_map *map);

#endif

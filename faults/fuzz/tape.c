/*
 * Fuzz target: recordings (ts_recording_convert) and tick files (ts_source_tick_file).
 *
 * Input: a letter that says what follows.
 *   l  lines of a recording, to be compressed; they are read and counted
 *   w  the same, and written to a tick file, which must then hold what was counted
 *   g  the bytes of a recording as they lie on disk
 *   t  the bytes of a tick file
 *   m  the same with a header that is mended to fit its frames, so that a change comes past the checksum
 * Held against it: what is refused is told with the code that is returned, and leaves no file; what is
 * accepted can be read to its end, twice over.
 */
#include "memory_file.h"
#include "tape/recording.h"
#include "tape/source_kind.h"
#include "tape/tick_file.h"

#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char folder[64];

static void remove_folder(void)
{
    rmdir(folder);
}

static void make_folder(void)
{
    if (folder[0] == '\0') {
        const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        snprintf(folder, sizeof folder, "%s/ts_fuzz_XXXXXX", base);
        TS_ASSERT(mkdtemp(folder) != NULL);
        atexit(remove_folder);
    }
}

static int files_in_folder(void)
{
    int files = 0;
    DIR *directory = opendir(folder);
    TS_ASSERT(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        files += entry->d_name[0] != '.';
    }
    closedir(directory);
    return files;
}

static void check_told(ts_err error, const struct ts_diag *diag)
{
    TS_ASSERT(error == TS_OK || (diag->code == error && diag->text[0] != '\0' && diag->subject[0] != '\0'));
}

static struct ts_tick_counts read_ticks(const char *path, uint32_t passes)
{
    struct ts_source *source = NULL;
    struct ts_diag diag = {0};
    struct ts_tick tick;
    struct ts_tick_counts counts = {0};
    int64_t last_ns = 0;
    ts_err error = ts_source_tick_file(path, passes, &source, &diag);
    check_told(error, &diag);
    if (error != TS_OK) {
        return counts;
    }
    while (ts_source_next(source, &tick) == TS_OK) {
        TS_ASSERT(tick.size == wingchun_size((int)tick.type) && tick.size > 0);
        TS_ASSERT(tick.receive_ns >= last_ns);
        last_ns = tick.receive_ns;
    }
    counts = ts_source_counts(source);
    ts_source_close(source);
    return counts;
}

static void convert(const uint8_t *gzip, size_t size, bool write)
{
    struct ts_memory_file input;
    struct ts_recording_counts counts;
    struct ts_diag diag = {0};
    char path[80];
    make_folder();
    snprintf(path, sizeof path, "%s/ticks", folder);
    ts_memory_file_open(&input, gzip, size);
    ts_err error = ts_recording_convert(input.path, write ? path : NULL, &counts, NULL, NULL, &diag);
    ts_memory_file_close(&input);
    check_told(error, &diag);
    TS_ASSERT(counts.depth_stale + counts.depth_applied <= counts.depth_diffs);
    if (error == TS_OK && write) {
        struct ts_tick_counts read = read_ticks(path, 1);
        TS_ASSERT(memcmp(&read, &counts.ticks, sizeof read) == 0);
        unlink(path);
    }
    TS_ASSERT(!write || files_in_folder() == 0);
}

/* Stored, not packed: what the fuzzer changed stays what is read. */
static void convert_lines(const uint8_t *lines, size_t size, bool write)
{
    z_stream stream = {0};
    int status = deflateInit2(&stream, Z_NO_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    TS_ASSERT(status == Z_OK);
    size_t room = deflateBound(&stream, (uLong)size);
    uint8_t *packed = malloc(room);
    TS_ASSERT(packed != NULL);
    stream.next_in = (Bytef *)(uintptr_t)lines;
    stream.avail_in = (uInt)size;
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    status = deflate(&stream, Z_FINISH);
    TS_ASSERT(status == Z_STREAM_END);
    size_t packed_size = stream.total_out;
    deflateEnd(&stream);
    convert(packed, packed_size, write);
    free(packed);
}

static void open_ticks(const uint8_t *bytes, size_t size)
{
    struct ts_memory_file input;
    ts_memory_file_open(&input, bytes, size);
    read_ticks(input.path, 2);
    ts_memory_file_close(&input);
}

/* Makes the header say what the frames are, as far as they can be walked. */
static void open_mended(const uint8_t *bytes, size_t size)
{
    struct ts_tick_file_header header = {.magic = TS_TICK_FILE_MAGIC,
                                         .version = TS_TICK_FILE_VERSION,
                                         .header_bytes = sizeof header,
                                         .payload_bytes = size};
    uint8_t *whole = malloc(sizeof header + size);
    struct ts_tick_frame frame;
    TS_ASSERT(whole != NULL);
    for (size_t place = 0; place < size && size - place >= sizeof frame;
         place += ts_tick_frame_bytes(frame.size)) {
        memcpy(&frame, bytes + place, sizeof frame);
        header.first_receive_ns = place == 0 ? frame.receive_ns : header.first_receive_ns;
        header.last_receive_ns = frame.receive_ns;
        ts_tick_counts_add(&header.counts, frame.type);
    }
    header.payload_hash = ts_tick_hash(0, bytes, size / 8 * 8);
    memcpy(whole, &header, sizeof header);
    memcpy(whole + sizeof header, bytes, size);
    open_ticks(whole, sizeof header + size);
    free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    switch (size > 0 ? bytes[0] : 0) {
    case 'l':
        convert_lines(bytes + 1, size - 1, false);
        break;
    case 'w':
        convert_lines(bytes + 1, size - 1, true);
        break;
    case 'g':
        convert(bytes + 1, size - 1, false);
        break;
    case 't':
        open_ticks(bytes + 1, size - 1);
        break;
    case 'm':
        open_mended(bytes + 1, size - 1);
        break;
    default:
        return -1; /* not worth keeping */
    }
    return 0;
}

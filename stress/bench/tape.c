#include "bench/tape.h"

#include "tape/recording.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ts_err read_all(struct ts_source *source, const char *path, uint64_t limit, struct ts_bench_tape *tape,
                       struct ts_diag *diag)
{
    struct ts_tick tick;
    uint64_t room = 0;
    while ((limit == 0 || tape->count < limit) && ts_source_next(source, &tick) == TS_OK) {
        if (tape->count == room) {
            room = room > 0 ? 2 * room : 8192;
            struct ts_tick *more = realloc(tape->ticks, room * sizeof *more);
            if (more == NULL) {
                return ts_fail(diag, TS_NO_MEMORY, "load tape", path, "no memory");
            }
            tape->ticks = more;
        }
        tape->depths += tick.type == WINGCHUN_DEPTH;
        tape->ticks[tape->count++] = tick;
    }
    return tape->depths > 0
               ? TS_OK
               : ts_fail(diag, TS_MALFORMED, "load tape", path, "there is no Depth among its %llu ticks",
                         (unsigned long long)tape->count);
}

static ts_err read_tick_file(const char *file, const char *path, uint64_t limit, struct ts_bench_tape *tape,
                             struct ts_diag *diag)
{
    struct ts_source *source;
    ts_err error = ts_source_tick_file(file, 1, &source, diag);
    if (error == TS_OK) {
        error = read_all(source, path, limit, tape, diag);
        ts_source_close(source);
    }
    return error;
}

ts_err ts_bench_tape_load(const char *path, uint64_t limit, struct ts_bench_tape *tape, struct ts_diag *diag)
{
    char file[] = "/tmp/tickstorm-bench-XXXXXX";
    struct ts_recording_counts counts;
    size_t length = strlen(path);
    *tape = (struct ts_bench_tape){0};
    ts_err error;
    if (length < 3 || strcmp(path + length - 3, ".gz") != 0) {
        error = read_tick_file(path, path, limit, tape, diag);
    } else {
        int descriptor = mkstemp(file);
        if (descriptor < 0) {
            return ts_fail(diag, TS_ENVIRONMENT, "load tape", file, "no room for a temporary file");
        }
        close(descriptor);
        error = ts_recording_convert(path, file, &counts, NULL, NULL, diag);
        if (error == TS_OK) {
            error = read_tick_file(file, path, limit, tape, diag);
        }
        unlink(file);
    }
    if (error != TS_OK) {
        free(tape->ticks);
        tape->ticks = NULL;
    }
    return error;
}

#include "bench/placement.h"

#include "base/clock.h"
#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SIBLINGS_BELOW_NS 95.0
#define NEAR_BELOW_NS     300.0
#define ROLLING_LINES     1024u /* 64 KiB: stays in the caches */
#define STREAM_BYTES      (256u * 1024)
#define STREAM_STEP       4096u

static const char *const names[TS_PLACEMENT_COUNT] = {"siblings", "near", "far"};

const char *ts_placement_name(enum ts_placement placement)
{
    return names[placement];
}

enum ts_placement ts_placement_of(double rtt_ns)
{
    return rtt_ns < SIBLINGS_BELOW_NS ? TS_PLACEMENT_SIBLINGS
           : rtt_ns < NEAR_BELOW_NS   ? TS_PLACEMENT_NEAR
                                      : TS_PLACEMENT_FAR;
}

ts_err ts_placement_choose(int processors[2], struct ts_diag *diag)
{
    cpu_set_t allowed;
    int found = 0;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
        for (int i = 0; i < CPU_SETSIZE && found < 2; i++) {
            if (CPU_ISSET(i, &allowed)) {
                processors[found++] = i;
            }
        }
    }
    return found == 2 ? TS_OK
                      : ts_fail(diag, TS_ENVIRONMENT, "choose processors", NULL,
                                "a measurement between two threads needs two processors");
}

void ts_placement_bind(int processor)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    int error = pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    TS_ASSERT(error == 0);
}

void ts_placement_start(struct ts_thread *thread, const int processors[2], ts_thread_body body,
                        void *argument)
{
    ts_placement_bind(processors[1]); /* which the new thread inherits */
    ts_err error = ts_thread_start(thread, "second", body, argument, NULL);
    TS_ASSERT(error == TS_OK);
    ts_placement_bind(processors[0]);
}

uint64_t ts_placement_switches(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return (uint64_t)usage.ru_nivcsw;
}

struct line {
    _Alignas(TS_CACHE_LINE) _Atomic uint64_t value;
};

struct bounce {
    struct line *lines;
    uint64_t mask; /* 0: one line */
    uint64_t round_trips;
    enum ts_spin spin;
};

static void await(const struct bounce *bounce, struct line *line, uint64_t value)
{
    /* Acquire and release here and below: what a queue's flag would need. */
    while (atomic_load_explicit(&line->value, memory_order_acquire) != value) {
        if (bounce->spin == TS_SPIN_PAUSE) {
            ts_cpu_relax();
        }
    }
}

static void answer(void *argument)
{
    const struct bounce *bounce = argument;
    for (uint64_t i = 1; i <= bounce->round_trips; i++) {
        struct line *line = &bounce->lines[i & bounce->mask];
        await(bounce, line, 2 * i - 1);
        atomic_store_explicit(&line->value, 2 * i, memory_order_release);
    }
}

double ts_placement_round_trip(const int processors[2], uint64_t round_trips, enum ts_spin spin, bool rolling)
{
    struct bounce bounce = {.lines = aligned_alloc(TS_CACHE_LINE, ROLLING_LINES * sizeof(struct line)),
                            .mask = rolling ? ROLLING_LINES - 1 : 0,
                            .round_trips = round_trips + 1,
                            .spin = spin};
    struct ts_thread thread = {0};
    int64_t begun_ns = 0;
    TS_ASSERT(bounce.lines != NULL);
    memset(bounce.lines, 0, ROLLING_LINES * sizeof(struct line));
    ts_placement_start(&thread, processors, answer, &bounce);
    for (uint64_t i = 1; i <= bounce.round_trips; i++) {
        struct line *line = &bounce.lines[i & bounce.mask];
        atomic_store_explicit(&line->value, 2 * i - 1, memory_order_release);
        await(&bounce, line, 2 * i);
        if (i == 1) { /* the other thread is there */
            begun_ns = ts_clock_ns();
        }
    }
    double elapsed_ns = (double)(ts_clock_ns() - begun_ns);
    ts_thread_join(&thread);
    free(bounce.lines);
    return elapsed_ns / (double)round_trips;
}

double ts_placement_probe(const int processors[2])
{
    return ts_placement_round_trip(processors, 2000, TS_SPIN_TIGHT, false);
}

double ts_placement_look(void)
{
    cpu_set_t allowed;
    struct ts_diag diag;
    int processors[2];
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 ||
        ts_placement_choose(processors, &diag) != TS_OK) {
        return 0;
    }
    double rtt_ns = ts_placement_probe(processors);
    int error = pthread_setaffinity_np(pthread_self(), sizeof allowed, &allowed);
    TS_ASSERT(error == 0);
    return rtt_ns;
}

struct stream {
    uint64_t *words;
    _Alignas(TS_CACHE_LINE) _Atomic uint64_t written;
    _Alignas(TS_CACHE_LINE) _Atomic uint64_t read;
    uint64_t bytes;
    uint64_t sum;
};

static uint64_t *step_at(const struct stream *stream, uint64_t offset)
{
    return stream->words + offset % STREAM_BYTES / sizeof *stream->words;
}

static void read_stream(void *argument)
{
    struct stream *stream = argument;
    for (uint64_t offset = 0; offset < stream->bytes; offset += STREAM_STEP) {
        while (atomic_load_explicit(&stream->written, memory_order_acquire) <= offset) {
            ts_cpu_relax();
        }
        const uint64_t *words = step_at(stream, offset);
        for (size_t i = 0; i < STREAM_STEP / sizeof *words; i++) {
            stream->sum += words[i];
        }
        atomic_store_explicit(&stream->read, offset + STREAM_STEP, memory_order_release);
    }
}

double ts_placement_stream_line_ns(const int processors[2], uint64_t bytes)
{
    struct stream stream = {.words = aligned_alloc(TS_CACHE_LINE, STREAM_BYTES),
                            .bytes = bytes / STREAM_STEP * STREAM_STEP};
    struct ts_thread thread = {0};
    TS_ASSERT(stream.words != NULL);
    memset(stream.words, 0, STREAM_BYTES);
    ts_placement_start(&thread, processors, read_stream, &stream);
    int64_t begun_ns = ts_clock_ns();
    for (uint64_t offset = 0; offset < stream.bytes; offset += STREAM_STEP) {
        while (offset - atomic_load_explicit(&stream.read, memory_order_acquire) >= STREAM_BYTES) {
            ts_cpu_relax();
        }
        uint64_t *words = step_at(&stream, offset);
        for (size_t i = 0; i < STREAM_STEP / sizeof *words; i++) {
            words[i] = offset + i;
        }
        atomic_store_explicit(&stream.written, offset + STREAM_STEP, memory_order_release);
    }
    ts_thread_join(&thread);
    double elapsed_ns = (double)(ts_clock_ns() - begun_ns);
    free(stream.words);
    TS_ASSERT(stream.sum != 0);
    return elapsed_ns / ((double)stream.bytes / TS_CACHE_LINE);
}

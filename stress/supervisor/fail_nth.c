#include "supervisor/fail_nth.h"

#include "supervisor/outcome.h"
#include "supervisor/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MISSES_MAX 2

bool ts_fail_nth_init(struct ts_fail_nth *loop, const struct ts_fail_nth_options *options)
{
    *loop = (struct ts_fail_nth){.options = *options, .point = ts_fault_point_find(options->point)};
    loop->options.from = options->from > 0 ? options->from : 1;
    loop->options.dense = options->dense > 0 ? options->dense : TS_FAIL_NTH_DENSE;
    return loop->point >= 0 && ts_fault_points[loop->point].kind == TS_PROBE_KIND_FAIL;
}

/* What a spec can say of a thread's name; a worker that ran wild may have left anything. */
static bool is_name(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "0123456789.-_")] == '\0';
}

static void add_thread(struct ts_fail_nth *loop, const char *name)
{
    for (size_t i = 0; i < loop->thread_count; i++) {
        if (strcmp(loop->threads[i].name, name) == 0) {
            return;
        }
    }
    if (loop->thread_count == TS_FAIL_NTH_THREADS || !is_name(name)) {
        loop->threads_lost = true;
        return;
    }
    snprintf(loop->threads[loop->thread_count++].name, TS_FAULT_THREAD_SIZE, "%s", name);
}

static void find_threads(struct ts_fail_nth *loop, const struct ts_fault_log *log)
{
    for (size_t i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        const struct ts_fault_thread *thread = &log->threads[i];
        char name[sizeof thread->name];
        bool used = atomic_load_explicit(&thread->used, memory_order_acquire) == 1;
        uint32_t visits = atomic_load_explicit(&thread->points[loop->point].visits, memory_order_relaxed);
        if (used && visits > 0) {
            ts_snapshot_text(name, sizeof name, thread->name, sizeof thread->name);
            add_thread(loop, name);
        }
    }
}

/* To the next N, of this thread or the next one. */
static void step(struct ts_fail_nth *loop)
{
    const struct ts_fail_nth_options *options = &loop->options;
    uint64_t above = loop->n > options->dense ? loop->n - options->dense : 0;
    loop->n = loop->n == 0 ? options->from : loop->n + 1 + above / 8;
    bool past = options->to > 0 && loop->n > options->to;
    loop->cut = loop->cut || (past && loop->misses == 0);
    if (past || loop->misses == MISSES_MAX) {
        loop->at++;
        loop->n = options->from;
        loop->misses = 0;
    }
}

static bool next(void *user_data, char spec[TS_SERIES_SPEC_SIZE])
{
    struct ts_fail_nth *loop = user_data;
    if (loop->lives == 0) {
        snprintf(loop->spec, sizeof loop->spec, "%s: count", loop->options.point);
    } else if (loop->at < loop->thread_count) {
        snprintf(loop->spec, sizeof loop->spec, "%s@%s: #%" PRIu64 " return", loop->options.point,
                 loop->threads[loop->at].name, loop->n);
    } else {
        return false;
    }
    memcpy(spec, loop->spec, sizeof loop->spec);
    return true;
}

static void lived(void *user_data, const struct ts_board *board, struct ts_verdict *verdict)
{
    struct ts_fail_nth *loop = user_data;
    bool fired = ts_fault_log_fired(&board->faults, loop->point) > 0;
    find_threads(loop, &board->faults);
    loop->lives++;
    if (fired) {
        loop->fired++;
        loop->threads[loop->at].last = loop->n;
    }
    if (verdict->documented) {
        loop->refused++;
    } else if (verdict->outcome != TS_RECORD_PASS) {
        loop->failed++;
        if (loop->options.failed != NULL) {
            loop->options.failed(loop->options.user_data, loop->spec, verdict);
        }
    }
    loop->misses = fired || loop->n == 0 ? 0 : loop->misses + 1;
    step(loop);
}

struct ts_fault_series ts_fail_nth_series(struct ts_fail_nth *loop)
{
    return (struct ts_fault_series){.next = next, .lived = lived, .user_data = loop};
}

#include "supervisor/fail_nth.h"

#include "supervisor/expectation.h"
#include "supervisor/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISSES_MAX       2
#define MISSES_MAX_FIRST 5 /* of a thread or place that was seen, and has not come again */
#define MISSES_MAX_BORNE 8 /* in lives that ended before they came so far */

bool ts_fail_nth_init(struct ts_fail_nth *loop, const struct ts_fail_nth_options *options)
{
    *loop = (struct ts_fail_nth){
        .options = *options, .point = ts_fault_point_find(options->point), .counts = true};
    loop->options.from = options->from > 0 ? options->from : 1;
    loop->options.dense = options->dense > 0 ? options->dense : TS_FAIL_NTH_DENSE;
    loop->n = loop->options.from;
    snprintf(loop->name, sizeof loop->name, options->by_site ? "%s<SITE: #1 return" : "%s: #N return",
             options->point);
    return loop->point >= 0 && ts_fault_points[loop->point].kind == TS_PROBE_KIND_FAIL;
}

/* What a spec can say of a thread's name; a worker that ran wild may have left anything. */
static bool is_name(const char *name)
{
    return name[0] != '\0' && name[strspn(name, TS_FAULT_CALLER_LETTERS "-")] == '\0';
}

/* A thread by its name, a place by itself: whichever thread is first seen there. */
static void add_target(struct ts_fail_nth *loop, const char *thread, const char *caller)
{
    for (size_t i = 0; i < loop->target_count; i++) {
        const struct ts_fail_nth_target *known = &loop->targets[i];
        if (strcmp(known->caller, caller) == 0 && (caller[0] != '\0' || strcmp(known->thread, thread) == 0)) {
            return;
        }
    }
    if (loop->target_count == TS_FAIL_NTH_TARGETS || !is_name(thread)) {
        loop->targets_lost = true;
        return;
    }
    struct ts_fail_nth_target *target = &loop->targets[loop->target_count++];
    snprintf(target->thread, sizeof target->thread, "%s", thread);
    snprintf(target->caller, sizeof target->caller, "%s", caller);
}

static void find_callers(struct ts_fail_nth *loop, const struct ts_fault_thread *thread, const char *name)
{
    loop->targets_lost =
        loop->targets_lost || atomic_load_explicit(&thread->calls_lost, memory_order_relaxed) > 0;
    for (size_t i = 0; i < TS_FAULT_LOG_CALLS; i++) {
        uint64_t key = atomic_load_explicit(&thread->calls[i].key, memory_order_relaxed);
        char caller[TS_CALLER_TEXT_SIZE];
        if (key != 0 && ts_fault_call_point(key) == loop->point) {
            ts_caller_text(loop->options.callers, ts_fault_call_caller(key), caller);
            add_target(loop, name, caller);
        }
    }
}

static void find_targets(struct ts_fail_nth *loop, const struct ts_fault_log *log)
{
    for (size_t i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        const struct ts_fault_thread *thread = &log->threads[i];
        char name[sizeof thread->name];
        bool used = atomic_load_explicit(&thread->used, memory_order_acquire) == 1;
        uint32_t visits = atomic_load_explicit(&thread->points[loop->point].visits, memory_order_relaxed);
        if (!used || visits == 0) {
            continue;
        }
        ts_snapshot_text(name, sizeof name, thread->name, sizeof thread->name);
        if (loop->options.by_site) {
            find_callers(loop, thread, name);
        } else {
            add_target(loop, name, "");
        }
    }
}

static void next_target(struct ts_fail_nth *loop)
{
    loop->at++;
    loop->n = loop->options.from;
    loop->misses = 0;
}

/* To the next N, of this target or the next one. */
static void step(struct ts_fail_nth *loop, bool fired, unsigned misses_max)
{
    const struct ts_fail_nth_options *options = &loop->options;
    loop->misses = fired ? 0 : loop->misses + 1;
    if (loop->misses >= misses_max || (options->by_site && fired)) {
        next_target(loop);
        return;
    }
    if (options->by_site) {
        return;
    }
    uint64_t above = loop->n > options->dense ? loop->n - options->dense : 0;
    loop->n += 1 + above / 8;
    if (options->to > 0 && loop->n > options->to) {
        loop->cut = loop->cut || loop->misses == 0;
        next_target(loop);
    }
}

static bool next(void *user_data, char spec[TS_SERIES_SPEC_SIZE])
{
    struct ts_fail_nth *loop = user_data;
    const struct ts_fail_nth_target *target = &loop->targets[loop->at];
    const char *point = loop->options.point;
    if (loop->counts) {
        snprintf(loop->spec, sizeof loop->spec, "%s: count", point);
    } else if (loop->at == loop->target_count) {
        return false;
    } else if (target->caller[0] != '\0') {
        bool anywhere = loop->misses > 0;
        snprintf(loop->spec, sizeof loop->spec, "%s<%s%s%s: #1 return", point, target->caller,
                 anywhere ? "" : "@", anywhere ? "" : target->thread);
    } else {
        snprintf(loop->spec, sizeof loop->spec, "%s@%s: #%" PRIu64 " return", point, target->thread, loop->n);
    }
    memcpy(spec, loop->spec, sizeof loop->spec);
    return true;
}

/* Sums the life and steps on. */
static void take(struct ts_fail_nth *loop, bool fired, const struct ts_verdict *verdict)
{
    bool borne = (TS_OUTCOME_BIT(verdict->outcome) & loop->options.borne) != 0;
    loop->lives++;
    loop->fired += fired;
    loop->refused += verdict->documented;
    loop->borne += borne;
    if (verdict->outcome != TS_RECORD_PASS && !borne) {
        loop->failed++;
        if (loop->options.failed != NULL) {
            loop->options.failed(loop->options.user_data, loop->spec, verdict);
        }
    }
    if (loop->counts) {
        loop->counts = false;
        return;
    }
    if (fired) {
        loop->targets[loop->at].last = loop->n;
    }
    bool came = loop->targets[loop->at].last > 0;
    step(loop, fired, borne ? MISSES_MAX_BORNE : came ? MISSES_MAX : MISSES_MAX_FIRST);
}

static void lived(void *user_data, const struct ts_board *board, struct ts_verdict *verdict)
{
    struct ts_fail_nth *loop = user_data;
    find_targets(loop, &board->faults);
    take(loop, ts_fault_log_failed(&board->faults, loop->point) > 0, verdict);
}

struct ts_fault_series ts_fail_nth_series(struct ts_fail_nth *loop)
{
    return (struct ts_fault_series){.name = loop->name, .next = next, .lived = lived, .user_data = loop};
}

/* Which target and N the life's faults are of. */
static bool find_place(struct ts_fail_nth *loop, const struct ts_fault_rule *rule)
{
    for (size_t i = loop->at; i < loop->target_count; i++) {
        const struct ts_fail_nth_target *target = &loop->targets[i];
        bool same = rule->caller[0] != '\0' ? strcmp(target->caller, rule->caller) == 0
                                            : strcmp(target->thread, rule->thread) == 0;
        if (same) {
            loop->at = i;
            loop->n = rule->nth;
            return true;
        }
    }
    return false;
}

void ts_fail_nth_replay(struct ts_fail_nth *loop, const struct ts_record_life *life)
{
    static struct ts_fault_spec spec; /* too large for a stack; one life at a time */
    struct ts_verdict verdict = {.outcome = life->outcome};
    ts_fault_spec_begin(&spec);
    if (ts_fault_spec_parse(life->faults, &spec, NULL) != TS_OK || spec.rule_count != 1 ||
        spec.rules[0].point != loop->point) {
        return;
    }
    verdict.documented = life->outcome == TS_RECORD_PASS && life->exit_code == TS_WORKER_EXIT_REFUSED;
    snprintf(verdict.detail, sizeof verdict.detail, "%s", life->detail);
    snprintf(loop->spec, sizeof loop->spec, "%s", life->faults);
    loop->counts = spec.rules[0].action == TS_FAULT_COUNT;
    bool fired = ts_record_count_of(&life->probes.fired, loop->options.point) > 0;
    if (!loop->counts) {
        add_target(loop, spec.rules[0].thread, spec.rules[0].caller);
    }
    if (loop->counts || find_place(loop, &spec.rules[0])) {
        take(loop, fired, &verdict);
    }
    loop->counts = true;
}

#include "supervisor/snapshot.h"

#include "faults/point.h"

#include <string.h>

void ts_snapshot_text(char *target, size_t size, const char *source, size_t source_size)
{
    size_t used = 0;
    while (used + 1 < size && used < source_size && source[used] != '\0') {
        char c = source[used];
        target[used++] = c >= ' ' && c <= '~' ? c : '?';
    }
    target[used] = '\0';
}

#define COPY_TEXT(target, source) ts_snapshot_text(target, sizeof(target), source, sizeof(source))

static void take_reports(const struct ts_board *board, struct ts_snapshot *snapshot)
{
    uint32_t ready = atomic_load_explicit(&board->reports_ready, memory_order_acquire); /* READY acquire */
    snapshot->report_count = ready < TS_BOARD_REPORTS ? ready : TS_BOARD_REPORTS;
    snapshot->reports_lost = board->reports_lost;
    for (size_t i = 0; i < snapshot->report_count; i++) {
        const struct ts_board_report *from = &board->reports[i];
        struct ts_snapshot_report *to = &snapshot->reports[i];
        COPY_TEXT(to->kind, from->kind);
        COPY_TEXT(to->description, from->description);
        to->count = from->count;
    }
}

static void take_violations(const struct ts_board *board, struct ts_snapshot *snapshot)
{
    /* Relaxed: a number for a person; each entry is published by its own `ready`. */
    snapshot->violations_claimed = atomic_load_explicit(&board->violations_claimed, memory_order_relaxed);
    for (size_t i = 0; i < TS_BOARD_VIOLATIONS; i++) {
        const struct ts_board_violation *from = &board->violations[i];
        if (atomic_load_explicit(&from->ready, memory_order_acquire) != 1) { /* READY acquire */
            continue;
        }
        struct ts_snapshot_violation *to = &snapshot->violations[snapshot->violation_count++];
        COPY_TEXT(to->name, from->name);
        COPY_TEXT(to->detail, from->detail);
    }
}

/* A count that no life reaches was scribbled, and then nothing of the histogram can be believed. */
#define COUNT_MAX (UINT64_C(1) << 48)

static void take_latency(const struct ts_board *board, struct ts_snapshot_latency *latency)
{
    const struct ts_latencies *from = &board->latencies;
    /* Relaxed: statistics that order nothing. */
    latency->max_ns = atomic_load_explicit(&from->max_ns, memory_order_relaxed);
    latency->untimed = atomic_load_explicit(&from->untimed, memory_order_relaxed);
    bool sound = latency->max_ns <= TS_LATENCY_MAX_NS && latency->untimed <= COUNT_MAX;
    for (size_t i = 0; i < TS_LATENCY_BUCKETS; i++) {
        latency->buckets[i] = atomic_load_explicit(&from->buckets[i], memory_order_relaxed);
        latency->samples += latency->buckets[i];
        sound = sound && latency->buckets[i] <= COUNT_MAX;
    }
    if (!sound) {
        memset(latency, 0, sizeof *latency);
    }
}

static void bound_stack(struct ts_board_stack *stack)
{
    char name[sizeof stack->thread_name];
    COPY_TEXT(name, stack->thread_name);
    memcpy(stack->thread_name, name, sizeof name);
    stack->frame_count = stack->frame_count < TS_BOARD_FRAMES ? stack->frame_count : TS_BOARD_FRAMES;
}

void ts_snapshot_report_whole(const struct ts_board *board, size_t index, struct ts_board_report *report)
{
    const struct ts_board_report *from = &board->reports[index];
    *report = *from;
    COPY_TEXT(report->kind, from->kind);
    COPY_TEXT(report->description, from->description);
    COPY_TEXT(report->location, from->location);
    COPY_TEXT(report->source, from->source);
    report->stack_count = report->stack_count < TS_BOARD_STACKS ? report->stack_count : TS_BOARD_STACKS;
    for (size_t i = 0; i < report->stack_count; i++) {
        bound_stack(&report->stacks[i]);
    }
}

bool ts_snapshot_crash(const struct ts_board *board, struct ts_board_crash *crash)
{
    if (atomic_load_explicit(&board->crash_ready, memory_order_acquire) != 1) { /* READY acquire */
        return false;
    }
    *crash = board->crash;
    bound_stack(&crash->stack);
    return true;
}

void ts_snapshot_take(const struct ts_board *board, struct ts_snapshot *snapshot)
{
    memset(snapshot, 0, sizeof *snapshot);
    snapshot->phase = atomic_load_explicit(&board->phase, memory_order_acquire); /* READY acquire */
    /* Relaxed: statistics that order nothing. */
    snapshot->hazard = atomic_load_explicit(&board->hazard, memory_order_relaxed);
    for (int i = 0; i < TS_COUNTER_COUNT; i++) {
        snapshot->counters[i] = ts_board_get(board, (enum ts_counter)i);
    }
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        snapshot->armed[i] = board->faults.armed[i] != 0;
        snapshot->reached[i] = ts_fault_log_reached(&board->faults, i);
        snapshot->fired[i] = ts_fault_log_fired(&board->faults, i);
        snapshot->may_refuse =
            snapshot->may_refuse || (ts_fault_may_refuse(i) && ts_fault_log_failed(&board->faults, i) > 0);
    }
    ts_site_tally_take(&snapshot->sites, &board->faults);
    uint32_t killed = atomic_load_explicit(&board->faults.killed_at, memory_order_acquire); /* handler.c */
    snapshot->killed_at = killed <= TS_PROBE_COUNT ? killed : 0;
    COPY_TEXT(snapshot->crash_class, board->crash_class);
    COPY_TEXT(snapshot->note, board->note);
    take_latency(board, &snapshot->latency);
    snapshot->soak = board->soak;
    snapshot->soak.trough_count =
        board->soak.trough_count < TS_BOARD_TROUGHS ? board->soak.trough_count : TS_BOARD_TROUGHS;
    take_reports(board, snapshot);
    take_violations(board, snapshot);
}

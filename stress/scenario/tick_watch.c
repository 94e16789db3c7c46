#include "scenario/tick_watch.h"

#include "base/clock.h"

#include <stdlib.h>

/* A mark is one word, so that it is always whole: the low bits of the time, and of the number to know it by.
 */
#define TIME_BITS 40
#define TIME_MASK ((UINT64_C(1) << TIME_BITS) - 1)
#define MARKS_MAX (UINT64_C(1) << 20)

static uint64_t tag_of(uint64_t sequence)
{
    return sequence << TIME_BITS;
}

void ts_tick_watch_start(struct ts_tick_watch *watch, struct ts_latencies *latencies, uint64_t in_flight)
{
    uint64_t marks = 64;
    while (marks <= in_flight && marks < MARKS_MAX) {
        marks *= 2;
    }
    *watch = (struct ts_tick_watch){
        .latencies = latencies, .marks = calloc(marks, sizeof *watch->marks), .mask = marks - 1};
}

void ts_tick_watch_end(struct ts_tick_watch *watch)
{
    free(watch->marks);
    watch->marks = NULL;
}

void ts_tick_watch_mark(struct ts_tick_watch *watch, uint64_t sequence, int64_t at_ns)
{
    uint64_t mark = tag_of(sequence) | ((uint64_t)at_ns & TIME_MASK);
    atomic_store_explicit(&watch->marks[sequence & watch->mask], mark, memory_order_relaxed);
}

void ts_tick_watch_seen(const struct ts_tick_watch *watch, uint64_t sequence)
{
    uint64_t mark = atomic_load_explicit(&watch->marks[sequence & watch->mask], memory_order_relaxed);
    uint64_t late_ns = ((uint64_t)ts_clock_ns() - mark) & TIME_MASK;
    if ((mark & ~TIME_MASK) != tag_of(sequence) || late_ns > TIME_MASK / 2) {
        ts_latency_count(&watch->latencies->untimed);
        return;
    }
    ts_latency_add(watch->latencies, late_ns);
}

/*
 * A schedule as a list of segments, each a thread and how far it goes; and fewer of them. Within a window,
 * each thread does all it did there at once: in the order in which they came first, or in which they were
 * last done. (After Jalbert, Sen: A Trace Simplification Technique for Effective Debugging of Concurrent
 * Programs, FSE 2010, which joins two segments of one thread at a time; windows from large to small are delta
 * debugging's.)
 */
#include "explore/shrink_state.h"

#include <stdlib.h>
#include <string.h>

struct segment {
    uint16_t thread;
    uint64_t last; /* event */
};

struct list {
    struct segment *items;
    uint32_t count;
};

static bool cut(const struct ts_trial *trial, struct list *list)
{
    list->count = 0;
    list->items = malloc((trial->cost[TS_COST_SWITCHES] + 1) * sizeof *list->items);
    for (uint32_t i = 0; list->items != NULL && i < trial->step_count; i++) {
        const struct ts_step *step = &trial->step[i];
        if (step->preempted != 0) {
            continue;
        }
        if (list->count == 0 || list->items[list->count - 1].thread != step->thread) {
            list->items[list->count++].thread = step->thread;
        }
        list->items[list->count - 1].last = step->event;
    }
    return list->items != NULL;
}

/* The candidates that run the segments one after the other; their number. */
static uint32_t write_candidates(struct ts_shrinker *shrinker, const struct list *list)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < shrinker->best->count; i++) {
        if (shrinker->best->deviations[i].choice != 0) {
            shrinker->candidate[count++] = shrinker->best->deviations[i];
        }
    }
    for (uint32_t i = 0; i + 1 < list->count && count < TS_DEVIATIONS_MAX; i++) {
        if (list->items[i].thread != list->items[i + 1].thread) {
            shrinker->candidate[count++] = (struct ts_deviation){.at = list->items[i].last + 1,
                                                                 .thread = list->items[i].thread,
                                                                 .value = list->items[i + 1].thread};
        }
    }
    return count;
}

/* Segments `from` to `end - 1` by thread. */
static void gather(struct segment *items, uint32_t from, uint32_t end, bool by_last, struct segment *sorted)
{
    bool done[TS_EXPLORE_THREADS] = {false};
    uint32_t count = 0, size = end - from;
    for (uint32_t i = 0; i < size; i++) {
        uint32_t lead = by_last ? size - 1 - i : i;
        uint16_t thread = items[from + lead].thread;
        for (uint32_t j = 0; j < size && !done[thread]; j++) {
            uint32_t at = by_last ? size - 1 - j : j;
            if (items[from + at].thread == thread) {
                sorted[by_last ? size - 1 - count : count] = items[from + at];
                count++;
            }
        }
        done[thread] = true;
    }
    memcpy(&items[from], sorted, size * sizeof *sorted);
}

static bool join_window(struct ts_shrinker *shrinker, const struct list *list, uint32_t from, uint32_t end,
                        bool by_last)
{
    struct list joined = {.items = malloc((list->count + 1) * sizeof *joined.items), .count = list->count};
    struct segment *sorted = malloc((list->count + 1) * sizeof *sorted);
    bool better = false;
    if (joined.items != NULL && sorted != NULL) {
        memcpy(joined.items, list->items, list->count * sizeof *joined.items);
        gather(joined.items, from, end, by_last, sorted);
        if (memcmp(joined.items, list->items, list->count * sizeof *joined.items) != 0) {
            better = ts_shrink_take(shrinker, write_candidates(shrinker, &joined), false);
        }
    }
    free(joined.items);
    free(sorted);
    return better;
}

/* All windows of a size. */
static bool join_all(struct ts_shrinker *shrinker, uint32_t size)
{
    struct list list = {0};
    bool better = false, whole = cut(shrinker->best, &list);
    uint32_t step = size > 3 ? size / 2 : 1;
    for (uint32_t from = 0; whole && from + 2 < list.count && ts_shrink_goes_on(shrinker); from += step) {
        uint32_t end = from + size < list.count ? from + size : list.count;
        if (join_window(shrinker, &list, from, end, false) || join_window(shrinker, &list, from, end, true)) {
            better = true;
            free(list.items);
            whole = cut(shrinker->best, &list);
        }
    }
    free(list.items);
    return better;
}

/* Segment `from` to place `to`, those between make room. */
static void move(struct segment *items, uint32_t from, uint32_t to)
{
    struct segment moved = items[from];
    if (from < to) {
        memmove(&items[from], &items[from + 1], (to - from) * sizeof *items);
    } else {
        memmove(&items[to + 1], &items[to], (from - to) * sizeof *items);
    }
    items[to] = moved;
}

/* Two turns of a thread, however far apart, as one: at the place of either. */
static bool join_pair(struct ts_shrinker *shrinker, const struct list *list, uint32_t first, uint32_t second)
{
    bool better = false;
    move(list->items, second, first + 1);
    better = ts_shrink_take(shrinker, write_candidates(shrinker, list), false);
    if (!better) {
        move(list->items, first + 1, second);
        move(list->items, first, second - 1);
        better = ts_shrink_take(shrinker, write_candidates(shrinker, list), false);
        move(list->items, second - 1, first);
    }
    return better;
}

static bool join_pairs(struct ts_shrinker *shrinker)
{
    struct list list = {0};
    bool better = false, whole = cut(shrinker->best, &list);
    for (uint32_t first = 0; whole && first + 2 < list.count && ts_shrink_goes_on(shrinker); first++) {
        uint32_t second = first + 1;
        while (second < list.count && list.items[second].thread != list.items[first].thread) {
            second++;
        }
        if (second < list.count && second > first + 1 && join_pair(shrinker, &list, first, second)) {
            better = true;
            free(list.items);
            whole = cut(shrinker->best, &list);
        }
    }
    free(list.items);
    return better;
}

/* Without the turns in which a thread came to a point and did nothing: those are no segments. */
static bool drop_idle_turns(struct ts_shrinker *shrinker)
{
    struct list list = {0};
    bool better =
        cut(shrinker->best, &list) && ts_shrink_take(shrinker, write_candidates(shrinker, &list), false);
    free(list.items);
    return better;
}

bool ts_shrink_join(struct ts_shrinker *shrinker)
{
    bool better = drop_idle_turns(shrinker);
    uint64_t size = shrinker->best->cost[TS_COST_SWITCHES] + 1;
    if (size > TS_DEVIATIONS_MAX) {
        return false;
    }
    while (size >= 3 && ts_shrink_goes_on(shrinker)) {
        bool reduced = join_all(shrinker, (uint32_t)size);
        better = better || reduced;
        size = size > 3 && !reduced ? (size / 2 > 3 ? size / 2 : 3) : size == 3 && !reduced ? 0 : size;
        uint64_t most = shrinker->best->cost[TS_COST_SWITCHES] + 1;
        size = size < most ? size : most;
    }
    return join_pairs(shrinker) || better;
}

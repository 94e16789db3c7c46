#include "explore/estimate.h"

#include "explore/core/strategy.h"
#include "explore/strategy/dfs.h"
#include "explore/strategy/pct.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define CONFIDENCE_LEFT 0.05

static void take_classes(const struct ts_arena *arena, struct ts_estimate *estimate)
{
    /* Relaxed: the arena is at rest. */
    uint64_t schedules = atomic_load_explicit(&arena->schedules, memory_order_relaxed);
    estimate->schedules = schedules;
    estimate->classes = arena->classes;
    estimate->cut = arena->cut;
    estimate->classes_once = arena->classes_seen_once;
    estimate->classes_more = arena->classes > TS_CLASSES / 4 * 3;
    estimate->latest = schedules < 64 ? (unsigned)schedules : 64;
    estimate->latest_repeats = (unsigned)__builtin_popcountll(arena->latest_repeats);
    if (schedules > 0 && !estimate->classes_more) {
        double count = (double)schedules;
        double root = sqrt(log(2 / CONFIDENCE_LEFT) / count);
        estimate->unseen = (double)arena->classes_seen_once / count;
        estimate->unseen_most = fmin(1, estimate->unseen + (1 + sqrt(2)) * root);
    } else {
        estimate->unseen = 1;
        estimate->unseen_most = 1;
    }
}

static void take_pct(const struct ts_pct_progress *progress, struct ts_estimate *estimate)
{
    double missed = exp(-progress->chances);
    if (progress->schedules == 0 || (estimate->has_pct && missed >= estimate->pct_missed_most)) {
        return;
    }
    estimate->has_pct = true;
    estimate->pct_schedules = progress->schedules;
    estimate->pct_depth = progress->depth;
    estimate->pct_threads = progress->threads;
    estimate->pct_decisions = progress->range;
    estimate->pct_missed_most = missed;
}

static void take_dfs(const struct ts_dfs_progress *progress, struct ts_estimate *estimate)
{
    estimate->has_dfs = true;
    estimate->dfs_complete = progress->complete;
    estimate->dfs_inexact = progress->inexact;
    estimate->dfs_bounds_done = progress->bounds_done;
    estimate->dfs_under_way = progress->bound >= progress->bounds_done && progress->bound < TS_DFS_BOUNDS
                                  ? progress->schedules[progress->bound]
                                  : 0;
}

void ts_estimate_take(const struct ts_arena *arena, struct ts_estimate *estimate)
{
    *estimate = (struct ts_estimate){0};
    take_classes(arena, estimate);
    for (uint32_t i = 0; i < arena->config.strategies; i++) {
        const void *state = arena->strategy_state[i];
        if (arena->config.strategy[i].id == TS_STRATEGY_PCT) {
            take_pct(state, estimate);
        } else if (arena->config.strategy[i].id == TS_STRATEGY_DFS) {
            take_dfs(state, estimate);
        }
    }
}

struct writer {
    char *text;
    size_t size;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void say(struct writer *writer, const char *format, ...)
{
    va_list arguments;
    bool room = writer->length < writer->size;
    va_start(arguments, format);
    int length = vsnprintf(room ? writer->text + writer->length : NULL,
                           room ? writer->size - writer->length : 0, format, arguments);
    va_end(arguments);
    writer->length += length > 0 ? (size_t)length : 0;
}

static void say_classes(struct writer *writer, const struct ts_estimate *estimate)
{
    say(writer, "%" PRIu64 " schedules of %s%" PRIu64 " different classes", estimate->schedules,
        estimate->classes_more ? "more than " : "", estimate->classes);
    if (estimate->latest > 0) {
        say(writer, "; of the latest %u, %u repeated a class seen before", estimate->latest,
            estimate->latest_repeats);
    }
    say(writer, ".\n");
}

/* False: no schedule came to its end, and nothing that follows from ends can be said. */
static bool say_cut(struct writer *writer, const struct ts_estimate *estimate)
{
    if (estimate->cut > 0 && estimate->cut == estimate->schedules) {
        say(writer,
            "No schedule came to its end: each had more steps than are allowed, and was still doing new "
            "things. With --points sync or atomic a schedule has fewer, --steps N allows more.\n");
        return false;
    }
    if (estimate->cut > 0) {
        say(writer,
            "%" PRIu64
            " of them had more steps than are allowed (--steps) and were cut off there, still doing "
            "new things; all below holds as far as that.\n",
            estimate->cut);
    }
    return true;
}

static void say_unseen(struct writer *writer, const struct ts_estimate *estimate)
{
    if (estimate->schedules > 0 && !estimate->classes_more && !estimate->dfs_complete) {
        say(writer,
            "The next schedule would be of a new class with a chance of about %.3g %%, and of less than %.3g "
            "%% "
            "with 95 %% confidence (Good-Turing).\n",
            estimate->unseen * 100, estimate->unseen_most * 100);
    }
}

static void say_pct(struct writer *writer, const struct ts_estimate *estimate)
{
    if (!estimate->has_pct || estimate->dfs_complete) {
        return;
    }
    say(writer,
        "A bug of depth %u among %u threads and %" PRIu64
        " decisions would have been missed with a chance of ",
        estimate->pct_depth, estimate->pct_threads, estimate->pct_decisions);
    if (estimate->pct_missed_most > 0.995) {
        say(writer, "up to 100 %%: %" PRIu64 " schedules by PCT are too few to promise anything.\n",
            estimate->pct_schedules);
    } else {
        say(writer, "at most %.2g %% (%" PRIu64 " schedules by PCT).\n", estimate->pct_missed_most * 100,
            estimate->pct_schedules);
    }
}

static void say_dfs(struct writer *writer, const struct ts_estimate *estimate)
{
    uint32_t done = estimate->dfs_bounds_done;
    if (!estimate->has_dfs) {
        return;
    }
    if (estimate->dfs_complete) {
        say(writer, estimate->cut == 0 ? "All schedules were run: nothing is left.\n"
                                       : "All schedules were run, as far as they were not cut off.\n");
        return;
    }
    if (estimate->dfs_inexact) {
        say(writer,
            "The exhaustive search claims nothing: the program did not always do the same under the same "
            "schedule, or its schedules are too long.\n");
        return;
    }
    if (done == 1) {
        say(writer, "All schedules without a preemption were run");
    } else if (done > 1) {
        say(writer, "All schedules with at most %u preemption%s were run", done - 1, done == 2 ? "" : "s");
    } else {
        say(writer, "Not even all schedules without a preemption were run");
    }
    if (estimate->dfs_under_way > 0) {
        say(writer, "; %" PRIu64 " with up to %u so far", estimate->dfs_under_way, done);
    }
    say(writer, ".\n");
}

size_t ts_estimate_text(const struct ts_estimate *estimate, char *text, size_t size)
{
    struct writer writer = {.text = text, .size = size, .length = 0};
    /* Else no schedule came to an end that could be told from others. */
    bool known = estimate->classes > 0 || estimate->schedules == 0;
    if (known) {
        say_classes(&writer, estimate);
    }
    if (say_cut(&writer, estimate)) {
        if (known) {
            say_unseen(&writer, estimate);
        }
        say_pct(&writer, estimate);
        say_dfs(&writer, estimate);
    }
    return writer.length;
}

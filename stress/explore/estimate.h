/*
 * What a search has covered and what may be left, in numbers and in plain words.
 *
 * Four statements, each with what it rests on:
 * - Classes: schedules that order conflicting operations alike count as one. How many there were, and how
 * often the latest schedules brought nothing new.
 * - Unseen: the chance that the next schedule is of a class not seen yet, by Good and Turing: classes seen
 * once over schedules (Good, Biometrika 1953). Its upper bound holds with 95 %: the estimate lies at most
 *   sqrt(2 ln(2/a) / N) below its mean (McDiarmid: one schedule moves it by 2 / N), and what is unseen at
 * most sqrt(ln(2/a) / N) above its own, which is no higher (McAllester, Ortiz: Concentration Inequalities for
 * the Missing Mass, JMLR 2003). It takes schedules to be drawn independently; the strategies that learn come
 *   near that once they have seen the program a few times, an exhaustive search does not.
 * - PCT: by its theorem a bug of depth d, whatever it is, was missed with at most the product of
 *   1 - 1 / (n k^(d-1)) over the schedules, which is at most e to the minus the sum of those chances.
 * - Exhaustive search: which schedules were all run. That is no estimate.
 *
 * Threads: none of its own; the arena is at rest (core/arena.h). Ownership: the caller's. Errors: none.
 */
#ifndef TS_EXPLORE_ESTIMATE_H
#define TS_EXPLORE_ESTIMATE_H

#include "explore/core/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_estimate {
    uint64_t schedules;
    uint64_t cut; /* of the schedules, at the limit of steps: nothing is said of what lies behind it */
    uint64_t classes;
    uint64_t classes_once;   /* seen in one schedule only */
    bool classes_more;       /* there was no room to count them all: nothing is said of what is unseen */
    unsigned latest;         /* schedules looked back on */
    unsigned latest_repeats; /* of those, how many were of a class seen before */
    double unseen;           /* chance that the next schedule is of a new class */
    double unseen_most;      /* at 95 % */

    bool has_pct;
    uint64_t pct_schedules;
    uint32_t pct_depth;
    uint32_t pct_threads;
    uint64_t pct_decisions;
    double pct_missed_most; /* chance that a bug of that depth went unseen */

    bool has_dfs;
    bool dfs_complete;
    bool dfs_inexact;
    uint32_t dfs_bounds_done; /* 2: all schedules with at most one preemption were run */
    uint64_t dfs_under_way;   /* schedules run under the bound that is not through */
};

/* From what the arena counted. Of several searches with PCT, the one that promises most for its depth counts.
 */
void ts_estimate_take(const struct ts_arena *arena, struct ts_estimate *estimate);

/* Sentences, a line each, every line with its end. Returns the length of the whole text, of which at most
 * size - 1 bytes were written. */
size_t ts_estimate_text(const struct ts_estimate *estimate, char *text, size_t size);

#endif

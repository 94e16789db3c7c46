/*
 * The strategies: what theory says of them, checked, and how soon each finds known bugs, measured.
 *
 *   test.stress.explore.strategy                   the checks
 *   test.stress.explore.strategy measure [BODY]    the cost of a decision, and a table: how many schedules
 * each strategy needs for each body (whose name contains BODY); README.md holds what came of it
 *
 * Everything is seeded. Each search runs in a process of its own, since a deadlock ends it.
 */
#include "base/clock.h"
#include "explore/core/scheduler.h"
#include "explore/strategy/auto.h"
#include "explore/strategy/bodies.h"
#include "explore/strategy/dfs.h"
#include "explore/strategy/pct.h"
#include "explore/strategy/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 20u /* of each cell of the table */

static const struct ts_dfs_progress *dfs_progress(void)
{
    return (const struct ts_dfs_progress *)(const void *)shared->arena.strategy_state[0];
}

/*
 * The number of interleavings of main (create A, create B, join A, join B) with `steps` of A and of B, each
 * of them between its creation and its join: what an exhaustive search must run, by dynamic programming in
 * place of a search.
 */
static uint64_t interleavings(unsigned main_at, unsigned a, unsigned b, unsigned steps)
{
    uint64_t ways = main_at == 5 && a == steps && b == steps;
    bool joinable[5] = {true, true, a == steps, b == steps, true};
    if (main_at < 5 && joinable[main_at]) {
        ways += interleavings(main_at + 1, a, b, steps);
    }
    if (main_at >= 1 && a < steps) {
        ways += interleavings(main_at, a + 1, b, steps);
    }
    if (main_at >= 2 && b < steps) {
        ways += interleavings(main_at, a, b + 1, steps);
    }
    return ways;
}

static void check_dfs_counts(void)
{
    /* Orders of the steps of two threads with three each, by preemptions: AAABBB and BBBAAA without one; with
     * one A^i BBB A^(3-i) for i = 1, 2 and the same with A and B exchanged; C(6,3) in all. */
    static const uint32_t orders[] = {2, 6, 14, 18, 20};
    struct ts_strategy_choice choice = {.id = TS_STRATEGY_DFS};
    for (uint32_t bound = 0; bound < 5; bound++) {
        char what[96];
        choice.depth = bound;
        struct search search = counting(&choice, ts_body_steps, true);
        run(&search);
        snprintf(what, sizeof what,
                 "dfs: %u orders of two threads of three steps with at most %u preemptions",
                 shared->different, bound);
        check(shared->different == orders[bound] && dfs_progress()->bounds_done == bound + 1 &&
                  shared->arena.exhausted == 1,
              what);
    }
    choice.depth = TS_DFS_UNLIMITED;
    struct search search = counting(&choice, ts_body_steps, false);
    run(&search);
    const struct ts_dfs_progress *progress = dfs_progress();
    uint64_t expected = interleavings(0, 0, 0, 5); /* begin, three steps, end */
    printf("   %llu interleavings expected, %u different ones run, %llu under the last bound, %u\n",
           (unsigned long long)expected, shared->different,
           (unsigned long long)progress->schedules[progress->bound], progress->bound);
    check(
        progress->complete && !progress->inexact && shared->different == expected &&
            progress->schedules[progress->bound] == expected,
        "dfs without a limit runs each interleaving once under its last bound, and says that it is complete");
}

static void check_dfs_more(void)
{
    struct ts_strategy_choice choice = {.id = TS_STRATEGY_DFS, .depth = TS_DFS_UNLIMITED};
    struct search search = counting(&choice, ts_body_choices, true);
    run(&search);
    check(dfs_progress()->complete && shared->different == 6,
          "dfs enumerates choices: 3 x 2 of two choices of three and two values");
    choice.depth = 1;
    search = counting(&choice, ts_body_polite, false);
    search.threads = 3;
    search.schedules = 2000;
    run(&search);
    printf("   %llu schedules of two threads that yield until a third ends\n",
           (unsigned long long)shared->run);
    check(dfs_progress()->bounds_done == 2 && shared->run < 2000 && shared->found == 0,
          "dfs is fair: threads that yield to each other are no endless schedule");
}

static void check_classes(void)
{
    struct ts_strategy_choice choice = {.id = TS_STRATEGY_DFS, .depth = TS_DFS_UNLIMITED};
    static const struct {
        void (*body)(unsigned threads);
        uint64_t classes;
        const char *what;
    } cases[] = {{ts_body_apart, 1, "two threads that share nothing: one class"},
                 {ts_body_nested, 1, "two threads that create one each: one class"},
                 {ts_body_reads, 1, "two threads that read the same: one class"},
                 {ts_body_conflict, 2, "two threads that write the same once: two classes"},
                 {ts_body_steps, 20, "two threads that write the same three times: C(6,3) classes"}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct search search = counting(&choice, cases[i].body, false);
        run(&search);
        printf("   %u schedules, %llu classes\n", shared->different,
               (unsigned long long)shared->arena.classes);
        check(dfs_progress()->complete && shared->different > 20 && shared->arena.classes == cases[i].classes,
              cases[i].what);
    }
}

/* The statistic over `orders` equally likely ones. */
static double chi_square_of(void (*body)(unsigned), unsigned threads, uint32_t orders)
{
    struct ts_strategy_choice choice = {.id = TS_STRATEGY_SURW};
    struct search search = counting(&choice, body, true);
    search.threads = threads;
    search.schedules = 8000;
    search.skip_half = true;
    run(&search);
    double total = 0, squares = 0;
    for (uint32_t i = 0; i < shared->different; i++) {
        total += shared->order_count[i];
        squares += (double)shared->order_count[i] * shared->order_count[i];
    }
    printf("   chi-square %.1f over %u orders, %.0f schedules\n", squares * orders / total - total,
           shared->different, total);
    return squares * orders / total - total;
}

/* With 19 degrees of freedom 60 is passed by chance once in 300,000 times, with 5 so is 32. */
static void check_surw_uniform(void)
{
    check(chi_square_of(ts_body_steps, 2, 20) < 60 && shared->different == 20,
          "surw: each order of two threads with three steps is as likely as any other");
    check(chi_square_of(ts_body_single, 3, 6) < 32 && shared->different == 6,
          "surw: ... and each of three threads with one step, though they come to be one by one");
}

/* Once both have made a step and lost none, each is as likely to be next: a race is decided by priorities
 * that are drawn for it. Were the loser's kept, the winner would go on twice out of three times. */
static void check_pos_redraws(void)
{
    struct ts_strategy_choice choice = {.id = TS_STRATEGY_POS};
    struct search search = counting(&choice, ts_body_steps, true);
    search.schedules = 8000;
    run(&search);
    uint32_t same = 0, other = 0;
    for (uint32_t i = 0; i < shared->different; i++) {
        uint64_t steps = shared->order[i] >> 3 & 7; /* the first three; it begins with a 1 */
        same += steps == 3 || steps == 4 ? shared->order_count[i] : 0;
        other += steps == 2 || steps == 5 ? shared->order_count[i] : 0;
    }
    double share = (double)same / (same + other);
    printf("   who made the second step makes the third in %.3f of %u\n", share, same + other);
    check(same + other > 1000 && share > 0.45 && share < 0.55, "pos: a race is drawn anew each time");
}

/* Half the schedules hold at one to three of four places; the two that count are among them in every sixth
 * or so, and the place of the checker is drawn first in every second of those: 300 schedules miss less than
 * once in a million times, however many threads there are. */
static void check_gather_many(void)
{
    struct ts_strategy_choice choice = {.id = TS_STRATEGY_GATHER};
    bool all = true;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct search search = counting(&choice, ts_body_half_way, false);
        search.threads = 100;
        search.schedules = 300;
        search.seed = seed;
        search.to_failure = true;
        run(&search);
        printf("   %llu\n", (unsigned long long)shared->found);
        all = all && shared->found != 0;
    }
    check(all, "gather finds 99 threads half-way at once within 300 schedules, 5 seeds of 5");
}

/* With chances that add up to c, a bug is missed with at most e^-c: 9.21 is 1 in 10,000. Every seed must find
 * it before. */
static void check_pct_bound(void)
{
    struct ts_strategy_choice choice = {.id = TS_STRATEGY_PCT, .depth = 2};
    bool all = true;
    double worst = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct search search = counting(&choice, ts_bodies[0].run, false);
        search.seed = seed;
        search.to_failure = true;
        run(&search);
        const struct ts_pct_progress *progress =
            (const struct ts_pct_progress *)(const void *)shared->arena.strategy_state[0];
        worst = progress->chances > worst ? progress->chances : worst;
        all = all && shared->found != 0 && progress->chances < 9.21;
    }
    printf("   the chances added up to %.2f at most\n", worst);
    check(all, "pct finds a bug of depth 2 within its bound, 20 seeds of 20");
}

/* Threads that never rest must not keep the one that ends it all from its turn, whatever the strategy; nor
 * may a schedule with such a turn go another way when it is followed. */
static void check_fairness(void)
{
    for (uint32_t id = 0; id < TS_STRATEGY_COUNT; id++) {
        struct ts_strategy_choice choice = {.id = id, .depth = 3};
        char what[80];
        struct search search = counting(&choice, ts_body_restless, false);
        search.threads = 3;
        search.schedules = 30;
        run(&search);
        snprintf(what, sizeof what, "%s ends beside threads that never rest", ts_strategies[id]->name);
        check(shared->run == 30 && shared->found == 0 && shared->arena.longest_steps < 60000, what);
        check(shared->replayed, "   and its last schedule is followed to the same end");
    }
}

static const struct ts_body *body_named(const char *begin)
{
    unsigned i = 0;
    while (strncmp(ts_bodies[i].name, begin, strlen(begin)) != 0) {
        i++;
    }
    return &ts_bodies[i];
}

/* Turns have a dozen ways to run this body, SURW hundreds: after eight schedules each, the one that repeats
 * itself is left a quarter of its half, and what comes after is no matter of chance. */
static void check_mix(void)
{
    static const struct ts_strategy_choice mix[] = {{TS_STRATEGY_TURNS, 0}, {TS_STRATEGY_SURW, 0}};
    struct search search = counting(mix, body_named("three looks")->run, false);
    uint64_t runs[2] = {0};
    bool same = true;
    search.mix_count = 2;
    search.schedules = 200;
    for (unsigned again = 0; again < 2; again++) {
        run(&search);
        const struct ts_mixed *mixed = shared->arena.mix;
        same = same && (again == 0 || runs[0] == mixed[0].runs);
        runs[0] = mixed[0].runs;
        runs[1] = mixed[1].runs;
    }
    printf("   of %llu schedules, %llu by turns\n", (unsigned long long)(runs[0] + runs[1]),
           (unsigned long long)runs[0]);
    check(runs[0] + runs[1] == 200 && runs[0] >= 25 && runs[0] < 90 && same,
          "auto: who finds nothing new gives most turns to who does, each time alike");
}

/* A strategy that is named twice has two turns, and learns from both. Where there are many threads, those go
 * on whose chance does not fall with their number: of PCT's turns every fourth is left. */
static void check_mix_shares(void)
{
    static const struct ts_strategy_choice twice[] = {
        {TS_STRATEGY_NOVEL, 0}, {TS_STRATEGY_RANDOM, 0}, {TS_STRATEGY_NOVEL, 0}};
    static const struct ts_strategy_choice crowd[] = {{TS_STRATEGY_PCT, 3}, {TS_STRATEGY_GATHER, 0}};
    const struct ts_mixed *mixed = NULL;
    struct search search = counting(twice, body_named("three looks")->run, false);
    search.mix_count = 3;
    search.schedules = 24;
    run(&search);
    mixed = shared->arena.mix;
    check(mixed[0].runs == 16 && mixed[1].runs == 8 && mixed[2].runs == 0,
          "auto: who is named twice has two turns");
    search = counting(crowd, ts_body_half_way, false);
    search.mix_count = 2;
    search.threads = 20;
    search.schedules = 40;
    run(&search);
    mixed = shared->arena.mix;
    printf("   of %llu schedules among 20 threads, %llu by pct\n",
           (unsigned long long)(mixed[0].runs + mixed[1].runs), (unsigned long long)mixed[0].runs);
    check(mixed[0].runs == 5 && mixed[1].runs == 35,
          "auto: among many threads most turns go to who can use them");
}

struct contender {
    const char *name;
    struct ts_strategy_choice choice[TS_ARENA_STRATEGIES];
    uint32_t count;
};

static int by_value(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Prints the median of the schedules that the seeds needed, and how many found the bug when not all did. */
static unsigned measure(const struct contender *contender, const struct ts_body *body, uint64_t schedules)
{
    uint64_t needed[SEEDS];
    unsigned found = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct search search = {.mix = contender->choice,
                                .mix_count = contender->count,
                                .body = body->run,
                                .threads = body->threads,
                                .seed = seed,
                                .schedules = schedules,
                                .to_failure = true};
        run(&search);
        found += shared->found != 0;
        needed[seed] = shared->found != 0 ? shared->found : UINT64_MAX;
    }
    qsort(needed, SEEDS, sizeof *needed, by_value);
    uint64_t median = needed[SEEDS / 2];
    char text[32];
    if (found == 0) {
        snprintf(text, sizeof text, "-");
    } else if (found < SEEDS && median == UINT64_MAX) {
        snprintf(text, sizeof text, "(%u)", found);
    } else if (found < SEEDS) {
        snprintf(text, sizeof text, "%llu (%u)", (unsigned long long)median, found);
    } else {
        snprintf(text, sizeof text, "%llu", (unsigned long long)median);
    }
    printf(" %9s |", text);
    fflush(stdout);
    return found;
}

static const struct contender contenders[] = {{"random", {{TS_STRATEGY_RANDOM, 0}}, 1},
                                              {"pct 2", {{TS_STRATEGY_PCT, 2}}, 1},
                                              {"pct 3", {{TS_STRATEGY_PCT, 3}}, 1},
                                              {"pos", {{TS_STRATEGY_POS, 0}}, 1},
                                              {"surw", {{TS_STRATEGY_SURW, 0}}, 1},
                                              {"delay 2", {{TS_STRATEGY_DELAY, 2}}, 1},
                                              {"dfs", {{TS_STRATEGY_DFS, TS_DFS_UNLIMITED}}, 1},
                                              {"gather", {{TS_STRATEGY_GATHER, 0}}, 1},
                                              {"turns", {{TS_STRATEGY_TURNS, 0}}, 1},
                                              {"novel", {{TS_STRATEGY_NOVEL, 0}}, 1}};

/* With ten times the schedules that a strategy gets in the table, and every seed. */
static unsigned missed_by_auto(const struct ts_body *body, uint64_t schedules)
{
    struct contender mix = {.name = "auto"};
    mix.count = ts_strategies_auto(mix.choice);
    return SEEDS - measure(&mix, body, 10 * schedules);
}

/* Six presses in the right order, of twelve. A walk at random needs 640 schedules (median) and finds it with
 * 7 of 20 seeds, novel 75. */
static void check_novel(void)
{
    static const struct contender novel = {"novel", {{TS_STRATEGY_NOVEL, 0}}, 1};
    const struct ts_body *body = body_named("combination");
    printf("   novel: %-19s", body->name);
    unsigned found = measure(&novel, body, 400);
    printf("\n");
    check(found >= 15, "novel comes by a state step after step, within 400 schedules mostly");
}

static void check_auto(void)
{
    unsigned missed = 0;
    for (unsigned i = 0; i < ts_body_count; i++) {
        if (!ts_bodies[i].slow) {
            printf("   %-26s", ts_bodies[i].name);
            missed += missed_by_auto(&ts_bodies[i], 200);
            printf("\n");
        }
    }
    check(missed == 0, "auto finds every bug within 2,000 schedules, with every seed");
}

static void print_table(uint64_t schedules, const char *which)
{
    unsigned missed = 0;
    printf("\nSchedules to the first failure: median of 20 seeds, at most %llu each (auto: ten times as "
           "many); (n): n "
           "of 20 found it; -: none\n\n| %-26s |",
           (unsigned long long)schedules, "body");
    for (unsigned i = 0; i < sizeof contenders / sizeof *contenders; i++) {
        printf(" %9s |", contenders[i].name);
    }
    printf(" %9s |\n", "auto");
    for (unsigned i = 0; i < ts_body_count; i++) {
        uint64_t budget = ts_bodies[i].slow ? schedules / 10 : schedules;
        if (strstr(ts_bodies[i].name, which) == NULL) {
            continue;
        }
        printf("| %-26s |", ts_bodies[i].name);
        for (unsigned j = 0; j < sizeof contenders / sizeof *contenders; j++) {
            measure(&contenders[j], &ts_bodies[i], budget);
        }
        missed += missed_by_auto(&ts_bodies[i], budget);
        printf("\n");
    }
    check(missed == 0, "auto finds every bug with every seed");
}

/* A decision among four threads and the step that follows, without the scheduler round them. */
static double cost_of(const struct ts_strategy_choice *choice)
{
    static const uint64_t places[4];
    enum { SCHEDULES = 1000, STEPS = 1000 };
    const struct ts_explore_strategy *strategy = ts_strategies[choice->id];
    struct ts_op op[4];
    const struct ts_op *ops[4];
    struct ts_mask all = {{15}};
    renew_shared();
    void *state = shared->arena.strategy_state[0];
    for (unsigned i = 0; i < 4; i++) {
        op[i] = (struct ts_op){.kind = TS_OP_RMW,
                               .writes = true,
                               .object = &places[i / 2],
                               .pc = &op[i],
                               .deadline_ns = TS_NEVER};
        ops[i] = &op[i];
    }
    int64_t start_ns = ts_clock_ns();
    for (uint64_t number = 0; number < SCHEDULES; number++) {
        struct ts_strategy_run run = {
            .number = number, .depth = choice->depth, .random = {number}, .arena = &shared->arena};
        bool begun = strategy->begin == NULL || strategy->begin(state, &run);
        for (uint32_t i = 1; i < 4 && strategy->created != NULL; i++) {
            strategy->created(state, &run, i, 0);
        }
        uint32_t self = 0;
        for (int step = 0; begun && step < STEPS; step++) {
            struct ts_choice_view view = {.candidates = &all,
                                          .patient = &all,
                                          .count = 4,
                                          .self = self,
                                          .self_can = true,
                                          .by_default = self,
                                          .ops = ops};
            self = strategy->pick(state, &run, &view);
            if (strategy->stepped != NULL) {
                strategy->stepped(state, &run, self, &op[self], ops, &all);
            }
        }
        if (strategy->ended != NULL) {
            strategy->ended(state, &run);
        }
    }
    return (double)(ts_clock_ns() - start_ns) / (SCHEDULES * STEPS);
}

static void print_cost(void)
{
    printf(
        "\nNanoseconds a decision among 4 threads, the step that follows included; best of 5 x 1,000,000:\n");
    for (unsigned i = 0; i < sizeof contenders / sizeof *contenders; i++) {
        double best = cost_of(&contenders[i].choice[0]);
        for (int again = 0; again < 4; again++) {
            double next = cost_of(&contenders[i].choice[0]);
            best = next < best ? next : best;
        }
        printf("  %-8s %6.1f\n", contenders[i].name, best);
    }
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1 && strcmp(argv[1], "measure") == 0) {
        print_cost();
        print_table(10000, argc > 2 ? argv[2] : "");
        return failures == 0 ? 0 : 1;
    }
    check_dfs_counts();
    check_dfs_more();
    check_classes();
    check_surw_uniform();
    check_pos_redraws();
    check_gather_many();
    check_pct_bound();
    check_fairness();
    check_mix();
    check_mix_shares();
    check_novel();
    check_auto();
    return failures == 0 ? 0 : 1;
}

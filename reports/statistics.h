/*
 * What counts allow us to say: shares of lives, rates per minute, and bounds after nothing was seen.
 *
 * Two kinds of statement, both at 95 %:
 *   an interval, two-sided, when something happened;
 *   an upper bound, one-sided, when nothing did ("rule of three").
 * None of them can say "never".
 *
 * Methods:
 *   0 of n: the exact (Clopper-Pearson) bound 1 - 0.05^(1/n), about 3/n; Hanley, Lippman-Hand, "If nothing
 * goes wrong, is everything all right?", JAMA 249 (1983). k of n: Wilson's score interval, JASA 22 (1927); it
 * keeps its coverage at the small n and extreme shares we have better than the normal interval and is shorter
 * than Clopper-Pearson: Brown, Cai, DasGupta, Statistical Science 16 (2001). 0 events in time t: the exact
 * Poisson bound -ln(0.05)/t. k events in time t: the exact Poisson interval of Garwood, Biometrika 28 (1936),
 * solved by bisection. k of n where the coverage itself must be guaranteed: Clopper and Pearson, Biometrika
 * 26 (1934), by bisection of the incomplete beta function. Two shares: Fisher's exact test, JRSS 85 (1922),
 * two-sided by the sum of all tables with the same margins that are no more probable than the one seen.
 *
 * They hold for independent lives and a constant rate; a machine that was busy for part of a run has neither.
 *
 * Threads: pure functions.
 * Units: shares in 0..1, time in minutes, rates per minute.
 * Errors: none. Without exposure (n or minutes 0) nothing is known: shares are in 0..1, rates below infinity.
 */
#ifndef TS_REPORTS_STATISTICS_H
#define TS_REPORTS_STATISTICS_H

#include <stdint.h>

struct ts_interval {
    double low;
    double high;
};

/* The share that 0 of n lives leave possible: below this at 95 %. */
double ts_share_bound_none(int64_t n);

/* The share behind k of n, 0 <= k <= n. */
struct ts_interval ts_share_interval(int64_t k, int64_t n);

/* The same, never covering less than 95 % whatever the true share is, and therefore wider. */
struct ts_interval ts_share_interval_exact(int64_t k, int64_t n);

/* The rate that no event in `minutes` leaves possible: below this at 95 %. */
double ts_rate_bound_none(double minutes);

/* The rate behind k events in `minutes`. */
struct ts_interval ts_rate_interval(int64_t k, double minutes);

/* The chance to see no event in `minutes` at that rate: small means that the rate is refuted. */
double ts_rate_chance_of_none(double rate_per_minute, double minutes);

/* How probable k_a of n_a and k_b of n_b, or a greater difference, are when the share behind both is one. 1
 * when either n is 0. */
double ts_fisher_exact(int64_t k_a, int64_t n_a, int64_t k_b, int64_t n_b);

#endif

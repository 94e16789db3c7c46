/*
 * Statistics of what has a time: how long processes live, whether a figure grows, where the tail of a
 * histogram is.
 *
 * Methods:
 *   survival: Kaplan and Meier's product-limit estimate, JASA 53 (1958), with Greenwood's variance (1926) and
 * the interval on the scale of log(-log S), which stays within 0..1 and keeps its coverage in small samples:
 * Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data. The median's interval: where the
 * curve's own interval crosses a half, Brookmeyer and Crowley, Biometrics 38 (1982). slope: Sen's, with its
 * interval (trend.h), of the troughs: what a program holds for a moment makes peaks, what it never gives back
 * lifts the troughs. quantile: the smallest value that at least a share q of the samples do not exceed, read
 * from buckets.
 *
 * Threads: pure functions. Ownership: the caller's arrays. Units: as the caller has them.
 * Errors: none; what cannot be told is NAN.
 */
#ifndef TS_REPORTS_STATISTICS_SERIES_H
#define TS_REPORTS_STATISTICS_SERIES_H

#include "reports/statistics.h"

#include <stdbool.h>
#include <stddef.h>

/* An estimate with its 95 % interval. NAN: not known; INFINITY: beyond what was seen. */
struct ts_estimate {
    double value, low, high;
};

struct ts_lifetime {
    double end;
    bool crashed; /* else it was still well when it ended */
};

struct ts_survival_step {
    double at;
    int64_t at_risk, crashes;
    int64_t censored; /* from here on and before the next step */
    double share, low, high;
};

/*
 * Sorts lifetimes, and fills steps, which has room for count + 1: the first is at 0, one more for each time
 * at which something crashed. Who crashed and who ended well at one time: the crash came first. Returns the
 * number of steps.
 */
size_t ts_survival(struct ts_lifetime *lifetimes, size_t count, struct ts_survival_step *steps);

/* The time at which the curve, and each end of its interval, first is at most a half; INFINITY where it never
 * is. */
struct ts_estimate ts_survival_median(const struct ts_survival_step *steps, size_t count);

struct ts_sample {
    double x, y;
};

#define TS_TROUGHS 32

/*
 * The slope of the troughs: samples (by ascending x) without the first quarter of their span are cut into
 * TS_TROUGHS windows of equal width, and the lowest sample of each counts. NAN with fewer than TS_TREND_LEAST
 * windows that have a sample; an end of the interval is infinite where the troughs do not bound it.
 */
struct ts_estimate ts_trough_slope(const struct ts_sample *samples, size_t count);

/* Samples above the upper end of the bucket before, and at most `high`. */
struct ts_bucket {
    int64_t high, count;
};

/* The upper end of the bucket in which the quantile q (0 < q <= 1) lies; buckets by ascending high. -1: no
 * samples. Where each bucket's width is at most `e` of its upper end, the samples' own quantile is in [value
 * (1 - e), value].
 */
int64_t ts_bucket_quantile(const struct ts_bucket *buckets, size_t count, double q);

#endif

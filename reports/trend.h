/*
 * Whether a series of measurements grows: memory over time, for one.
 *
 * Method: the slope is the median of the slopes of all pairs of points, and its interval at 95 % is read from
 * their order statistics: Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63
 * (1968), with his variance for ties. A single spike or step, which would bend a least squares line, moves
 * neither far. Memory measured now resembles memory measured before, which makes such an interval too short:
 * the variance is widened as for fewer, independent points: Yue, Wang, "The Mann-Kendall test modified by
 * effective sample size", Water Resources Management 18 (2004), by the ranks' autocorrelation round the line,
 * its estimate from few points made larger by its bias, (n r + 1) / (n - 4): Marriott, Pope, Biometrika 41
 * (1954). It is never narrowed.
 *
 * What it takes for a point is the caller's: of memory, the lowest value of each stretch of time (its
 * trough), for what lies above it was given back.
 *
 * Threads: pure functions. Units: the caller's. Errors: none; with fewer than TS_TREND_LEAST points nothing
 * is known, and the interval is without bounds.
 */
#ifndef TS_REPORTS_TREND_H
#define TS_REPORTS_TREND_H

#include <stddef.h>

#define TS_TREND_LEAST 8u
#define TS_TREND_MOST  64u

struct ts_trend {
    double slope;     /* value for each unit of time */
    double low, high; /* at 95 %; infinite where the points do not bound it */
};

/* Of count <= TS_TREND_MOST points; the times increase. */
struct ts_trend ts_trend_of(const double *times, const double *values, size_t count);

#endif

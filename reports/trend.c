#include "reports/trend.h"

#include "base/err.h"

#include <math.h>
#include <stdlib.h>

#define Z_TWO_SIDED   1.959963984540054
#define LIKENESS_MOST 0.95
#define PAIRS_MOST    (TS_TREND_MOST * (TS_TREND_MOST - 1) / 2)

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median_of_sorted(const double *sorted, size_t count)
{
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/* All pairs' slopes, sorted. */
static size_t slopes_of(const double *times, const double *values, size_t count, double *slopes)
{
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            slopes[pairs++] = (values[j] - values[i]) / (times[j] - times[i]);
        }
    }
    qsort(slopes, pairs, sizeof *slopes, by_value);
    return pairs;
}

/* Of Kendall's S, when neighbours are independent. */
static double variance_of(const double *values, size_t count)
{
    double sorted[TS_TREND_MOST], n = (double)count;
    for (size_t i = 0; i < count; i++) {
        sorted[i] = values[i];
    }
    qsort(sorted, count, sizeof *sorted, by_value);
    double sum = n * (n - 1) * (2 * n + 5);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && !(sorted[next] > sorted[i]); next++) {
        }
        double ties = (double)(next - i);
        sum -= ties * (ties - 1) * (2 * ties + 5);
    }
    return sum / 18;
}

/* The ranks of what is left once the line is taken off, about their mean; equal ones share theirs. */
static void ranks_round_line(const double *times, const double *values, size_t count, double slope,
                             double *ranks)
{
    for (size_t i = 0; i < count; i++) {
        double rank = 0, rest = values[i] - slope * times[i];
        for (size_t j = 0; j < count; j++) {
            double other = values[j] - slope * times[j];
            rank += (other < rest) - (other > rest);
        }
        ranks[i] = rank / 2;
    }
}

/* By how much the points' likeness to their neighbours widens the variance: at least 1. */
static double widening(const double *times, const double *values, size_t count, double slope)
{
    double ranks[TS_TREND_MOST], n = (double)count, own = 0, product = 0, factor = 1, power = 1;
    ranks_round_line(times, values, count, slope, ranks);
    for (size_t i = 0; i < count; i++) {
        own += ranks[i] * ranks[i];
        product += i > 0 ? ranks[i - 1] * ranks[i] : 0;
    }
    double likeness = own > 0 ? (n * product / own + 1) / (n - 4) : 0;
    likeness = likeness < LIKENESS_MOST ? likeness : LIKENESS_MOST;
    for (size_t lag = 1; likeness > 0 && lag < count; lag++) {
        power *= likeness;
        factor += 2 * (1 - (double)lag / n) * power;
    }
    return factor;
}

struct ts_trend ts_trend_of(const double *times, const double *values, size_t count)
{
    double slopes[PAIRS_MOST];
    TS_ASSERT(count <= TS_TREND_MOST);
    struct ts_trend trend = {0, -INFINITY, INFINITY};
    if (count < TS_TREND_LEAST) {
        return trend;
    }
    size_t pairs = slopes_of(times, values, count, slopes);
    trend.slope = median_of_sorted(slopes, pairs);
    double variance = variance_of(values, count) * widening(times, values, count, trend.slope);
    double width = Z_TWO_SIDED * sqrt(variance);
    double low = floor(((double)pairs - width) / 2), high = ceil(((double)pairs + width) / 2) + 1;
    trend.low = low >= 1 ? slopes[(size_t)low - 1] : -INFINITY;
    trend.high = high <= (double)pairs ? slopes[(size_t)high - 1] : INFINITY;
    return trend;
}

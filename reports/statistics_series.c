#include "reports/statistics_series.h"

#include "reports/trend.h"

#include <math.h>
#include <stdlib.h>

#define Z_TWO_SIDED 1.959963984540054

static const struct ts_estimate unknown = {NAN, NAN, NAN};

static int by_end(const void *left, const void *right)
{
    const struct ts_lifetime *a = left;
    const struct ts_lifetime *b = right;
    if (a->end != b->end) {
        return a->end < b->end ? -1 : 1;
    }
    return (int)b->crashed - (int)a->crashed;
}

/* greenwood: the sum of d / (n (n - d)) up to here. */
static void bound(struct ts_survival_step *step, double greenwood)
{
    if (step->share <= 0 || step->share >= 1) {
        step->low = step->high = step->share; /* the scale has no room for an interval there */
        return;
    }
    double spread = exp(Z_TWO_SIDED * sqrt(greenwood) / -log(step->share));
    step->low = pow(step->share, spread);
    step->high = pow(step->share, 1 / spread);
}

size_t ts_survival(struct ts_lifetime *lifetimes, size_t count, struct ts_survival_step *steps)
{
    double greenwood = 0;
    size_t used = 1;
    qsort(lifetimes, count, sizeof *lifetimes, by_end);
    steps[0] = (struct ts_survival_step){.at_risk = (int64_t)count, .share = 1, .low = 1, .high = 1};
    for (size_t i = 0; i < count;) {
        if (!lifetimes[i].crashed) {
            steps[used - 1].censored++;
            i++;
            continue;
        }
        struct ts_survival_step *step = &steps[used];
        *step = (struct ts_survival_step){.at = lifetimes[i].end, .at_risk = (int64_t)(count - i)};
        for (; i < count && lifetimes[i].crashed && lifetimes[i].end == step->at; i++) {
            step->crashes++;
        }
        double left = (double)(step->at_risk - step->crashes);
        step->share = steps[used - 1].share * left / (double)step->at_risk;
        greenwood += left > 0 ? (double)step->crashes / ((double)step->at_risk * left) : 0;
        bound(step, greenwood);
        used++;
    }
    return used;
}

struct ts_estimate ts_survival_median(const struct ts_survival_step *steps, size_t count)
{
    struct ts_estimate median = {INFINITY, INFINITY, INFINITY};
    for (size_t i = count; i-- > 0;) {
        median.value = steps[i].share <= 0.5 ? steps[i].at : median.value;
        median.low = steps[i].low <= 0.5 ? steps[i].at : median.low;
        median.high = steps[i].high <= 0.5 ? steps[i].at : median.high;
    }
    return median;
}

struct ts_estimate ts_trough_slope(const struct ts_sample *samples, size_t count)
{
    double times[TS_TROUGHS], values[TS_TROUGHS];
    size_t used = 0;
    int window = -1;
    double span = count == 0 ? 0 : samples[count - 1].x - samples[0].x;
    double start = count == 0 ? 0 : samples[0].x + span / 4;
    for (size_t i = 0; span > 0 && i < count; i++) {
        if (samples[i].x < start) {
            continue;
        }
        int at = (int)((samples[i].x - start) / (span * 0.75) * TS_TROUGHS);
        at = at < TS_TROUGHS ? at : TS_TROUGHS - 1;
        if (at != window || samples[i].y < values[used - 1]) {
            used += at != window;
            times[used - 1] = samples[i].x;
            values[used - 1] = samples[i].y;
            window = at;
        }
    }
    if (used < TS_TREND_LEAST) {
        return unknown;
    }
    struct ts_trend trend = ts_trend_of(times, values, used);
    return (struct ts_estimate){trend.slope, trend.low, trend.high};
}

int64_t ts_bucket_quantile(const struct ts_bucket *buckets, size_t count, double q)
{
    int64_t total = 0;
    int64_t below = 0;
    for (size_t i = 0; i < count; i++) {
        total += buckets[i].count;
    }
    for (size_t i = 0; i < count; i++) {
        below += buckets[i].count;
        if (total > 0 && buckets[i].count > 0 && (double)below >= q * (double)total) {
            return buckets[i].high;
        }
    }
    return -1;
}

#include "scenario/soak.h"

#include "reports/trend.h"
#include "scenario/life.h"

#include <math.h>
#include <string.h>

#define SETTLES      5u /* one stretch in so many, at the begin */
#define NS_PER_HOUR  (3600.0 * (double)TS_NS_PER_S)
#define BUCKETS_EACH 1000 /* of a period */

_Static_assert(TS_BOARD_TROUGHS <= TS_TREND_MOST, "a trend is of all troughs");

void ts_memory_watch_begin(struct ts_memory_watch *watch, struct ts_board_soak *soak)
{
    *watch = (struct ts_memory_watch){
        .soak = soak, .start_ns = ts_clock_ns(), .looks_each = 1, .lowest_kib = UINT32_MAX};
    soak->trough_count = 0;
}

static void join_neighbours(struct ts_memory_watch *watch)
{
    uint32_t *troughs = watch->soak->troughs_kib;
    for (uint32_t i = 0; i < TS_BOARD_TROUGHS / 2; i++) {
        uint32_t left = troughs[2 * (size_t)i], right = troughs[2 * (size_t)i + 1];
        troughs[i] = left < right ? left : right;
    }
    watch->soak->trough_count = TS_BOARD_TROUGHS / 2;
    watch->looks_each *= 2;
}

void ts_memory_watch_take(struct ts_memory_watch *watch, int64_t now_ns, uint32_t resident_kib)
{
    struct ts_board_soak *soak = watch->soak;
    watch->lowest_kib = resident_kib < watch->lowest_kib ? resident_kib : watch->lowest_kib;
    watch->looks++;
    watch->looks_here++;
    watch->end_ns = now_ns;
    if (watch->looks_here < watch->looks_each) {
        return;
    }
    if (soak->trough_count == TS_BOARD_TROUGHS) {
        join_neighbours(watch);
        if (watch->looks_here < watch->looks_each) {
            return;
        }
    }
    soak->troughs_kib[soak->trough_count++] = watch->lowest_kib;
    watch->looks_here = 0;
    watch->lowest_kib = UINT32_MAX;
}

void ts_memory_watch_look(struct ts_memory_watch *watch)
{
    uint64_t bytes = ts_life_resident_bytes();
    if (bytes > 0) {
        ts_memory_watch_take(watch, ts_clock_ns(), (uint32_t)(bytes >> 10));
    }
}

bool ts_memory_watch_end(struct ts_memory_watch *watch, uint32_t noise_kib)
{
    struct ts_board_soak *soak = watch->soak;
    double hours[TS_BOARD_TROUGHS], kib[TS_BOARD_TROUGHS];
    uint32_t count = 0;
    if (watch->looks > 0) {
        soak->trough_ns = (watch->end_ns - watch->start_ns) / (int64_t)watch->looks * watch->looks_each;
    }
    soak->settled = soak->trough_count / SETTLES;
    for (uint32_t i = soak->settled; i < soak->trough_count; i++) {
        hours[count] = (double)i * (double)soak->trough_ns / NS_PER_HOUR;
        kib[count++] = soak->troughs_kib[i];
    }
    struct ts_trend trend = {0, -INFINITY, INFINITY};
    if (soak->trough_ns > 0 && watch->end_ns - watch->start_ns >= TS_MEMORY_LEAST_NS) {
        trend = ts_trend_of(hours, kib, count);
    }
    soak->slope = trend.slope;
    soak->slope_low = trend.low;
    soak->slope_high = trend.high;
    return isfinite(trend.low) && trend.low > 0 && trend.low * (hours[count - 1] - hours[0]) > noise_kib;
}

void ts_beat_watch_begin(struct ts_beat_watch *watch, int64_t period_ns)
{
    memset(watch, 0, sizeof *watch); /* its pages, too, are there from the begin */
    watch->period_ns = period_ns;
}

void ts_beat_watch_beat(struct ts_beat_watch *watch, int64_t now_ns)
{
    int64_t gap_ns = now_ns - watch->last_ns;
    watch->last_ns = now_ns;
    if (watch->beats++ == 0 || gap_ns < 0) { /* a clock that went back */
        return;
    }
    double off = (double)gap_ns - watch->mean_ns;
    watch->mean_ns += off / (double)(watch->beats - 1);
    watch->squares += off * ((double)gap_ns - watch->mean_ns);
    watch->most_ns = gap_ns > watch->most_ns ? gap_ns : watch->most_ns;
    int64_t periods = (gap_ns + watch->period_ns / 2) / watch->period_ns;
    watch->missed += periods > 1 ? (uint64_t)periods - 1 : 0;
    double bucket = (double)gap_ns * BUCKETS_EACH / (double)watch->period_ns;
    watch->buckets[bucket < TS_BEAT_BUCKETS - 1 ? (uint32_t)bucket : TS_BEAT_BUCKETS - 1]++;
}

/* The upper end of the bucket in which that share of all gaps is reached. */
static int64_t quantile(const struct ts_beat_watch *watch, double share)
{
    uint64_t gaps = 0, sum = 0;
    uint32_t bucket = 0;
    for (uint32_t i = 0; i < TS_BEAT_BUCKETS; i++) {
        gaps += watch->buckets[i];
    }
    while (bucket < TS_BEAT_BUCKETS - 1 && (double)(sum += watch->buckets[bucket]) < share * (double)gaps) {
        bucket++;
    }
    int64_t end_ns = (bucket + 1) * watch->period_ns / BUCKETS_EACH;
    return bucket == TS_BEAT_BUCKETS - 1 || end_ns > watch->most_ns ? watch->most_ns : end_ns;
}

void ts_beat_watch_end(const struct ts_beat_watch *watch, struct ts_board_beats *beats)
{
    double gaps = (double)watch->beats - 2;
    *beats = (struct ts_board_beats){
        .period_ns = watch->period_ns,
        .beats = watch->beats,
        .missed = watch->missed,
        .gap_mean_ns = (int64_t)watch->mean_ns,
        .gap_deviation_ns = gaps > 0 ? (int64_t)sqrt(watch->squares / gaps) : 0,
        .gap_p50_ns = quantile(watch, 0.50),
        .gap_p99_ns = quantile(watch, 0.99),
        .gap_most_ns = watch->most_ns,
    };
}

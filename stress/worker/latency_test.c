#include "worker/latency.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Every value lies in its bucket, buckets join without a gap, and none is wider than it promises. */
Test(latency, buckets_cover_all_and_are_as_narrow_as_promised)
{
    uint64_t low_ns = 0;
    for (uint32_t bucket = 0; bucket < TS_LATENCY_BUCKETS; bucket++) {
        uint64_t high_ns = ts_latency_high_ns(bucket);
        cr_assert_eq(ts_latency_bucket(low_ns), bucket, "the least of bucket %u", bucket);
        cr_assert_eq(ts_latency_bucket(high_ns), bucket, "the greatest of bucket %u", bucket);
        cr_assert_leq((high_ns - low_ns) << TS_LATENCY_BITS, high_ns, "the width of bucket %u", bucket);
        low_ns = high_ns + 1;
    }
    cr_assert_eq(low_ns - 1, TS_LATENCY_MAX_NS);
}

Test(latency, what_is_added_is_counted_once_and_the_most_is_exact)
{
    struct ts_latencies *latencies = calloc(1, sizeof *latencies);
    cr_assert_not_null(latencies);
    ts_latency_add(latencies, 1000003);
    ts_latency_add(latencies, 7);
    ts_latency_add(latencies, 7);
    cr_assert_eq(latencies->buckets[7], 2);
    cr_assert_eq(latencies->buckets[ts_latency_bucket(1000003)], 1);
    cr_assert_eq(latencies->max_ns, 1000003);
    ts_latency_add(latencies, UINT64_MAX);
    cr_assert_eq(latencies->buckets[TS_LATENCY_BUCKETS - 1], 1);
    cr_assert_eq(latencies->max_ns, TS_LATENCY_MAX_NS);
    free(latencies);
}

#include "base/random.h"

#include <criterion/criterion.h>

/* Reference values: SplitMix64 as published, started at 1234567. */
Test(random, is_splitmix64)
{
    struct ts_random random = {.state = 1234567};
    cr_assert_eq(ts_random_next(&random), 6457827717110365317ULL);
    cr_assert_eq(ts_random_next(&random), 3203168211198807973ULL);
    cr_assert_eq(ts_random_next(&random), 9817491932198370423ULL);
}

Test(random, below_stays_below_and_reaches_every_value)
{
    struct ts_random random = {.state = 1};
    unsigned seen[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint64_t value = ts_random_below(&random, 7);
        cr_assert_lt(value, 7);
        seen[value]++;
    }
    for (int i = 0; i < 7; i++) {
        cr_assert(seen[i] > 800 && seen[i] < 1200, "value %d came %u times of about 1000", i, seen[i]);
    }
}

Test(random, parts_of_one_seed_differ)
{
    cr_assert_neq(ts_seed_mix(5, 0), ts_seed_mix(5, 1));
    cr_assert_neq(ts_seed_mix(5, 0), ts_seed_mix(6, 0));
    cr_assert_eq(ts_seed_mix(5, 3), ts_seed_mix(5, 3));
}

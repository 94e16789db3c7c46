#include "supervisor/duration.h"

#include <criterion/criterion.h>

Test(duration, knows_its_units)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"500ms", 500}, {"10s", 10000}, {"2m", 120000}, {"1h", 3600000}, {"1.5s", 1500}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = 0;
        cr_assert(ts_parse_duration(good[i].text, &ms), "%s", good[i].text);
        cr_assert_eq(ms, good[i].ms, "%s", good[i].text);
    }
}

Test(duration, refuses_everything_else)
{
    static const char *const bad[] = {"",      "10",   "s",     "-1s", "0s",  " 1s",    "1 s",
                                      "10sec", "1e9s", "0x10s", "nan", "inf", "31000h", "0.1ms"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms = 77;
        cr_assert_not(ts_parse_duration(bad[i], &ms), "%s", bad[i]);
        cr_assert_eq(ms, 77);
    }
}

Test(seed, is_decimal_or_hexadecimal)
{
    uint64_t seed = 0;
    cr_assert(ts_parse_seed("0xfFffffffffffffff", &seed));
    cr_assert_eq(seed, UINT64_MAX);
    cr_assert(ts_parse_seed("31", &seed));
    cr_assert_eq(seed, 31);
}

Test(seed, refuses_everything_else)
{
    static const char *const bad[] = {"", "0x", "-1", "12a", "0x1ffffffffffffffff", "1.0", " 1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t seed = 0;
        cr_assert_not(ts_parse_seed(bad[i], &seed), "%s", bad[i]);
    }
}

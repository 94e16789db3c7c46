#include "coordinator/timestamp.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOON INT64_C(1723118400000000000) /* 2024-08-08T12:00:00Z */

static const struct {
    const char *text;
    int64_t utc_ns;
} taken[] = {
    {"2024-08-08T12:00:00Z", NOON},
    {"2024-08-08 12:00:00Z", NOON},
    {"2024-08-08T12:00Z", NOON},
    {"2024-08-08T14:00:00+02:00", NOON},
    {"2024-08-08T14:00:00+0200", NOON},
    {"2024-08-08T14:00+02", NOON},
    {"2024-08-08T12:00:00+00:00", NOON},
    {"2024-08-09T02:00:00+14:00", NOON},
    {"2024-08-07T23:15:00-12:45", NOON},
    {"2024-08-08T12:00:00.5Z", NOON + 500000000},
    {"2024-08-08T12:00:00.000000001Z", NOON + 1},
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T02:00:00+02:00", 0},
    {"2000-02-29T00:00:00Z", INT64_C(951782400000000000)},
    {"2024-12-31T23:59:59.999999999Z", INT64_C(1735689599999999999)},
    {"2262-04-11T23:47:16.854775807Z", INT64_MAX},
    {"1723118400", NOON},
    {"1723118400000", NOON},
    {"1723118400000000000", NOON},
    {"1723118400123", NOON + 123000000},
    {"9223372036854775807", INT64_MAX},
};

static const struct {
    const char *text;
    ts_err error;
    const char *word; /* of the reason */
} refused[] = {
    {"", TS_MALFORMED, "none"},
    {"now", TS_MALFORMED, "ISO 8601"},
    {"2024-08-08", TS_INVALID, "date alone"},
    {"2024-08-08T12:00:00", TS_INVALID, "no zone"},
    {"2024-08-08T12:00:00-00:00", TS_INVALID, "not known"},
    {"2024-08-08T12:00:00 CEST", TS_MALFORMED, "zone"},
    {"2024-08-08T12:00:00+2:00", TS_MALFORMED, "zone"},
    {"2024-08-08T12:00:00+14:01", TS_INVALID, "far"},
    {"2024-08-08T12:00:00+02:60", TS_INVALID, "far"},
    {"2024-08-08T12:00:00Zulu", TS_MALFORMED, "after the zone"},
    {"2024-08-08T12:00:00+02:00x", TS_MALFORMED, "zone"},
    {"2024-08-08T12:00:00+02:", TS_MALFORMED, "zone"},
    {"2024-08-08T12:00:00.Z", TS_MALFORMED, "time"},
    {"2024-08-08T12:00:00.1234567890Z", TS_MALFORMED, "time"},
    {"2024-08-08T12:00:00,5Z", TS_MALFORMED, "zone"},
    {"2024-08-08t12:00:00Z", TS_MALFORMED, "time"},
    {"2024-08-08T12Z", TS_MALFORMED, "time"},
    {"2024-08-08T24:00:00Z", TS_INVALID, "time of day"},
    {"2024-08-08T12:60:00Z", TS_INVALID, "time of day"},
    {"2016-12-31T23:59:60Z", TS_INVALID, "leap"},
    {"2023-02-29T00:00:00Z", TS_INVALID, "day"},
    {"1900-02-29T00:00:00Z", TS_INVALID, "day"},
    {"2024-13-01T00:00:00Z", TS_INVALID, "day"},
    {"2024-00-10T00:00:00Z", TS_INVALID, "day"},
    {"2024-04-31T00:00:00Z", TS_INVALID, "day"},
    {"24-08-08T12:00:00Z", TS_MALFORMED, "ISO 8601"},
    {"20240808T120000Z", TS_MALFORMED, "ISO 8601"},
    {"1969-12-31T23:59:59Z", TS_LIMIT, "1970"},
    {"1970-01-01T01:00:00+02:00", TS_LIMIT, "1970"},
    {"2262-04-11T23:47:16.854775808Z", TS_LIMIT, "2262"},
    {"9999-12-31T23:59:59Z", TS_LIMIT, "2262"},
    {"20240808", TS_INVALID, "ambiguous"},
    {"0", TS_INVALID, "ambiguous"},
    {"172311840", TS_INVALID, "ambiguous"},
    {"17231184000", TS_INVALID, "ambiguous"},
    {"1723118400000000", TS_INVALID, "ambiguous"}, /* microseconds are in nobody's interface here */
    {"0723118400", TS_INVALID, "ambiguous"},
    {"9223372036854775808", TS_LIMIT, "2262"},
    {"-1723118400", TS_MALFORMED, "ISO 8601"},
    {"1723118400.5", TS_MALFORMED, "ISO 8601"},
    {" 1723118400", TS_MALFORMED, "ISO 8601"},
    {"1723118400 ", TS_MALFORMED, "ISO 8601"},
};

Test(timestamp, what_is_clear_is_taken)
{
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct ts_diag diag = {.text = ""};
        int64_t utc_ns = -1;
        cr_expect_eq(ts_timestamp_parse(taken[i].text, &utc_ns, &diag), TS_OK, "%s: %s", taken[i].text,
                     diag.text);
        cr_expect_eq(utc_ns, taken[i].utc_ns, "%s is %lld", taken[i].text, (long long)utc_ns);
    }
}

Test(timestamp, what_could_mean_two_things_is_refused_with_its_reason)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct ts_diag diag = {.text = ""};
        int64_t utc_ns = -7;
        ts_err error = ts_timestamp_parse(refused[i].text, &utc_ns, &diag);
        cr_expect_eq(error, refused[i].error, "'%s': %s: %s", refused[i].text, ts_err_name(error), diag.text);
        cr_expect(strstr(diag.text, refused[i].word) != NULL, "'%s': %s", refused[i].text, diag.text);
        cr_expect_str_eq(diag.subject, refused[i].text);
        cr_expect_eq(utc_ns, -7, "'%s' left something behind", refused[i].text);
    }
}

/* The machine's own zone, and another way to count days, must make no difference. */
Test(timestamp, days_agree_with_the_c_library_in_any_zone)
{
    static const char *const zones[] = {"UTC", "America/New_York", "Asia/Kolkata", "EST5EDT"};
    for (int64_t day = 0; day < 106751; day += 97) {
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        char text[40];
        int64_t utc_ns = -1;
        struct tm fields;
        setenv("TZ", zones[day % 4], 1);
        tzset();
        gmtime_r(&seconds, &fields);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &fields);
        cr_assert_eq(ts_timestamp_parse(text, &utc_ns, NULL), TS_OK, "%s", text);
        cr_assert_eq(utc_ns, (int64_t)seconds * 1000000000, "%s", text);
    }
}

Test(timestamp, a_formatted_one_parses_back)
{
    static const int64_t times_ns[] = {0, 1, 999999999, NOON + 12345, INT64_C(951782399999999999), INT64_MAX};
    char text[TS_TIMESTAMP_SIZE];
    for (size_t i = 0; i < sizeof times_ns / sizeof *times_ns; i++) {
        int64_t utc_ns = -1;
        cr_assert_eq(ts_timestamp_parse(ts_timestamp_format(times_ns[i], text), &utc_ns, NULL), TS_OK, "%s",
                     text);
        cr_assert_eq(utc_ns, times_ns[i], "%s", text);
    }
    cr_assert_str_eq(ts_timestamp_format(-1, text), "1969-12-31T23:59:59.999999999Z");
    cr_assert_str_eq(ts_timestamp_format(INT64_MIN, text), "1677-09-21T00:12:43.145224192Z");
}

Test(timestamp, a_number_with_a_stated_unit_is_never_ambiguous)
{
    int64_t utc_ns = -1;
    struct ts_diag diag;
    cr_assert_eq(ts_timestamp_from_epoch(0, TS_EPOCH_S, &utc_ns, NULL), TS_OK);
    cr_assert_eq(utc_ns, 0);
    cr_assert_eq(ts_timestamp_from_epoch(1001, TS_EPOCH_MS, &utc_ns, NULL), TS_OK);
    cr_assert_eq(utc_ns, 1001000000);
    cr_assert_eq(ts_timestamp_from_epoch(INT64_MAX, TS_EPOCH_NS, &utc_ns, NULL), TS_OK);
    cr_assert_eq(utc_ns, INT64_MAX);
    cr_assert_eq(ts_timestamp_from_epoch(INT64_MAX, TS_EPOCH_MS, &utc_ns, &diag), TS_LIMIT);
    cr_assert_eq(ts_timestamp_from_epoch(-1, TS_EPOCH_S, &utc_ns, &diag), TS_LIMIT);
    cr_assert_eq(ts_timestamp_from_epoch(1, (enum ts_epoch_unit)7, &utc_ns, &diag), TS_INVALID);
    cr_assert_eq(utc_ns, INT64_MAX);
}

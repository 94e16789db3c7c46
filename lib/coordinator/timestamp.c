#include "coordinator/timestamp.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define OPERATION      "parse timestamp"
#define OFFSET_MAX_MIN (14 * 60)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `digits` digits at *at, which moves past them. */
static bool take_number(const char **at, int digits, int64_t *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++) {
        if (!is_digit((*at)[i])) {
            return false;
        }
        *number = *number * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    return true;
}

static bool take(const char **at, char c)
{
    bool there = **at == c;
    *at += there;
    return there;
}

/* Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int64_t days_of_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

struct fields {
    int64_t year, month, day, hour, minute, second, fraction_ns, offset_min;
};

static bool take_date(const char **at, struct fields *f)
{
    return take_number(at, 4, &f->year) && take(at, '-') && take_number(at, 2, &f->month) && take(at, '-') &&
           take_number(at, 2, &f->day);
}

static bool take_fraction(const char **at, int64_t *ns)
{
    int digits = 0;
    *ns = 0;
    for (; is_digit(**at) && digits < 9; ++*at, digits++) {
        *ns = *ns * 10 + (**at - '0');
    }
    for (int i = digits; i < 9; i++) {
        *ns *= 10;
    }
    return digits > 0 && !is_digit(**at);
}

static bool take_time(const char **at, struct fields *f)
{
    if (!take_number(at, 2, &f->hour) || !take(at, ':') || !take_number(at, 2, &f->minute)) {
        return false;
    }
    if (!take(at, ':')) {
        return true;
    }
    return take_number(at, 2, &f->second) && (!take(at, '.') || take_fraction(at, &f->fraction_ns));
}

static ts_err take_zone(const char *at, const char *text, struct fields *f, struct ts_diag *diag)
{
    int64_t hours, minutes = 0;
    if (*at == '\0') {
        return ts_fail(diag, TS_INVALID, OPERATION, text,
                       "has no zone, and could be any: end it in Z or an offset");
    }
    if (take(&at, 'Z')) {
        return *at == '\0' ? TS_OK : ts_fail(diag, TS_MALFORMED, OPERATION, text, "'%s' after the zone", at);
    }
    int sign = *at == '-' ? -1 : 1;
    if (!(take(&at, '+') || take(&at, '-')) || !take_number(&at, 2, &hours) ||
        (*at != '\0' && (take(&at, ':'), !take_number(&at, 2, &minutes))) || *at != '\0') {
        return ts_fail(diag, TS_MALFORMED, OPERATION, text, "its zone is neither Z nor an offset as +02:00");
    }
    if (minutes > 59 || hours * 60 + minutes > OFFSET_MAX_MIN) {
        return ts_fail(diag, TS_INVALID, OPERATION, text, "no zone is so far from UTC");
    }
    if (sign < 0 && hours == 0 && minutes == 0) {
        return ts_fail(diag, TS_INVALID, OPERATION, text,
                       "the offset -00:00 says that the zone is not known");
    }
    f->offset_min = sign * (hours * 60 + minutes);
    return TS_OK;
}

static ts_err check_fields(const char *text, const struct fields *f, struct ts_diag *diag)
{
    if (f->month < 1 || f->month > 12 || f->day < 1 || f->day > days_of_month(f->year, f->month)) {
        return ts_fail(diag, TS_INVALID, OPERATION, text, "there is no such day");
    }
    if (f->hour > 23 || f->minute > 59) {
        return ts_fail(diag, TS_INVALID, OPERATION, text, "there is no such time of day (00:00 to 23:59)");
    }
    if (f->second > 59) {
        return ts_fail(diag, TS_INVALID, OPERATION, text,
                       "a minute has the seconds 0 to 59; leap seconds are not counted");
    }
    return TS_OK;
}

/* Seconds and the nanoseconds within them, to nanoseconds. */
static ts_err join(const char *text, int64_t seconds, int64_t fraction_ns, int64_t *utc_ns,
                   struct ts_diag *diag)
{
    int64_t whole_ns, sum_ns;
    if (seconds < 0 || __builtin_mul_overflow(seconds, TS_NS_PER_S, &whole_ns) ||
        __builtin_add_overflow(whole_ns, fraction_ns, &sum_ns)) {
        return ts_fail(diag, TS_LIMIT, OPERATION, text, "is not between 1970 and April 2262");
    }
    *utc_ns = sum_ns;
    return TS_OK;
}

static ts_err parse_iso(const char *text, int64_t *utc_ns, struct ts_diag *diag)
{
    struct fields f = {0};
    const char *at = text;
    if (!take_date(&at, &f)) {
        return ts_fail(diag, TS_MALFORMED, OPERATION, text,
                       "is neither ISO 8601 (2024-08-08T12:30:00Z) nor a number");
    }
    if (*at == '\0') {
        return ts_fail(diag, TS_INVALID, OPERATION, text, "is a date alone: it needs a time and a zone");
    }
    if (!(take(&at, 'T') || take(&at, ' ')) || !take_time(&at, &f)) {
        return ts_fail(diag, TS_MALFORMED, OPERATION, text,
                       "its time is not hh:mm, hh:mm:ss or hh:mm:ss.fraction");
    }
    ts_err error = take_zone(at, text, &f, diag);
    if (error == TS_OK) {
        error = check_fields(text, &f, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    int64_t minutes = (days_from_civil(f.year, f.month, f.day) * 24 + f.hour) * 60 + f.minute - f.offset_min;
    return join(text, minutes * 60 + f.second, f.fraction_ns, utc_ns, diag);
}

static ts_err parse_number(const char *text, size_t digits, int64_t *utc_ns, struct ts_diag *diag)
{
    int64_t number = 0;
    if (text[0] == '0' || (digits != 10 && digits != 13 && digits != 19)) {
        return ts_fail(
            diag, TS_INVALID, OPERATION, text,
            "is ambiguous: 10 digits are seconds, 13 milliseconds, 19 nanoseconds, none leading zeros");
    }
    for (size_t i = 0; i < digits; i++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, text[i] - '0', &number)) {
            return ts_fail(diag, TS_LIMIT, OPERATION, text, "is not between 1970 and April 2262");
        }
    }
    enum ts_epoch_unit unit = digits == 10 ? TS_EPOCH_S : digits == 13 ? TS_EPOCH_MS : TS_EPOCH_NS;
    return ts_timestamp_from_epoch(number, unit, utc_ns, diag);
}

ts_err ts_timestamp_parse(const char *text, int64_t *utc_ns, struct ts_diag *diag)
{
    if (text == NULL || text[0] == '\0') {
        return ts_fail(diag, TS_MALFORMED, OPERATION, "", "there is none");
    }
    size_t digits = strspn(text, "0123456789");
    return text[digits] == '\0' ? parse_number(text, digits, utc_ns, diag) : parse_iso(text, utc_ns, diag);
}

ts_err ts_timestamp_from_epoch(int64_t number, enum ts_epoch_unit unit, int64_t *utc_ns, struct ts_diag *diag)
{
    static const int64_t per_second[] = {[TS_EPOCH_S] = 1, [TS_EPOCH_MS] = 1000, [TS_EPOCH_NS] = TS_NS_PER_S};
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    if ((unsigned)unit > TS_EPOCH_NS) {
        return ts_fail(diag, TS_INVALID, OPERATION, text, "%d is no unit", (int)unit);
    }
    if (number < 0) {
        return ts_fail(diag, TS_LIMIT, OPERATION, text, "is before 1970");
    }
    int64_t units = per_second[unit];
    return join(text, number / units, number % units * (TS_NS_PER_S / units), utc_ns, diag);
}

/* The inverse of days_from_civil; same source. */
static void civil_from_days(int64_t days, struct fields *f)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    f->day = day_of_year - (153 * month + 2) / 5 + 1;
    f->month = month < 10 ? month + 3 : month - 9;
    f->year = year_of_era + era * 400 + (f->month <= 2);
}

const char *ts_timestamp_format(int64_t utc_ns, char text[static TS_TIMESTAMP_SIZE])
{
    struct fields f = {0};
    int64_t seconds = utc_ns / TS_NS_PER_S, fraction_ns = utc_ns % TS_NS_PER_S;
    if (fraction_ns < 0) {
        fraction_ns += TS_NS_PER_S;
        seconds--;
    }
    int64_t day = seconds / 86400, second = seconds % 86400;
    if (second < 0) {
        second += 86400;
        day--;
    }
    civil_from_days(day, &f);
    snprintf(text, TS_TIMESTAMP_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", (int)f.year, (int)f.month,
             (int)f.day, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60), (int)fraction_ns);
    return text;
}

#include "explore/core/schedule.h"

#define DEVIATION_TEXT_MAX 34 /* 20 digits, 5, 5, two separators, a comma */
#define FRAME_TEXT_MAX     24

static const char letters[] = {[TS_POINTS_SYNC] = 's', [TS_POINTS_ATOMIC] = 'a', [TS_POINTS_ALL] = 'm'};

char ts_points_letter(enum ts_points points)
{
    return letters[points];
}

int ts_points_find(char letter)
{
    for (int i = 0; i < (int)sizeof letters; i++) {
        if (letters[i] == letter) {
            return i;
        }
    }
    return -1;
}

size_t ts_schedule_text_size(const struct ts_schedule *schedule)
{
    return 2 * FRAME_TEXT_MAX +
           (size_t)schedule->count * DEVIATION_TEXT_MAX; /* what ts_schedule_text insists on */
}

static char *put_number(char *to, uint64_t number)
{
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count > 0) {
        *to++ = digits[--count];
    }
    return to;
}

static char *put_hex(char *to, uint32_t number)
{
    for (int shift = 28; shift >= 0; shift -= 4) {
        *to++ = "0123456789abcdef"[number >> shift & 15];
    }
    return to;
}

bool ts_schedule_text(const struct ts_schedule *schedule, char *text, size_t size)
{
    char *to = text;
    char *end = text + size;
    if (size < FRAME_TEXT_MAX) {
        return false;
    }
    *to++ = 't', *to++ = 's', *to++ = '1', *to++ = '.';
    *to++ = letters[schedule->points], *to++ = '.';
    for (uint32_t i = 0; i < schedule->count; i++) {
        const struct ts_deviation *d = &schedule->deviations[i];
        if (end - to < DEVIATION_TEXT_MAX + FRAME_TEXT_MAX) {
            return false;
        }
        if (i > 0) {
            *to++ = ',';
        }
        to = put_number(to, d->thread);
        *to++ = ':';
        to = put_number(to, d->at);
        *to++ = d->choice != 0 ? '=' : '-';
        to = put_number(to, d->value);
    }
    if (schedule->count == 0) {
        *to++ = '-';
    }
    *to++ = '.';
    if (schedule->has_checksum) {
        to = put_hex(to, schedule->checksum);
    } else {
        *to++ = '-';
    }
    *to = '\0';
    return true;
}

static bool take(const char **from, char expected)
{
    bool matches = **from == expected;
    *from += matches ? 1 : 0;
    return matches;
}

static bool take_number(const char **from, uint64_t most, uint64_t *number)
{
    const char *start = *from;
    *number = 0;
    while (**from >= '0' && **from <= '9' && *number <= most) {
        *number = *number * 10 + (uint64_t)(**from - '0');
        (*from)++;
    }
    return *from != start && *number <= most;
}

static bool take_deviation(const char **from, struct ts_deviation *deviation)
{
    uint64_t thread, value;
    if (!take_number(from, UINT16_MAX, &thread) || !take(from, ':') ||
        !take_number(from, UINT64_MAX / 16, &deviation->at)) {
        return false;
    }
    deviation->choice = **from == '=';
    if (!take(from, deviation->choice != 0 ? '=' : '-') || !take_number(from, UINT16_MAX, &value)) {
        return false;
    }
    deviation->thread = (uint16_t)thread;
    deviation->value = (uint16_t)value;
    return true;
}

static bool take_checksum(const char **from, struct ts_schedule *schedule)
{
    schedule->has_checksum = false;
    schedule->checksum = 0;
    if (take(from, '-')) {
        return true;
    }
    for (int i = 0; i < 8; i++, (*from)++) {
        char c = **from;
        bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f')) {
            return false;
        }
        schedule->checksum = schedule->checksum << 4 | (uint32_t)(digit ? c - '0' : c - 'a' + 10);
    }
    schedule->has_checksum = true;
    return true;
}

static bool take_deviations(const char **from, struct ts_schedule *schedule, uint32_t room)
{
    schedule->count = 0;
    if (take(from, '-')) {
        return true;
    }
    do {
        if (schedule->count == room || !take_deviation(from, &schedule->deviations[schedule->count])) {
            return false;
        }
        schedule->count++;
    } while (take(from, ','));
    return true;
}

bool ts_schedule_parse(const char *text, struct ts_schedule *schedule, uint32_t room, size_t *place)
{
    const char *from = text;
    bool valid = take(&from, 't') && take(&from, 's') && take(&from, '1') && take(&from, '.');
    int points = valid ? ts_points_find(*from) : -1;
    if (points >= 0) {
        schedule->points = (enum ts_points)points;
        from++;
        valid = take(&from, '.') && take_deviations(&from, schedule, room) && take(&from, '.') &&
                take_checksum(&from, schedule) && *from == '\0';
    }
    *place = (size_t)(from - text);
    return points >= 0 && valid;
}

#include "supervisor/duration.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_MAX_MS (30LL * 24 * 3600 * 1000)

bool ts_parse_duration(const char *text, int64_t *value_ms)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1.0}, {"s", 1000.0}, {"m", 60000.0}, {"h", 3600000.0}};
    if (!isdigit((unsigned char)text[0]) || strpbrk(text, "xXeEpP") != NULL) {
        return false;
    }
    char *unit = NULL;
    double number = strtod(text, &unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        double ms = number * units[i].ms;
        if (strcmp(unit, units[i].unit) == 0 && ms >= 1.0 && ms <= (double)DURATION_MAX_MS) {
            *value_ms = (int64_t)ms;
            return true;
        }
    }
    return false;
}

bool ts_parse_seed(const char *text, uint64_t *value)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    char *end = NULL;
    if (!isxdigit((unsigned char)digits[0])) {
        return false;
    }
    errno = 0;
    unsigned long long number = strtoull(digits, &end, hex ? 16 : 10);
    if (*end != '\0' || end == digits || errno != 0) {
        return false;
    }
    *value = number;
    return true;
}

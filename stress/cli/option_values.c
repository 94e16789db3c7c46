#include "cli/option_values.h"

#include "cli/command.h"
#include "supervisor/duration.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ts_option_list(const char *command, const char *what, const char *list, const char *const *names,
                   size_t count, bool *chosen)
{
    memset(chosen, 0, count * sizeof *chosen);
    for (const char *word = list;; word += strcspn(word, ",") + 1) {
        char name[64];
        size_t length = strcspn(word, ","), found = 0;
        snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), word);
        while (found < count && strcmp(names[found], name) != 0) {
            found++;
        }
        if (strcmp(name, "all") == 0) {
            memset(chosen, 1, count * sizeof *chosen);
        } else if (found == count) {
            return ts_unknown(command, what, name, names, count);
        } else {
            chosen[found] = true;
        }
        if (word[length] == '\0') {
            return TS_EXIT_OK;
        }
    }
}

int ts_option_speed(const char *command, const char *text, char speed[TS_OPTION_SPEED_SIZE])
{
    char *end = NULL;
    double factor = strtod(text, &end);
    if (strcmp(text, "max") == 0 || strcmp(text, "recorded") == 0) {
        snprintf(speed, TS_OPTION_SPEED_SIZE, "%s", text[0] == 'm' ? "0" : "1");
        return TS_EXIT_OK;
    }
    if (end == text || *end != '\0' || !isfinite(factor) || factor <= 0.0 ||
        strlen(text) >= TS_OPTION_SPEED_SIZE) {
        return ts_usage(command, "bad --speed '%s': a factor above 0, 'recorded' or 'max'", text);
    }
    snprintf(speed, TS_OPTION_SPEED_SIZE, "%s", text);
    return TS_EXIT_OK;
}

int ts_option_duration(const char *command, const char *option, const char *text, int64_t *value_ms)
{
    return ts_parse_duration(text, value_ms)
               ? TS_EXIT_OK
               : ts_usage(command, "bad %s '%s': a number and its unit, as 500ms, 10s, 2m or 1h", option,
                          text);
}

int ts_option_seed(const char *command, const char *text, uint64_t *seed)
{
    return ts_parse_seed(text, seed) ? TS_EXIT_OK
                                     : ts_usage(command, "bad --seed '%s': 64 bits, as 0x1f or 31", text);
}

int ts_option_passes(const char *command, const char *text)
{
    uint64_t passes = 0;
    return ts_parse_seed(text, &passes) && passes <= UINT32_MAX
               ? TS_EXIT_OK
               : ts_usage(command, "bad --passes '%s': a whole number, 0 for endless", text);
}

int ts_option_count(const char *command, const char *option, const char *text, uint64_t *count)
{
    char *end = NULL;
    *count = text[0] < '0' || text[0] > '9' ? 0 : strtoull(text, &end, 10);
    return *count > 0 && *end == '\0'
               ? TS_EXIT_OK
               : ts_usage(command, "bad %s '%s': a whole number above 0", option, text);
}

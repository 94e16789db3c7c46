#include "faults/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)
#define TIME_MAX  (60 * NS_PER_S)
#define STORM_MAX 10000u

static const char operation[] = "read faults";

static ts_err want(struct ts_diag *diag, const char *name, const char *what)
{
    return ts_fail(diag, TS_MALFORMED, operation, name, "want %s", what);
}

/* A number and one of the units, of which each is worth so much; what follows is left at *rest. */
static bool take_quantity(const char *text, const char *const *units, const uint64_t *worth, uint64_t maximum,
                          uint64_t *quantity, const char **rest)
{
    char *end = NULL;
    unsigned long long number = text[0] < '0' || text[0] > '9' ? 0 : strtoull(text, &end, 10);
    for (size_t i = 0; end != NULL && units[i] != NULL; i++) {
        size_t length = strlen(units[i]);
        if (strncmp(end, units[i], length) == 0 && number > 0 && number <= maximum / worth[i]) {
            *quantity = number * worth[i];
            *rest = end + length;
            return true;
        }
    }
    return false;
}

static bool take_time(const char *text, uint64_t *ns, const char **rest)
{
    static const char *const units[] = {"us", "ms", "s", NULL};
    static const uint64_t worth[] = {NS_PER_US, NS_PER_MS, NS_PER_S};
    return take_quantity(text, units, worth, TIME_MAX, ns, rest);
}

static bool parse_pin(const char *value, struct ts_process_faults *faults)
{
    static const char migrate[] = "migrate(";
    const char *rest = "";
    if (strcmp(value, "one") == 0) {
        faults->pin = TS_PIN_ONE;
    } else if (strcmp(value, "split") == 0) {
        faults->pin = TS_PIN_SPLIT;
    } else {
        faults->pin = TS_PIN_MIGRATE;
        return strncmp(value, migrate, strlen(migrate)) == 0 &&
               take_time(value + strlen(migrate), &faults->migrate_ns, &rest) && strcmp(rest, ")") == 0;
    }
    return true;
}

static bool parse_hogs(const char *value, struct ts_process_faults *faults)
{
    static const char *const units[] = {"", NULL};
    static const uint64_t worth[] = {1};
    uint64_t hogs = 0;
    const char *rest = "";
    bool valid = take_quantity(value, units, worth, TS_PROCESS_HOGS_MAX, &hogs, &rest) && *rest == '\0';
    faults->hogs = (uint32_t)hogs;
    return valid;
}

static bool parse_stop(const char *value, struct ts_process_faults *faults)
{
    const char *rest = "";
    return take_time(value, &faults->stop_ns, &rest) && *rest == '/' &&
           take_time(rest + 1, &faults->stop_every_ns, &rest) && *rest == '\0';
}

static bool parse_storm(const char *value, struct ts_process_faults *faults)
{
    static const char *const units[] = {"kHz", "Hz", NULL};
    static const uint64_t worth[] = {1000, 1};
    uint64_t rate = 0;
    const char *rest = "";
    bool valid = take_quantity(value, units, worth, STORM_MAX, &rate, &rest) && *rest == '\0';
    faults->storm_hz = (uint32_t)rate;
    return valid;
}

ts_err ts_process_faults_parse(const char *name, const char *value, struct ts_process_faults *faults,
                               struct ts_diag *diag)
{
    static const struct {
        const char *name;
        bool (*parse)(const char *, struct ts_process_faults *);
        const char *wanted;
    } items[] = {
        {"process.pin", parse_pin, "one, split or migrate(TIME), as migrate(5ms)"},
        {"process.hogs", parse_hogs, "a number of processes, 1 to 16"},
        {"process.stop", parse_stop, "how long and how often, as 20ms/100ms"},
        {"process.storm", parse_storm, "a rate of up to 10kHz, as 500Hz"},
    };
    char word[64];
    size_t length = strcspn(value, ";");
    size_t blanks = strspn(value, " \t\r\n");
    while (length > blanks && strchr(" \t\r\n", value[length - 1]) != NULL) {
        length--;
    }
    snprintf(word, sizeof word, "%.*s", length > blanks ? (int)(length - blanks) : 0, value + blanks);
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        if (strcmp(items[i].name, name) == 0) {
            return items[i].parse(word, faults) ? TS_OK : want(diag, name, items[i].wanted);
        }
    }
    return ts_fail(diag, TS_UNKNOWN, operation, name, "no probe has this name");
}

bool ts_process_faults_any(const struct ts_process_faults *faults)
{
    return faults->pin != TS_PIN_NONE || faults->hogs > 0 || faults->stop_ns > 0 || faults->storm_hz > 0;
}

/* "5ms", in the largest unit that is exact. */
static const char *time_text(uint64_t ns, char text[32])
{
    bool seconds = ns % NS_PER_S == 0, milliseconds = ns % NS_PER_MS == 0;
    uint64_t unit = seconds ? NS_PER_S : milliseconds ? NS_PER_MS : NS_PER_US;
    snprintf(text, 32, "%" PRIu64 "%s", ns / unit, seconds ? "s" : milliseconds ? "ms" : "us");
    return text;
}

static void put(char text[TS_PROCESS_TEXT_SIZE], const char *item)
{
    size_t used = strlen(text);
    snprintf(text + used, TS_PROCESS_TEXT_SIZE - used, "%s%s", used > 0 ? "; " : "", item);
}

const char *ts_process_faults_text(const struct ts_process_faults *faults, char text[TS_PROCESS_TEXT_SIZE])
{
    char item[128], first[32], second[32];
    text[0] = '\0';
    if (faults->pin == TS_PIN_MIGRATE) {
        snprintf(item, sizeof item, "process.pin: migrate(%s)", time_text(faults->migrate_ns, first));
        put(text, item);
    } else if (faults->pin != TS_PIN_NONE) {
        put(text, faults->pin == TS_PIN_ONE ? "process.pin: one" : "process.pin: split");
    }
    if (faults->hogs > 0) {
        snprintf(item, sizeof item, "process.hogs: %" PRIu32, faults->hogs);
        put(text, item);
    }
    if (faults->stop_ns > 0) {
        snprintf(item, sizeof item, "process.stop: %s/%s", time_text(faults->stop_ns, first),
                 time_text(faults->stop_every_ns, second));
        put(text, item);
    }
    if (faults->storm_hz > 0) {
        snprintf(item, sizeof item, "process.storm: %" PRIu32 "Hz", faults->storm_hz);
        put(text, item);
    }
    return text;
}

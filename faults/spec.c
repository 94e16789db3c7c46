#include "faults/spec.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)
#define TIME_MAX  (60 * NS_PER_S)
#define COUNT_MAX 1000000000u
#define WORD_SIZE 64

static const char operation[] = "read faults";

const char *const ts_fault_action_names[TS_FAULT_ACTION_COUNT] = {
    [TS_FAULT_RETURN] = "return", [TS_FAULT_SPIN] = "spin",   [TS_FAULT_YIELD] = "yield",
    [TS_FAULT_SLEEP] = "sleep",   [TS_FAULT_DELAY] = "delay", [TS_FAULT_PAUSE] = "pause",
    [TS_FAULT_COUNT] = "count",   [TS_FAULT_KILL] = "kill",
};

struct reader {
    const char *text, *at;
    struct ts_fault_spec *spec;
    struct ts_diag *diag;
};

static ts_err malformed(const struct reader *reader, const char *what)
{
    return ts_fail(reader->diag, TS_MALFORMED, operation, reader->text, "at character %zu: %s",
                   (size_t)(reader->at - reader->text) + 1, what);
}

static void skip_blanks(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t\r\n");
}

static bool take(struct reader *reader, char wanted)
{
    skip_blanks(reader);
    bool there = *reader->at == wanted;
    reader->at += there;
    return there;
}

/* A run of the characters of names; "" when there is none, or when it is too long to be one. */
static void take_word(struct reader *reader, char word[WORD_SIZE])
{
    skip_blanks(reader);
    size_t length = strspn(reader->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*");
    bool fits = length < WORD_SIZE;
    snprintf(word, WORD_SIZE, "%.*s", fits ? (int)length : 0, reader->at);
    reader->at += fits ? length : 0;
}

/* Digits and, times `unit`, up to as many decimals as the unit has zeros. False when there is no such number.
 */
static bool take_number(struct reader *reader, uint64_t unit, uint64_t maximum, uint64_t *number)
{
    skip_blanks(reader);
    const char *begin = reader->at;
    uint64_t value = 0;
    for (; *reader->at >= '0' && *reader->at <= '9' && value <= maximum; reader->at++) {
        value = value * 10 + (uint64_t)(*reader->at - '0') * unit;
    }
    bool valid = reader->at > begin;
    if (valid && unit > 1 && *reader->at == '.') {
        const char *point = reader->at++;
        for (uint64_t place = unit / 10; *reader->at >= '0' && *reader->at <= '9' && place > 0; place /= 10) {
            value += (uint64_t)(*reader->at++ - '0') * place;
        }
        valid = reader->at > point + 1;
    }
    *number = value;
    return valid && value <= maximum && (*reader->at < '0' || *reader->at > '9');
}

static ts_err take_percent(struct reader *reader, uint32_t *ppm)
{
    uint64_t value;
    if (!take_number(reader, TS_FAULT_ALWAYS_PPM / 100, TS_FAULT_ALWAYS_PPM, &value) || value == 0 ||
        !take(reader, '%')) {
        return malformed(reader, "want a percentage above 0 and up to 100, as 0.5%");
    }
    *ppm = (uint32_t)value;
    return TS_OK;
}

static ts_err take_time(struct reader *reader, uint64_t *ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"us", NS_PER_US}, {"ms", NS_PER_MS}, {"s", NS_PER_S}};
    uint64_t number;
    if (take_number(reader, 1, TIME_MAX, &number)) {
        for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
            size_t length = strlen(units[i].name);
            if (strncmp(reader->at, units[i].name, length) == 0 && number <= TIME_MAX / units[i].ns) {
                reader->at += length;
                *ns = number * units[i].ns;
                return TS_OK;
            }
        }
    }
    return malformed(reader, "want a time of up to 60s, as 50us, 2ms or 1s");
}

static ts_err take_count(struct reader *reader, uint64_t *count)
{
    return take_number(reader, 1, COUNT_MAX, count) && *count > 0
               ? TS_OK
               : malformed(reader, "want a whole number above 0 and up to 1000000000");
}

static ts_err unknown_point(const struct reader *reader, const char *name)
{
    return ts_fail(reader->diag, TS_UNKNOWN, operation, name, "no probe has this name");
}

/* "(POINT, TIME)" */
static ts_err take_pause(struct reader *reader, struct ts_fault_rule *rule)
{
    char word[WORD_SIZE];
    if (!take(reader, '(')) {
        return malformed(reader, "want pause(POINT, TIME)");
    }
    take_word(reader, word);
    int point = ts_fault_point_find(word);
    if (point < 0) {
        return unknown_point(reader, word);
    }
    rule->until = (uint16_t)point;
    if (!take(reader, ',')) {
        return malformed(reader, "want pause(POINT, TIME)");
    }
    ts_err error = take_time(reader, &rule->amount);
    return error != TS_OK || take(reader, ')') ? error : malformed(reader, "want ')'");
}

static ts_err take_amount(struct reader *reader, struct ts_fault_rule *rule)
{
    if (rule->action == TS_FAULT_PAUSE) {
        return take_pause(reader, rule);
    }
    bool is_time = rule->action == TS_FAULT_SLEEP;
    if (!is_time && rule->action != TS_FAULT_SPIN && rule->action != TS_FAULT_YIELD) {
        return TS_OK;
    }
    if (!take(reader, '(')) {
        return malformed(reader, is_time ? "want sleep(TIME)" : "want a number in parentheses");
    }
    ts_err error = is_time ? take_time(reader, &rule->amount) : take_count(reader, &rule->amount);
    return error != TS_OK || take(reader, ')') ? error : malformed(reader, "want ')'");
}

static ts_err take_action(struct reader *reader, struct ts_fault_rule *rule)
{
    char word[WORD_SIZE];
    skip_blanks(reader);
    const char *begin = reader->at;
    take_word(reader, word);
    for (int i = 0; i < TS_FAULT_ACTION_COUNT; i++) {
        if (strcmp(word, ts_fault_action_names[i]) == 0) {
            rule->action = (enum ts_fault_action)i;
            return take_amount(reader, rule);
        }
    }
    reader->at = begin;
    return malformed(reader,
                     "want an action: return, spin(N), yield(N), sleep(TIME), delay, pause(POINT, TIME), "
                     "count or kill");
}

/* "#5" or "#5+", behind its '#' */
static ts_err take_nth(struct reader *reader, struct ts_fault_rule *rule)
{
    uint64_t value;
    if (rule->nth != 0) {
        return malformed(reader, "a second #");
    }
    ts_err error = take_count(reader, &value);
    if (error == TS_OK) {
        rule->nth = (uint32_t)value;
        rule->onwards = take(reader, '+');
    }
    return error;
}

/* "30%" or "2*" */
static ts_err take_measure(struct reader *reader, struct ts_fault_rule *rule)
{
    const char *begin = reader->at;
    size_t digits = strspn(begin, "0123456789.");
    reader->at += digits;
    bool is_limit = take(reader, '*');
    reader->at = begin;
    if (!is_limit) {
        return rule->chance_ppm == TS_FAULT_ALWAYS_PPM ? take_percent(reader, &rule->chance_ppm)
                                                       : malformed(reader, "a second percentage");
    }
    uint64_t value;
    if (rule->limit != 0) {
        return malformed(reader, "a second limit");
    }
    ts_err error = take_count(reader, &value);
    rule->limit = (uint32_t)value;
    take(reader, '*');
    return error;
}

static ts_err take_rule(struct reader *reader, struct ts_fault_rule *rule)
{
    ts_err error = TS_OK;
    while (error == TS_OK) {
        if (take(reader, '#')) {
            error = take_nth(reader, rule);
        } else if (*reader->at >= '0' && *reader->at <= '9') {
            error = take_measure(reader, rule);
        } else {
            return take_action(reader, rule);
        }
    }
    return error;
}

/* One rule for each point that the pattern matches and that the action suits. */
static ts_err add_rules(struct reader *reader, const char *pattern, struct ts_fault_rule *rule)
{
    bool known = false, called = false, suits = false;
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        if (!ts_fault_glob(pattern, ts_fault_points[i].name)) {
            continue;
        }
        known = true;
        if (rule->caller[0] != '\0' && !ts_fault_is_call(i)) {
            continue;
        }
        called = true;
        if (rule->action == TS_FAULT_RETURN && ts_fault_points[i].kind != TS_PROBE_KIND_FAIL) {
            continue;
        }
        suits = true;
        if (reader->spec->rule_count == TS_FAULT_RULES_MAX) {
            return ts_fail(reader->diag, TS_LIMIT, operation, pattern, "more than %d rules",
                           TS_FAULT_RULES_MAX);
        }
        rule->point = (uint16_t)i;
        reader->spec->rules[reader->spec->rule_count++] = *rule;
    }
    if (!known) {
        return unknown_point(reader, pattern);
    }
    if (!called) {
        return ts_fail(reader->diag, TS_MALFORMED, operation, pattern,
                       "only calls, the points named call.*, have a caller");
    }
    return suits ? TS_OK
                 : ts_fail(reader->diag, TS_MALFORMED, operation, pattern,
                           "nothing can fail there: delay it, or name a point that can fail");
}

/* What process.h says is its own text, up to the next ';'. */
static ts_err take_process(struct reader *reader, const char *name)
{
    ts_err error = ts_process_faults_parse(name, reader->at, &reader->spec->process, reader->diag);
    reader->at += strcspn(reader->at, ";");
    return error;
}

/* "FUNCTION" or "FUNCTION+0xHEX", behind its '<' */
static ts_err take_caller(struct reader *reader, struct ts_fault_rule *rule)
{
    skip_blanks(reader);
    size_t length = strspn(reader->at, TS_FAULT_CALLER_LETTERS), digits = 0;
    if (reader->at[length] == '+') {
        digits = strncmp(reader->at + length, "+0x", 3) == 0
                     ? strspn(reader->at + length + 3, "0123456789abcdef")
                     : 0;
        digits = digits == 0 || digits > 8 ? TS_FAULT_CALLER_SIZE : digits + 3;
    }
    if (length == 0 || length + digits >= TS_FAULT_CALLER_SIZE) {
        return malformed(reader, "want the function that calls, of up to 63 characters, as ts_spsc_init or "
                                 "ts_spsc_init+0x1f");
    }
    snprintf(rule->caller, sizeof rule->caller, "%.*s", (int)(length + digits), reader->at);
    reader->at += length + digits;
    return TS_OK;
}

static ts_err take_item(struct reader *reader)
{
    struct ts_fault_rule rule = {.chance_ppm = TS_FAULT_ALWAYS_PPM};
    char pattern[WORD_SIZE], thread[WORD_SIZE] = "";
    take_word(reader, pattern);
    if (pattern[0] == '\0') {
        return malformed(reader, "want the name of a probe");
    }
    if (take(reader, '<')) {
        ts_err error = take_caller(reader, &rule);
        if (error != TS_OK) {
            return error;
        }
    }
    if (take(reader, '@')) {
        take_word(reader, thread);
        if (thread[0] == '\0' || strlen(thread) >= TS_FAULT_THREAD_SIZE) {
            return malformed(reader, "want the name of a thread, of up to 15 characters");
        }
        snprintf(rule.thread, sizeof rule.thread, "%s", thread);
    }
    if (!take(reader, ':')) {
        return malformed(reader, "want ':' and what is to happen");
    }
    if (strcmp(pattern, "swarm") == 0 && thread[0] == '\0') {
        return take_percent(reader, &reader->spec->swarm_ppm);
    }
    if (strncmp(pattern, TS_PROCESS_PREFIX, strlen(TS_PROCESS_PREFIX)) == 0 && thread[0] == '\0') {
        return take_process(reader, pattern);
    }
    ts_err error = take_rule(reader, &rule);
    return error == TS_OK ? add_rules(reader, pattern, &rule) : error;
}

void ts_fault_spec_begin(struct ts_fault_spec *spec)
{
    *spec = (struct ts_fault_spec){.swarm_ppm = TS_FAULT_ALWAYS_PPM};
}

ts_err ts_fault_spec_parse(const char *text, struct ts_fault_spec *spec, struct ts_diag *diag)
{
    struct reader reader = {.text = text, .at = text, .spec = spec, .diag = diag};
    for (;;) {
        skip_blanks(&reader);
        if (*reader.at == '\0') {
            return TS_OK;
        }
        if (*reader.at == ';') {
            reader.at++;
            continue;
        }
        ts_err error = take_item(&reader);
        if (error != TS_OK) {
            return error;
        }
        skip_blanks(&reader);
        if (*reader.at != '\0' && *reader.at != ';') {
            return malformed(&reader, "want ';' or the end");
        }
    }
}

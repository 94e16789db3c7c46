#include "faults/spec.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
    char *text;
    size_t size, used;
};

static void put(struct writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct writer *writer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(writer->text + writer->used, writer->size - writer->used, format, arguments);
    va_end(arguments);
    size_t left = writer->size - writer->used;
    writer->used += length < 0 ? 0 : (size_t)length < left ? (size_t)length : left - 1;
}

static void put_percent(struct writer *writer, uint32_t ppm)
{
    const uint32_t one = TS_FAULT_ALWAYS_PPM / 100;
    char number[24];
    int length = snprintf(number, sizeof number, "%" PRIu32 ".%04" PRIu32, ppm / one, ppm % one);
    while (number[length - 1] == '0') {
        length--;
    }
    length -= number[length - 1] == '.';
    put(writer, "%.*s%%", length, number);
}

/* Times are whole microseconds: the parser takes nothing finer. */
static void put_time(struct writer *writer, uint64_t ns)
{
    uint64_t us = ns / 1000;
    if (us % 1000000 == 0) {
        put(writer, "%" PRIu64 "s", us / 1000000);
    } else if (us % 1000 == 0) {
        put(writer, "%" PRIu64 "ms", us / 1000);
    } else {
        put(writer, "%" PRIu64 "us", us);
    }
}

static void put_rule(struct writer *writer, const struct ts_fault_rule *rule)
{
    put(writer, "%s%s%s%s%s: ", ts_fault_points[rule->point].name, rule->caller[0] != '\0' ? "<" : "",
        rule->caller, rule->thread[0] != '\0' ? "@" : "", rule->thread);
    if (rule->chance_ppm != TS_FAULT_ALWAYS_PPM) {
        put_percent(writer, rule->chance_ppm);
    }
    if (rule->limit != 0) {
        put(writer, "%" PRIu32 "*", rule->limit);
    }
    if (rule->nth != 0) {
        put(writer, "#%" PRIu32 "%s ", rule->nth, rule->onwards ? "+" : "");
    }
    put(writer, "%s", ts_fault_action_names[rule->action]);
    switch (rule->action) {
    case TS_FAULT_SPIN:
    case TS_FAULT_YIELD:
        put(writer, "(%" PRIu64 ")", rule->amount);
        break;
    case TS_FAULT_SLEEP:
        put(writer, "(");
        put_time(writer, rule->amount);
        put(writer, ")");
        break;
    case TS_FAULT_PAUSE:
        put(writer, "(%s, ", ts_fault_points[rule->until].name);
        put_time(writer, rule->amount);
        put(writer, ")");
        break;
    default:
        break;
    }
}

const char *ts_fault_spec_text(const struct ts_fault_spec *spec, char *text, size_t size)
{
    struct writer writer = {.text = text, .size = size};
    text[0] = '\0';
    if (spec->swarm_ppm != TS_FAULT_ALWAYS_PPM) {
        put(&writer, "swarm: ");
        put_percent(&writer, spec->swarm_ppm);
    }
    if (ts_process_faults_any(&spec->process)) {
        char process[TS_PROCESS_TEXT_SIZE];
        put(&writer, "%s%s", writer.used > 0 ? "; " : "", ts_process_faults_text(&spec->process, process));
    }
    for (uint32_t i = 0; i < spec->rule_count; i++) {
        put(&writer, "%s", writer.used > 0 ? "; " : "");
        put_rule(&writer, &spec->rules[i]);
    }
    return text;
}

bool ts_fault_in_swarm(const struct ts_fault_spec *spec, int point, uint64_t seed)
{
    static const uint64_t salt = UINT64_C(0x737761726d);
    uint64_t word = ts_seed_mix(seed ^ salt, ts_fault_key(ts_fault_points[point].name));
    return (uint64_t)(((unsigned __int128)word * TS_FAULT_ALWAYS_PPM) >> 64) < spec->swarm_ppm;
}

#include "reports/interleaving.h"
#include "reports/stability_parts.h"

#include <stdlib.h>
#include <string.h>

#define MS_PER_MINUTE 60000.0

struct ts_stability_block {
    struct ts_stability_block *next;
    max_align_t memory[];
};

/* The report is the first thing in its own memory; what ran out of memory is remembered beside it. */
struct whole {
    struct ts_stability report;
    bool lost;
};

struct ts_stability *ts_stability_new(void)
{
    struct whole *whole = calloc(1, sizeof *whole);
    return whole == NULL ? NULL : &whole->report;
}

bool ts_stability_lost(const struct ts_stability *report)
{
    return ((const struct whole *)report)->lost;
}

void *ts_stability_keep(struct ts_stability *report, size_t count, size_t size)
{
    size_t bytes;
    struct ts_stability_block *block = NULL;
    if (!__builtin_mul_overflow(count, size, &bytes) && bytes <= SIZE_MAX - sizeof *block) {
        block = calloc(1, sizeof *block + bytes);
    }
    if (block == NULL) {
        ((struct whole *)report)->lost = true;
        return NULL;
    }
    block->next = report->blocks;
    report->blocks = block;
    return block->memory;
}

const char *ts_stability_text(struct ts_stability *report, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : ts_stability_keep(report, (size_t)length + 1, 1);
    if (text == NULL) {
        return "";
    }
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

bool ts_stability_names(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = names; *at != '\0';) {
        size_t part = strcspn(at, ",");
        if (part == length && strncmp(at, name, length) == 0) {
            return true;
        }
        at += part;
        at += strspn(at, ", ");
    }
    return false;
}

const char *ts_stability_join(struct ts_stability *report, const char *names, const char *name)
{
    if (names[0] == '\0') {
        return name;
    }
    return ts_stability_names(names, name) ? names : ts_stability_text(report, "%s, %s", names, name);
}

struct ts_stability_share ts_stability_share_of(int64_t k, int64_t n)
{
    struct ts_interval interval = ts_share_interval(k, n);
    return (struct ts_stability_share){
        .k = k,
        .n = n,
        .low = interval.low,
        .high = k == 0 ? ts_share_bound_none(n) : interval.high,
    };
}

struct ts_stability_rate ts_stability_rate_of(int64_t events, int64_t elapsed_ms)
{
    double minutes = (double)elapsed_ms / MS_PER_MINUTE;
    struct ts_interval interval = ts_rate_interval(events, minutes);
    return (struct ts_stability_rate){
        .events = events,
        .elapsed_ms = elapsed_ms,
        .per_minute = minutes > 0 ? (double)events / minutes : 0,
        .low = interval.low,
        .high = events == 0 ? ts_rate_bound_none(minutes) : interval.high,
    };
}

const char *ts_stability_verdict_name(enum ts_stability_verdict verdict)
{
    static const char *const names[] = {"PASS", "FAIL", "INCONCLUSIVE"};
    return names[verdict];
}

const char *ts_stability_state_name(enum ts_stability_state state)
{
    static const char *const names[] = {
        [TS_STABILITY_NOT_RUN] = "not run",
        [TS_STABILITY_CLEAN] = "clean",
        [TS_STABILITY_FAILED_AS_EXPECTED] = "failed as expected",
        [TS_STABILITY_FAILED] = "failed",
        [TS_STABILITY_MISSED] = "did not fail as it must",
        [TS_STABILITY_UNEXERCISED] = "hazard did not occur",
        [TS_STABILITY_FAILED_KNOWN] = "failed, by known findings only",
    };
    return names[state];
}

const char *ts_stability_standing_name(enum ts_stability_standing standing)
{
    static const char *const names[] = {
        [TS_STABILITY_NEW] = "new",
        [TS_STABILITY_EXPIRED] = "expired",
        [TS_STABILITY_KNOWN] = "known",
        [TS_STABILITY_EXPECTED] = "expected",
    };
    return names[standing];
}

const char *ts_stability_limit_name(enum ts_stability_limit_kind kind)
{
    static const char *const names[] = {
        [TS_STABILITY_NOT_DONE] = "not run",
        [TS_STABILITY_NOT_INSTRUMENTED] = "not instrumented",
        [TS_STABILITY_ASSUMED] = "assumed",
    };
    return names[kind];
}

size_t ts_stability_mode_index(const struct ts_stability *report, const char *mode)
{
    for (size_t i = 0; i < report->contrast.mode_count; i++) {
        if (strcmp(report->contrast.modes[i].name, mode) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

void ts_stability_free(struct ts_stability *report)
{
    for (size_t i = 0; report != NULL && i < report->findings.count; i++) {
        const struct ts_interleaving *steps = report->findings.items[i].interleaving;
        if (steps != NULL && steps->owned != NULL) { /* what was built by hand owns nothing */
            ts_interleaving_free((struct ts_interleaving *)(uintptr_t)steps);
        }
    }
    while (report != NULL && report->blocks != NULL) {
        struct ts_stability_block *block = report->blocks;
        report->blocks = block->next;
        free(block);
    }
    free(report);
}

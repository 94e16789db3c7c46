#include "faults/shrink.h"

#include <stdlib.h>
#include <string.h>

struct shrink {
    const struct ts_shrink_test *test;
    struct ts_fault_spec *smallest;
    struct ts_fault_spec candidate;
    bool stopped;
};

/* Whether the candidate fails; then it is the smallest. */
static bool accept(struct shrink *shrink)
{
    if (shrink->stopped) {
        return false;
    }
    enum ts_shrink_answer answer = shrink->test->run(&shrink->candidate, shrink->test->user_data);
    shrink->stopped = answer == TS_SHRINK_STOP;
    if (answer == TS_SHRINK_FAILS) {
        *shrink->smallest = shrink->candidate;
    }
    return answer == TS_SHRINK_FAILS;
}

/* The rules from begin up to end, or all others. */
static void choose(struct shrink *shrink, uint32_t begin, uint32_t end, bool inside)
{
    const struct ts_fault_spec *from = shrink->smallest;
    struct ts_fault_spec *to = &shrink->candidate;
    to->swarm_ppm = from->swarm_ppm;
    to->rule_count = 0;
    for (uint32_t i = 0; i < from->rule_count; i++) {
        if ((i >= begin && i < end) == inside) {
            to->rules[to->rule_count++] = from->rules[i];
        }
    }
}

/* The first of `parts` parts that fails alone, or without which the rest fails. */
static bool reduce(struct shrink *shrink, uint32_t parts, bool inside)
{
    uint32_t count = shrink->smallest->rule_count;
    for (uint32_t i = 0; i < parts; i++) {
        choose(shrink, count * i / parts, count * (i + 1) / parts, inside);
        if (accept(shrink)) {
            return true;
        }
    }
    return false;
}

static void shrink_rules(struct shrink *shrink)
{
    uint32_t parts = 2;
    while (!shrink->stopped && shrink->smallest->rule_count >= 2) {
        uint32_t count = shrink->smallest->rule_count;
        if (reduce(shrink, parts, true)) {
            parts = 2;
        } else if (parts > 2 && reduce(shrink, parts, false)) { /* of two parts each is the other's rest */
            parts = parts - 1;
        } else if (parts == count) {
            return;
        } else {
            parts = parts * 2 < count ? parts * 2 : count;
        }
        count = shrink->smallest->rule_count;
        parts = parts < count ? parts : count;
    }
}

static bool fails_with_limit(struct shrink *shrink, uint32_t rule, uint64_t limit)
{
    shrink->candidate = *shrink->smallest;
    shrink->candidate.rules[rule].limit = (uint32_t)limit;
    return accept(shrink);
}

static void shrink_firings(struct shrink *shrink, uint32_t number)
{
    const struct ts_fault_rule *rule = &shrink->smallest->rules[number];
    uint64_t fired = shrink->test->fired(rule->point, shrink->test->user_data);
    uint64_t bound = rule->limit != 0 && rule->limit < fired ? rule->limit : fired;
    if (rule->action == TS_FAULT_COUNT || (rule->nth != 0 && !rule->onwards) || rule->limit == 1) {
        return;
    }
    bound = bound < UINT32_MAX ? bound : UINT32_MAX;
    uint64_t passes = 0, fails = 1;
    while (fails < bound && !shrink->stopped && !fails_with_limit(shrink, number, fails)) {
        passes = fails;
        fails *= 2;
    }
    if (fails >= bound) {
        return; /* it takes them all, or nearly: the rule stays as it is */
    }
    while (fails - passes > 1 && !shrink->stopped) {
        uint64_t middle = passes + (fails - passes) / 2;
        if (fails_with_limit(shrink, number, middle)) {
            fails = middle;
        } else {
            passes = middle;
        }
    }
}

static ts_err run(struct shrink *shrink)
{
    shrink->candidate = *shrink->smallest;
    if (!accept(shrink)) {
        return shrink->stopped ? TS_CLOSED : TS_NOT_FOUND;
    }
    choose(shrink, 0, 0, true);
    if (accept(shrink)) {
        return TS_OK;
    }
    if (shrink->smallest->swarm_ppm != TS_FAULT_ALWAYS_PPM) {
        shrink->candidate = *shrink->smallest;
        shrink->candidate.swarm_ppm = TS_FAULT_ALWAYS_PPM;
        accept(shrink);
    }
    shrink_rules(shrink);
    for (uint32_t i = 0; i < shrink->smallest->rule_count && !shrink->stopped; i++) {
        shrink_firings(shrink, i);
    }
    return shrink->stopped ? TS_CLOSED : TS_OK;
}

ts_err ts_fault_shrink(struct ts_fault_spec *spec, const struct ts_shrink_test *test)
{
    struct shrink *shrink = calloc(1, sizeof *shrink);
    if (shrink == NULL) {
        return TS_NO_MEMORY;
    }
    shrink->test = test;
    shrink->smallest = spec;
    ts_err error = run(shrink);
    free(shrink);
    return error;
}

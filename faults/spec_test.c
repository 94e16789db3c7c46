#include "faults/spec.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct ts_fault_spec spec;
static struct ts_diag diag;

static ts_err parse(const char *text)
{
    diag = (struct ts_diag){0};
    ts_fault_spec_begin(&spec);
    return ts_fault_spec_parse(text, &spec, &diag);
}

static const char *canonical(const char *text)
{
    static char out[TS_FAULT_TEXT_MAX];
    ts_err error = parse(text);
    cr_assert_eq(error, TS_OK, "%s: %s", text, diag.text);
    return ts_fault_spec_text(&spec, out, sizeof out);
}

Test(spec, reads_every_part_of_a_rule)
{
    cr_assert_eq(parse("queue.push.full@model-scan: 30%2*#5+ return"), TS_OK);
    cr_assert_eq(spec.rule_count, 1);
    const struct ts_fault_rule *rule = &spec.rules[0];
    cr_assert_eq(rule->point, TS_PROBE_QUEUE_PUSH_FULL);
    cr_assert_eq(rule->action, TS_FAULT_RETURN);
    cr_assert_eq(rule->chance_ppm, 300000);
    cr_assert_eq(rule->limit, 2);
    cr_assert_eq(rule->nth, 5);
    cr_assert(rule->onwards);
    cr_assert_str_eq(rule->thread, "model-scan");
}

Test(spec, prints_what_it_read)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"queue.push.full:return", "queue.push.full: return"},
        {" queue.push.full : 30 % 2 * return ; ; ", "queue.push.full: 30%2*return"},
        {"queue.push.full: 2*0.5%return", "queue.push.full: 0.5%2*return"},
        {"queue.push.full: 0.0001%return", "queue.push.full: 0.0001%return"},
        {"queue.push.full: 100%return", "queue.push.full: return"},
        {"queue.push.full: #5 return", "queue.push.full: #5 return"},
        {"queue.push.full: sleep(1100ms)", "queue.push.full: sleep(1100ms)"},
        {"queue.push.full: sleep(1500us)", "queue.push.full: sleep(1500us)"},
        {"queue.push.full: sleep(60s)", "queue.push.full: sleep(60s)"},
        {"call.malloc < ts_spsc_init+0x1f @ host : #2 return",
         "call.malloc<ts_spsc_init+0x1f@host: #2 return"},
        {"call.dl*<ts_plugin_load: return",
         "call.dlopen<ts_plugin_load: return; call.dlsym<ts_plugin_load: return"},
        {"queue.push.full: #5+return", "queue.push.full: #5+ return"},
        {"queue.pop.taken: sleep(1500us)", "queue.pop.taken: sleep(1500us)"},
        {"queue.pop.taken: sleep(2000us)", "queue.pop.taken: sleep(2ms)"},
        {"queue.pop.taken: sleep(1s)", "queue.pop.taken: sleep(1s)"},
        {"queue.pop.taken: spin(10)", "queue.pop.taken: spin(10)"},
        {"queue.pop.taken: yield(3); queue.pop.taken: delay",
         "queue.pop.taken: yield(3); queue.pop.taken: delay"},
        {"table.factor.chosen: pause(table.remove.destroyed,5ms)",
         "table.factor.chosen: pause(table.remove.destroyed, 5ms)"},
        {"swarm: 12.5%; queue.pop.taken: count", "swarm: 12.5%; queue.pop.taken: count"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *first = canonical(cases[i].text);
        cr_assert_str_eq(first, cases[i].canonical);
        char again[512];
        snprintf(again, sizeof again, "%s", first);
        cr_assert_str_eq(canonical(again), again);
    }
}

Test(spec, a_pattern_is_one_rule_for_each_point)
{
    cr_assert_eq(parse("*: count"), TS_OK);
    cr_assert_eq(spec.rule_count, TS_PROBE_COUNT);
    cr_assert_str_eq(canonical("queue.arm.*: delay"), "queue.arm.drained: delay; queue.arm.armed: delay");
}

Test(spec, a_pattern_with_return_takes_what_can_fail)
{
    cr_assert_eq(parse("*: return"), TS_OK);
    cr_assert_gt(spec.rule_count, 5);
    cr_assert_lt(spec.rule_count, TS_PROBE_COUNT);
    for (uint32_t i = 0; i < spec.rule_count; i++) {
        cr_assert_eq(ts_fault_points[spec.rules[i].point].kind, TS_PROBE_KIND_FAIL);
    }
}

Test(spec, the_longest_spec_is_printed_whole)
{
    static char text[TS_FAULT_TEXT_MAX], again[TS_FAULT_TEXT_MAX];
    cr_assert_eq(
        parse("*@abcdefghijklmno: 12.3456%123456789*#123456789+ pause(broadcast.advance.read, 59999999us);"
              "*@abcdefghijklmno: 12.3456%123456789*#123456789+ pause(broadcast.advance.read, 59999999us);"
              "*@abcdefghijklmno: 12.3456%123456789*#123456789+ pause(broadcast.advance.read, 59999999us)"),
        TS_OK);
    uint32_t count = spec.rule_count;
    ts_fault_spec_text(&spec, text, sizeof text);
    cr_assert_lt(strlen(text), sizeof text * count / TS_FAULT_RULES_MAX);
    cr_assert_eq(parse(text), TS_OK, "%s", diag.text);
    cr_assert_eq(spec.rule_count, count);
    cr_assert_str_eq(ts_fault_spec_text(&spec, again, sizeof again), text);
}

Test(spec, an_unknown_point_is_named)
{
    cr_assert_eq(parse("queue.push.fulll: return"), TS_UNKNOWN);
    cr_assert_str_eq(diag.subject, "queue.push.fulll");
    cr_assert_eq(parse("queue.pop.taken: pause(queue.pop.token, 1ms)"), TS_UNKNOWN);
    cr_assert_str_eq(diag.subject, "queue.pop.token");
    cr_assert_eq(parse("nothing.*: delay"), TS_UNKNOWN);
}

Test(spec, a_malformed_spec_is_refused_with_its_place)
{
    static const char *const malformed[] = {
        "queue.push.full",
        "queue.push.full return",
        "queue.push.full:",
        "queue.push.full: fail",
        "queue.push.full: 30%",
        "queue.push.full: 30 return",
        "queue.push.full: 0%return",
        "queue.push.full: 100.1%return",
        "queue.push.full: 1.%return",
        "queue.push.full: 1.23456%return",
        "queue.push.full: 30%40%return",
        "queue.push.full: 2*3*return",
        "queue.push.full: 0*return",
        "queue.push.full: 99999999999999999999*return",
        "queue.push.full: #0 return",
        "queue.push.full: #return",
        "queue.push.full: #1#2 return",
        "queue.push.full: return return",
        "queue.push.full: return; 7",
        "queue.push.full@: return",
        "queue.push.full@a-name-of-sixteen: return",
        "queue.pop.taken: sleep",
        "queue.pop.taken: sleep(5)",
        "queue.pop.taken: sleep(61s)",
        "queue.pop.taken: sleep(5ms",
        "queue.pop.taken: spin()",
        "queue.pop.taken: yield(-1)",
        "queue.pop.taken: pause",
        "queue.pop.taken: pause(queue.pop.taken)",
        "queue.pop.taken: pause(queue.pop.taken, 5)",
        "swarm: 0%",
        "swarm: delay",
        ": return",
        "\xff: return",
    };
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        cr_assert_eq(parse(malformed[i]), TS_MALFORMED, "accepted or misjudged: %s", malformed[i]);
        cr_assert_neq(strstr(diag.text, "character"), NULL, "%s: %s", malformed[i], diag.text);
    }
}

Test(spec, a_point_that_cannot_fail_does_not_return)
{
    cr_assert_eq(parse("queue.pop.taken: return"), TS_MALFORMED);
    cr_assert_str_eq(diag.subject, "queue.pop.taken");
    cr_assert_eq(parse("queue.pop.*: return"), TS_MALFORMED);
}

Test(spec, too_many_rules_are_refused)
{
    cr_assert_eq(parse("*: count; *: count; *: count; *: count"), TS_LIMIT);
}

Test(spec, points_have_names_of_their_own)
{
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        cr_assert_eq(ts_fault_point_find(ts_fault_points[i].name), i, "%s twice", ts_fault_points[i].name);
        cr_assert_lt(strlen(ts_fault_points[i].name), 40);
    }
    cr_assert_eq(ts_fault_point_find("swarm"), -1);
    cr_assert_eq(ts_fault_point_find("queue.push"), -1);
    cr_assert_eq(ts_fault_point_find(""), -1);
}

Test(spec, globs)
{
    cr_assert(ts_fault_glob("*", ""));
    cr_assert(ts_fault_glob("model-*", "model-12"));
    cr_assert(ts_fault_glob("*.full", "queue.push.full"));
    cr_assert(ts_fault_glob("q*.p*.f*", "queue.push.full"));
    cr_assert_not(ts_fault_glob("q*.full", "queue.push.fill"));
    cr_assert_not(ts_fault_glob("", "a"));
    cr_assert_not(ts_fault_glob("a", ""));
}

Test(spec, only_a_call_has_a_caller)
{
    cr_assert_eq(parse("call.malloc<ts_spsc_init.part.0+0x1f: return"), TS_OK);
    cr_assert_str_eq(spec.rules[0].caller, "ts_spsc_init.part.0+0x1f");
    cr_assert_eq(parse("*<ts_spsc_init: return"), TS_OK);
    for (uint32_t i = 0; i < spec.rule_count; i++) {
        cr_assert(ts_fault_is_call(spec.rules[i].point));
    }
    cr_assert_eq(parse("queue.push.full<ts_spsc_init: return"), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "only calls"));
    static const char *const malformed[] = {
        "call.malloc<: return",
        "call.malloc<+0x1f: return",
        "call.malloc<f+1f: return",
        "call.malloc<f+0x: return",
        "call.malloc<f+0x123456789: return",
        "call.malloc<a-b: return",
        "call.malloc<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: return"};
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        cr_expect_eq(parse(malformed[i]), TS_MALFORMED, "%s", malformed[i]);
    }
}

Test(spec, holds_as_many_rules_as_it_says)
{
    static char text[TS_FAULT_TEXT_MAX];
    size_t used = 0;
    for (int i = 0; i < TS_FAULT_RULES_MAX; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "queue.push.full: delay; ");
    }
    cr_assert_eq(parse(text), TS_OK, "%s", diag.text);
    cr_assert_eq(spec.rule_count, TS_FAULT_RULES_MAX);
    snprintf(text + used, sizeof text - used, "queue.push.full: delay");
    cr_assert_eq(parse(text), TS_LIMIT);
}

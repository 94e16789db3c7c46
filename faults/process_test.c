#include "faults/spec.h"

#include <criterion/criterion.h>
#include <string.h>

static struct ts_fault_spec spec;
static struct ts_diag diag;

static ts_err parse(const char *text)
{
    ts_fault_spec_begin(&spec);
    return ts_fault_spec_parse(text, &spec, &diag);
}

Test(process, each_fault_is_read_and_written_alike)
{
    static const struct {
        const char *text, *written;
        struct ts_process_faults faults;
    } cases[] = {
        {"process.pin: one", NULL, {.pin = TS_PIN_ONE}},
        {"process.pin:split ", "process.pin: split", {.pin = TS_PIN_SPLIT}},
        {"process.pin: migrate(5ms)", NULL, {.pin = TS_PIN_MIGRATE, .migrate_ns = 5000000}},
        {"process.hogs: 16", NULL, {.hogs = 16}},
        {"process.stop: 20ms/1s", NULL, {.stop_ns = 20000000, .stop_every_ns = 1000000000}},
        {"process.stop: 1500us/60s", NULL, {.stop_ns = 1500000, .stop_every_ns = 60000000000}},
        {"process.storm: 1kHz", "process.storm: 1000Hz", {.storm_hz = 1000}},
        {"process.storm:500Hz;process.hogs:2",
         "process.hogs: 2; process.storm: 500Hz",
         {.hogs = 2, .storm_hz = 500}},
    };
    char text[TS_FAULT_TEXT_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ts_process_faults *want = &cases[i].faults, *got = &spec.process;
        cr_assert_eq(parse(cases[i].text), TS_OK, "%s: %s", cases[i].text, diag.text);
        cr_assert(got->pin == want->pin && got->migrate_ns == want->migrate_ns && got->hogs == want->hogs &&
                      got->stop_ns == want->stop_ns && got->stop_every_ns == want->stop_every_ns &&
                      got->storm_hz == want->storm_hz,
                  "%s", cases[i].text);
        cr_assert(ts_process_faults_any(got));
        const char *written = cases[i].written != NULL ? cases[i].written : cases[i].text;
        cr_assert_str_eq(ts_fault_spec_text(&spec, text, sizeof text), written);
        cr_assert_eq(parse(text), TS_OK);
    }
}

Test(process, stands_beside_probes)
{
    cr_assert_eq(parse("swarm: 50%; process.hogs: 1; queue.pop.taken: #2 kill"), TS_OK, "%s", diag.text);
    cr_assert(spec.process.hogs == 1 && spec.rule_count == 1 && spec.rules[0].action == TS_FAULT_KILL);
    cr_assert_eq(parse("queue.pop.taken: yield(1)"), TS_OK);
    cr_assert(!ts_process_faults_any(&spec.process));
}

Test(process, what_is_no_fault_is_refused_by_name)
{
    static const char *const wrong[] = {
        "process.pin: two",
        "process.pin: migrate",
        "process.pin: migrate(5)",
        "process.pin: migrate(5ms",
        "process.hogs: 0",
        "process.hogs: 17",
        "process.hogs: 1x",
        "process.hogs:",
        "process.stop: 20ms",
        "process.stop: 20ms/0s",
        "process.stop: 1s/61s",
        "process.stop: 1ms/2ms/3ms",
        "process.storm: 1000",
        "process.storm: 11kHz",
        "process.storm: 1 kHz",
        "process.storm: 1kHzz",
        "process.pin: migrate(5ms))",
        "process.storm: 18446744073709552kHz",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_eq(parse(wrong[i]), TS_MALFORMED, "%s", wrong[i]);
        cr_assert_eq(strncmp(wrong[i], diag.subject, strlen(diag.subject)), 0, "%s", diag.subject);
    }
    cr_assert_eq(parse("process.hog: 1"), TS_UNKNOWN);
    cr_assert_str_eq(diag.subject, "process.hog");
}

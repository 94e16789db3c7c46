#include "faults/spec.h"
#include "supervisor/fault_plan.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct ts_diag diag;

static ts_err load(const char *yaml, char **text)
{
    char path[] = "/tmp/ts-fault-plan-XXXXXX";
    int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, yaml, strlen(yaml)) == (ssize_t)strlen(yaml));
    close(file);
    diag = (struct ts_diag){0};
    ts_err error = ts_fault_plan_load(path, text, &diag);
    unlink(path);
    return error;
}

Test(fault_plan, becomes_the_compact_form)
{
    static struct ts_fault_spec spec;
    static char canonical[TS_FAULT_TEXT_MAX];
    char *text = NULL;
    ts_err error = load("name: all of it\n"
                        "swarm: 50%\n"
                        "faults:\n"
                        "  - point: queue.push.full\n"
                        "    thread: model-scan\n"
                        "    chance: 30%\n"
                        "    limit: 2\n"
                        "    nth: 5\n"
                        "    onwards: true\n"
                        "    action: return\n"
                        "  - point: call.malloc\n"
                        "    caller: ts_spsc_init\n"
                        "    thread: host\n"
                        "    nth: 2\n"
                        "    action: return\n"
                        "  - point: table.factor.chosen\n"
                        "    action: pause(table.remove.destroyed, 5ms)\n",
                        &text);
    cr_assert_eq(error, TS_OK, "%s", diag.text);
    ts_fault_spec_begin(&spec);
    cr_assert_eq(ts_fault_spec_parse(text, &spec, &diag), TS_OK);
    cr_assert_str_eq(ts_fault_spec_text(&spec, canonical, sizeof canonical),
                     "swarm: 50%; queue.push.full@model-scan: 30%2*#5+ return; "
                     "call.malloc<ts_spsc_init@host: #2 return; "
                     "table.factor.chosen: pause(table.remove.destroyed, 5ms)");
    free(text);
}

Test(fault_plan, what_it_does_not_know_is_refused)
{
    static const struct {
        const char *yaml;
        ts_err error;
        const char *says;
    } cases[] = {
        {"faults:\n  - point: queue.push.ful\n    action: return\n", TS_UNKNOWN, "entry 1"},
        {"faults:\n  - point: queue.pop.taken\n    action: return\n", TS_MALFORMED, "entry 1"},
        {"faults:\n  - point: queue.push.full\n", TS_MALFORMED, "action"},
        {"faults: []\n", TS_MALFORMED, ""},
        {"swarm: 50%\n", TS_MALFORMED, ""},
        {"faults:\n  - point: queue.push.full\n    action: return\n    often: 3\n", TS_MALFORMED, "often"},
        {"faults:\n  - point: queue.push.full\n    action: return\n    onwards: true\n", TS_MALFORMED, "nth"},
        {"faults:\n  - point: queue.push.full\n    chance: 130%\n    action: return\n", TS_MALFORMED,
         "percent"},
        {"swarm: none\nfaults:\n  - point: queue.push.full\n    action: return\n", TS_MALFORMED, "percent"},
        {"faults:\n  - point: 'a: b'\n    action: return\n", TS_MALFORMED, "entry 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        cr_assert_eq(load(cases[i].yaml, &text), cases[i].error, "%s: %s", cases[i].yaml, diag.text);
        cr_assert_null(text);
        cr_assert_not_null(strstr(diag.text, cases[i].says), "%s: %s", cases[i].yaml, diag.text);
    }
}

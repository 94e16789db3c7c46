#include "cli/command.h"
#include "cli/fault_options.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char ts_help_faults[] =
    "  list [--json]        every probe, whether the operation there can fail, and what stands at it\n"
    "  check SPEC|FILE      reads a spec or a YAML plan and prints its compact form, patterns written out\n\n"
    "A spec is a list of rules, separated by ';':\n\n"
    "  POINT[@THREAD]: [P%][N*][#K|#K+] ACTION\n\n"
    "  POINT     a probe, or a pattern with '*'\n"
    "  @THREAD   only on this thread: host (the main one), factor-0, factor-scan, model-0, model-scan, ...;\n"
    "            or a pattern\n"
    "  P%        at each visit with this probability (100%)\n"
    "  N*        at most N times, each thread (no limit)\n"
    "  #K, #K+   at the thread's K-th visit only; at the K-th and all later ones\n"
    "  ACTION    return (the operation fails), spin(N), yield(N), sleep(TIME), delay (one of the three, "
    "drawn\n"
    "            anew each time), pause(POINT, TIME) (until another thread comes there, at most TIME), "
    "count,\n"
    "            kill (the process ends there, as by kill -9)\n"
    "  swarm: P% as a rule of its own: each point is on with this probability, once a life\n\n"
    "And for the process as a whole:\n\n"
    "  process.pin: one | split | migrate(TIME)   all threads on one processor; the library's apart from "
    "the\n"
    "                                             host's; each moved about so often\n"
    "  process.hogs: N                            N processes that only spin\n"
    "  process.stop: TIME/TIME                    stopped for about the first, about every second\n"
    "  process.storm: RATE                        so many harmless signals a second, as 1kHz\n\n"
    "The same seed makes the same decisions in every interleaving: a decision depends on the seed, the "
    "point, "
    "the\nthread and how often that thread came there.\n\n"
    "  tickstorm faults check 'queue.*: 2%delay; swarm: 50%'\n"
    "  tickstorm run destroy-mid-callback --faults 'table.factor.chosen: pause(table.remove.destroyed, "
    "5ms)'\n";

static int list(bool json)
{
    json_t *array = json_array();
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        const struct ts_fault_point *point = &ts_fault_points[i];
        bool fails = point->kind == TS_PROBE_KIND_FAIL;
        if (json) {
            json_array_append_new(array, json_pack("{ss ss ss}", "name", point->name, "kind",
                                                   fails ? "fail" : "pause", "meaning", point->meaning));
        } else {
            printf("%-26s %-5s %s\n", point->name, fails ? "fail" : "pause", point->meaning);
        }
    }
    if (json) {
        json_dumpf(array, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(array);
    return TS_EXIT_OK;
}

static int check(const char *what)
{
    static struct ts_fault_spec spec; /* too large for a stack */
    static char text[TS_FAULT_TEXT_MAX];
    char *faults = NULL;
    int code = access(what, F_OK) == 0 ? ts_faults_add_plan("faults", &faults, what)
                                       : ts_faults_add("faults", &faults, what);
    if (code == TS_EXIT_OK) {
        code = ts_faults_read("faults", faults, &spec);
    }
    if (code == TS_EXIT_OK) {
        printf("%s\n", ts_fault_spec_text(&spec, text, sizeof text));
        fprintf(stderr, "%u rules\n", spec.rule_count);
    }
    free(faults);
    return code;
}

int ts_command_faults(int count, char **arguments)
{
    static const char *const known[] = {"list", "check"};
    int code;
    if (count >= 2 && strcmp(arguments[1], "list") == 0 &&
        (count == 2 || (count == 3 && strcmp(arguments[2], "--json") == 0))) {
        code = list(count == 3);
    } else if (count == 3 && strcmp(arguments[1], "check") == 0) {
        code = check(arguments[2]);
    } else if (count >= 2 && strcmp(arguments[1], "list") != 0 && strcmp(arguments[1], "check") != 0) {
        return ts_unknown("faults", "word", arguments[1], known, 2);
    } else {
        return ts_usage("faults", "list, or check with one spec or file");
    }
    return ts_finish_output("faults", code);
}

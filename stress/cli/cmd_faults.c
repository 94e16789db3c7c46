#include "cli/command.h"
#include "cli/fault_options.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char ts_help_faults[] =
    "  list [--json]        every probe, whether the operation there can fail, and what stands at it\n"
    "  sites DIR [--json]   which places in the code made the calls that a run's faults were armed at, and "
    "how\n"
    "                       often; a rule can name them, as 'call.malloc<ts_spsc_init+0x1f: #1 return'\n"
    "  check SPEC|FILE      reads a spec or a YAML plan and prints its compact form, patterns written out\n\n"
    "A spec is a list of rules, separated by ';':\n\n"
    "  POINT[<CALLER][@THREAD]: [P%][N*][#K|#K+] ACTION\n\n"
    "  POINT     a probe, or a pattern with '*'\n"
    "  <CALLER   of a call (call.*): only from this function, or this place in it; visits are counted from "
    "there\n"
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

static json_t *load_line(FILE *in, char **line, size_t *size)
{
    return getline(line, size, in) < 0 ? NULL : json_loads(*line, 0, NULL);
}

static void print_sites(const json_t *cell, const json_t *sites)
{
    const char *name;
    json_t *site;
    printf("%s %s %s\n", json_string_value(json_object_get(cell, "scenario")),
           json_string_value(json_object_get(cell, "mode")),
           json_string_value(json_object_get(cell, "flavour")));
    json_object_foreach((json_t *)(uintptr_t)sites, name, site)
    {
        printf("  %-60s %10lld reached %8lld fired\n", name,
               (long long)json_integer_value(json_object_get(site, "reached")),
               (long long)json_integer_value(json_object_get(site, "fired")));
    }
}

/* The lines of a record that were written here: what is none is passed over. */
static int print_sites_of(const char *folder, bool json)
{
    char path[PATH_MAX];
    char *line = NULL;
    size_t size = 0, found = 0;
    snprintf(path, sizeof path, "%s/record.jsonl", folder);
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        fprintf(stderr, "tickstorm faults: %s: %s\n", path, strerror(errno));
        return TS_EXIT_INPUT;
    }
    json_t *object = NULL;
    while ((object = load_line(in, &line, &size)) != NULL) {
        const json_t *sites = json_object_get(object, "sites");
        if (json_is_object(sites) && json) {
            json_dumpf(sites, stdout, 0);
            putchar('\n');
        } else if (json_is_object(sites)) {
            print_sites(object, sites);
        }
        found += json_is_object(sites);
        json_decref(object);
    }
    free(line);
    fclose(in);
    if (found == 0) {
        fprintf(stderr, "tickstorm faults: %s: no call was at an armed point\n", path);
    }
    return found > 0 ? TS_EXIT_OK : TS_EXIT_INCONCLUSIVE;
}

int ts_command_faults(int count, char **arguments)
{
    static const char *const known[] = {"list", "check", "sites"};
    bool json = count == 4 && strcmp(arguments[3], "--json") == 0;
    int code;
    if (count >= 2 && strcmp(arguments[1], "list") == 0 &&
        (count == 2 || (count == 3 && strcmp(arguments[2], "--json") == 0))) {
        code = list(count == 3);
    } else if (count == 3 && strcmp(arguments[1], "check") == 0) {
        code = check(arguments[2]);
    } else if ((count == 3 || json) && strcmp(arguments[1], "sites") == 0) {
        code = print_sites_of(arguments[2], json);
    } else if (count >= 2 && strcmp(arguments[1], "list") != 0 && strcmp(arguments[1], "check") != 0 &&
               strcmp(arguments[1], "sites") != 0) {
        return ts_unknown("faults", "word", arguments[1], known, 3);
    } else {
        return ts_usage("faults", "list, check with one spec or file, or sites with the folder of a run");
    }
    return ts_finish_output("faults", code);
}

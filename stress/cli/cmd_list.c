#include "cli/command.h"
#include "scenario/catalog.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char ts_help_list[] =
    "Lists the scenarios, the hazard each brings about, what each mode must show, and the options\n"
    "that --set takes. Canaries are planted defects, by which a gate shows that it sees; 'all' leaves them "
    "out.\n\n"
    "  --json               one JSON array instead of text\n";

static void print_expectations(const struct ts_scenario_info *info)
{
    for (int mode = 0; mode < TS_MODE_COUNT; mode++) {
        printf("    %-8s", ts_mode_names[mode]);
        for (int flavour = 0; flavour < TS_FLAVOUR_COUNT; flavour++) {
            printf(" %s %-4s", ts_flavour_names[flavour], ts_expect_name(info->expect[mode][flavour]));
        }
        putchar('\n');
    }
}

static void print_text(void)
{
    for (size_t i = 0; i < ts_scenario_count; i++) {
        const struct ts_scenario_info *info = &ts_scenario_catalog[i];
        printf("%s%s%s: %s\n", i == 0 ? "" : "\n", info->name, info->canary ? " (canary)" : "",
               info->summary);
        printf("  hazard: %s\n  must:\n", info->hazard);
        print_expectations(info);
        for (size_t j = 0; j < info->option_count; j++) {
            printf("  --set %s=...  %s: %s\n", info->options[j].key, info->options[j].values,
                   info->options[j].text);
        }
    }
}

static json_t *scenario_object(const struct ts_scenario_info *info)
{
    json_t *expect = json_object(), *options = json_array();
    for (int mode = 0; mode < TS_MODE_COUNT; mode++) {
        json_t *flavours = json_object();
        for (int flavour = 0; flavour < TS_FLAVOUR_COUNT; flavour++) {
            json_object_set_new(flavours, ts_flavour_names[flavour],
                                json_string(ts_expect_name(info->expect[mode][flavour])));
        }
        json_object_set_new(expect, ts_mode_names[mode], flavours);
    }
    for (size_t i = 0; i < info->option_count; i++) {
        json_array_append_new(options, json_pack("{ss ss ss}", "key", info->options[i].key, "values",
                                                 info->options[i].values, "text", info->options[i].text));
    }
    return json_pack("{ss ss ss sb sf so so}", "name", info->name, "summary", info->summary, "hazard",
                     info->hazard, "canary", info->canary, "weight", info->weight, "expect", expect,
                     "options", options);
}

static int print_json(void)
{
    json_t *array = json_array();
    for (size_t i = 0; i < ts_scenario_count; i++) {
        json_array_append_new(array, scenario_object(&ts_scenario_catalog[i]));
    }
    char *text = json_dumps(array, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(array);
    if (text == NULL) {
        return TS_EXIT_INTERNAL;
    }
    puts(text);
    free(text);
    return TS_EXIT_OK;
}

int ts_command_list(int count, char **arguments)
{
    if (count > 2 || (count == 2 && strcmp(arguments[1], "--json") != 0)) {
        return ts_usage("list", "unknown argument '%s'", arguments[count - 1]);
    }
    if (count == 2) {
        return print_json();
    }
    print_text();
    return TS_EXIT_OK;
}

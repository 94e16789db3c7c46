/* A shrunk schedule as a file beside the record of its run. */
#include "cli/scenario_shrink.h"
#include "reports/input_file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ts_scenario_kept_load(const char *folder, const char *signature, struct ts_scenario_kept *kept)
{
    char path[PATH_MAX + 64];
    size_t i;
    json_t *setting;
    *kept = (struct ts_scenario_kept){0};
    snprintf(path, sizeof path, "%s/schedules/%s.json", folder, signature);
    json_t *object;
    (void)ts_input_json(path, "read schedule", &object, NULL); /* most findings have none */
    const char *schedule = json_string_value(json_object_get(object, "schedule"));
    bool whole = schedule != NULL && (kept->schedule = strdup(schedule)) != NULL;
    json_array_foreach(json_object_get(object, "settings"), i, setting)
    {
        whole = whole && i < TS_SCENARIO_SETTINGS && json_is_string(setting);
        if (whole) {
            kept->settings[i] = strdup(json_string_value(setting));
            whole = kept->settings[kept->setting_count++] != NULL;
        }
    }
    json_decref(object);
    if (!whole) {
        ts_scenario_kept_free(kept);
    }
    return whole;
}

void ts_scenario_kept_free(struct ts_scenario_kept *kept)
{
    free(kept->schedule);
    for (size_t i = 0; i < kept->setting_count; i++) {
        free(kept->settings[i]);
    }
    *kept = (struct ts_scenario_kept){0};
}

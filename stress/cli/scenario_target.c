#include "cli/scenario_target.h"

#include "faults/spec.h"
#include "supervisor/environment.h"
#include "supervisor/words.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIFE_MS 1000 /* which the driver, and not the worker, ends */

static bool on_schedule(const struct ts_driver_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return false;
}

/* As the supervisor names it (classify.h): it is part of the finding's signature. */
static const char *name_crash(const char *class, int signal, const char *output)
{
    struct ts_words words = {0};
    if (class[0] != '\0') {
        return ts_crash_class_name(ts_crash_class_find(class));
    }
    if (signal == SIGBUS || signal == SIGSEGV) {
        return ts_crash_class_name(signal == SIGBUS ? TS_CRASH_BUS_ERROR : TS_CRASH_SEGMENTATION_VIOLATION);
    }
    ts_words_feed(&words, output, strlen(output));
    return ts_crash_class_name(words.class != TS_CRASH_NONE ? words.class : TS_CRASH_ABORT);
}

/* What is done to a worker from outside is no part of a schedule. */
static bool has_outside_faults(const char *text)
{
    static struct ts_fault_spec spec; /* too large for a stack */
    ts_fault_spec_begin(&spec);
    return text != NULL && text[0] != '\0' && ts_fault_spec_parse(text, &spec, NULL) == TS_OK &&
           ts_process_faults_any(&spec.process);
}

static ts_err check(const struct ts_scenario_target *target, const struct ts_scenario_find *find,
                    struct ts_diag *diag)
{
    const char *signature = find->finding->signature;
    if (target->request.tape != NULL) {
        return ts_fail(diag, TS_INVALID, "run worker", signature, "it was found with a tape");
    }
    if (has_outside_faults(target->request.faults) || has_outside_faults(target->cell.faults) ||
        has_outside_faults(find->life->faults)) {
        return ts_fail(diag, TS_INVALID, "run worker", signature, "its faults come from outside the process");
    }
    return TS_OK;
}

static ts_err make_folder(struct ts_scenario_target *target, struct ts_diag *diag)
{
    const char *parent = getenv("TMPDIR");
    char path[PATH_MAX - 256];
    snprintf(path, sizeof path, "%s/tickstorm-worker-XXXXXX",
             parent != NULL && *parent != '\0' ? parent : "/tmp");
    if (mkdtemp(path) == NULL) {
        return ts_fail_errno(diag, errno, "make folder", path);
    }
    ts_err error = ts_run_folder_create(&target->context.folder, path, diag);
    return error == TS_OK ? ts_run_folder_scratch(&target->context.folder, diag) : error;
}

static ts_err add_settings(struct ts_scenario_target *target, const char *const *settings, size_t count,
                           struct ts_diag *diag)
{
    size_t own = target->cell.setting_count;
    target->settings = calloc(own + count + 1, sizeof *target->settings);
    if (target->settings == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "run worker", target->cell.scenario->name, "no memory");
    }
    for (size_t i = 0; i < own + count; i++) {
        target->settings[i] = i < own ? target->cell.settings[i] : settings[i - own];
    }
    target->cell.settings = target->settings;
    target->cell.setting_count = own + count;
    return TS_OK;
}

ts_err ts_scenario_target_open(struct ts_scenario_target *target, const struct ts_scenario_find *find,
                               const char *const *settings, size_t count, struct ts_diag *diag)
{
    *target = (struct ts_scenario_target){.request = ts_run_options_request(find->options),
                                          .cell = find->options->plan.cells[find->finding->cell]};
    target->context.request = &target->request;
    ts_err error = check(target, find, diag);
    error = error == TS_OK ? add_settings(target, settings, count, diag) : error;
    error = error == TS_OK ? make_folder(target, diag) : error;
    error = error == TS_OK ? ts_run_workers(&target->request, target->context.workers,
                                            sizeof target->context.workers, diag)
                           : error;
    if (error == TS_OK) {
        ts_cell_arguments(&target->context, &target->cell, strtoull(find->life->seed, NULL, 0), LIFE_MS,
                          find->life->faults, &target->arguments);
        struct ts_driver_request request = {
            .arguments = target->arguments.list,
            .environment = environ,
            .name = target->cell.scenario->name,
            .symbolizer = ts_environment_symbolizer(target->symbolizer, sizeof target->symbolizer),
            .name_crash = name_crash,
            .schedule = on_schedule};
        error = ts_driver_open(&request, &target->driver, diag);
    }
    if (error != TS_OK) {
        ts_scenario_target_close(target);
    }
    return error;
}

void ts_scenario_target_close(struct ts_scenario_target *target)
{
    ts_driver_close(target->driver);
    if (target->context.folder.path[0] != '\0') {
        ts_run_folder_clean(&target->context.folder);
        rmdir(target->context.folder.path);
    }
    free(target->settings);
    target->driver = NULL;
    target->settings = NULL;
}

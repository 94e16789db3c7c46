#include "cli/fault_options.h"

#include "cli/command.h"
#include "supervisor/fault_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *command, const struct ts_diag *diag)
{
    const char *names[TS_PROBE_COUNT];
    if (diag->code != TS_UNKNOWN) {
        ts_complain(command, diag);
        return diag->code == TS_MALFORMED || diag->code == TS_LIMIT ? TS_EXIT_USAGE
                                                                    : ts_exit_of_error(diag->code);
    }
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        names[i] = ts_fault_points[i].name;
    }
    return ts_unknown(command, "probe", diag->subject, names, TS_PROBE_COUNT);
}

int ts_faults_read(const char *command, const char *text, struct ts_fault_spec *spec)
{
    struct ts_diag diag;
    ts_fault_spec_begin(spec);
    return ts_fault_spec_parse(text, spec, &diag) == TS_OK ? TS_EXIT_OK : complain(command, &diag);
}

int ts_faults_add(const char *command, char **faults, const char *text)
{
    static struct ts_fault_spec spec; /* too large for a stack */
    char *joined = NULL;
    int code = ts_faults_read(command, text, &spec);
    if (code != TS_EXIT_OK) {
        return code;
    }
    if (asprintf(&joined, "%s%s%s", *faults == NULL ? "" : *faults, *faults == NULL ? "" : "; ", text) < 0) {
        return ts_usage(command, "no memory");
    }
    free(*faults);
    *faults = joined;
    return ts_faults_read(command, joined, &spec); /* together they may be too many */
}

int ts_faults_add_plan(const char *command, char **faults, const char *path)
{
    struct ts_diag diag;
    char *text = NULL;
    if (ts_fault_plan_load(path, &text, &diag) != TS_OK) {
        int code = complain(command, &diag);
        return diag.code == TS_UNKNOWN || code == TS_EXIT_USAGE ? TS_EXIT_INPUT : code;
    }
    int code = ts_faults_add(command, faults, text);
    free(text);
    return code;
}

#include "cli/gate_output.h"

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/report_file.h"
#include "reports/gate_record.h"
#include "reports/gate_text.h"
#include "reports/junit.h"
#include "reports/sarif.h"
#include "supervisor/blind_spots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef ts_err (*writer)(const struct ts_gate *gate, FILE *out, struct ts_diag *diag);

static const struct {
    const char *name;
    writer write;
} files[] = {
    {"gate.json", ts_gate_json_write},
    {"summary.md", ts_gate_markdown_write},
    {"junit.xml", ts_junit_write},
    {"findings.sarif", ts_sarif_write},
};

static ts_err write_file(const struct ts_gate *gate, writer write, const char *path, const char *mode,
                         struct ts_diag *diag)
{
    FILE *out = fopen(path, mode);
    if (out == NULL) {
        return ts_fail_errno(diag, errno, "write gate", path);
    }
    ts_err error = write(gate, out, diag);
    errno = 0;
    if (fclose(out) != 0 && error == TS_OK) {
        error = ts_fail_errno(diag, errno, "write gate", path);
    }
    return error;
}

/* Under its name whole, or not at all. */
static ts_err replace_file(const struct ts_gate *gate, writer write, const char *path, struct ts_diag *diag)
{
    char partial[PATH_MAX + 48];
    snprintf(partial, sizeof partial, "%s.partial", path);
    ts_err error = write_file(gate, write, partial, "we", diag);
    if (error == TS_OK && rename(partial, path) != 0) {
        error = ts_fail_errno(diag, errno, "write gate", path);
    }
    if (error != TS_OK) {
        unlink(partial);
    }
    return error;
}

static bool told(const char *command, ts_err error, const struct ts_diag *diag)
{
    if (error != TS_OK) {
        ts_complain(command, diag);
    }
    return error == TS_OK;
}

/* Each that can be written is, for each has another reader. Names those that are there in *names. */
static bool write_files(const struct ts_run_options *options, const struct ts_gate *gate, const char *folder,
                        char *names, size_t size)
{
    struct ts_diag diag;
    char path[PATH_MAX + 32];
    bool all = true;
    int used = snprintf(names, size, "record.jsonl");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        if (told(options->name, replace_file(gate, files[i].write, path, &diag), &diag)) {
            used += snprintf(names + used, size - (size_t)used, ",%s", files[i].name);
        } else {
            all = false;
        }
    }
    return all;
}

/* What GitHub's runner shows by itself. */
static bool tell_github(const struct ts_run_options *options, const struct ts_gate *gate)
{
    struct ts_diag diag;
    const char *summary = getenv("GITHUB_STEP_SUMMARY");
    bool all = true;
    if (getenv("GITHUB_ACTIONS") != NULL) {
        all = told(options->name, ts_gate_annotations_write(gate, stdout, &diag), &diag);
    }
    if (summary != NULL && summary[0] != '\0') {
        all =
            told(options->name, write_file(gate, ts_gate_markdown_write, summary, "ae", &diag), &diag) && all;
    }
    return all;
}

static void print_verdict(const struct ts_gate *gate, const char *folder, const char *names)
{
    static const char *const colours[] = {"\033[32m", "\033[31m", "\033[33m"};
    bool colour = ts_terminal_colour(STDOUT_FILENO);
    for (size_t i = 0; i < gate->input->finding_count; i++) {
        const struct ts_finding *finding = gate->input->findings[i].finding;
        if (gate->judged[i].standing != TS_STANDING_EXPECTED) {
            printf("%-8s %-13s %s  tickstorm show %s; tickstorm repro %s\n",
                   ts_standing_name(gate->judged[i].standing), finding->kind, finding->title,
                   finding->signature, finding->signature);
        }
    }
    for (size_t i = 0; i < gate->input->cell_count; i++) {
        const struct ts_gate_cell *cell = &gate->input->cells[i];
        if (gate->states[i] != TS_STATE_MET && gate->states[i] != TS_STATE_KNOWN) {
            printf("%-13s %s %s %s: %s  %s\n  %s\n", ts_gate_state_name(gate->states[i]), cell->scenario,
                   cell->mode, cell->flavour, cell->outcome, cell->detail, cell->command);
        }
    }
    for (size_t i = 0; i < gate->entry_count; i++) {
        if (!gate->entries[i].matched || gate->entries[i].expired) {
            printf("baseline: %s (%s) %s\n", gate->baseline->known[i].signature,
                   gate->baseline->known[i].title,
                   gate->entries[i].expired ? "has expired" : "was never matched: is it mended?");
        }
    }
    printf("%s%s%s\n", colour ? colours[gate->verdict] : "", gate->sentence, colour ? "\033[0m" : "");
    printf("results %s/{%s}\n", folder, names);
}

static const char *baseline_of(const struct ts_run_options *options)
{
    return options->baseline != NULL                ? options->baseline
           : options->plan_file.baseline[0] != '\0' ? options->plan_file.baseline
                                                    : NULL;
}

static int load_baseline(const struct ts_run_options *options, struct ts_baseline **baseline)
{
    struct ts_diag diag;
    *baseline = NULL;
    if (baseline_of(options) == NULL || ts_baseline_load(baseline_of(options), baseline, &diag) == TS_OK) {
        return TS_EXIT_OK;
    }
    ts_complain(options->name, &diag);
    return TS_EXIT_INPUT;
}

/* A pipe would be empty by the end of the run. */
static bool can_be_read_again(const char *path)
{
    struct stat found;
    return stat(path, &found) != 0 || S_ISREG(found.st_mode); /* what is not there, the first read tells */
}

int ts_gate_check_baseline(const struct ts_run_options *options)
{
    struct ts_baseline *baseline;
    const char *path = baseline_of(options);
    if (path != NULL && !can_be_read_again(path)) {
        struct ts_diag diag;
        (void)ts_fail(&diag, TS_INVALID, "read baseline", path,
                      "is no regular file, and is read again after the run");
        ts_complain(options->name, &diag);
        return TS_EXIT_INPUT;
    }
    int code = load_baseline(options, &baseline);
    ts_baseline_free(baseline);
    return code;
}

/* Where the code lies, by what GitHub and GitLab tell their jobs; "" elsewhere. */
static const char *repository_url(char *url, size_t size)
{
    const char *server = getenv("GITHUB_SERVER_URL"), *repository = getenv("GITHUB_REPOSITORY");
    const char *project = getenv("CI_PROJECT_URL");
    if (server != NULL && repository != NULL) {
        snprintf(url, size, "%s/%s", server, repository);
    } else {
        snprintf(url, size, "%s", project == NULL ? "" : project);
    }
    return url;
}

static int conclude(const struct ts_run_options *options, const struct ts_gate_input *input,
                    const struct ts_baseline *baseline, const struct ts_run_result *result)
{
    struct ts_gate gate;
    struct ts_diag diag;
    char today[16], names[128];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(today, sizeof today, "%Y-%m-%d", &utc);
    if (ts_gate_judge(input, baseline, today, &gate, &diag) != TS_OK) {
        return ts_complain(options->name, &diag);
    }
    int code = gate.exit_code;
    bool written = write_files(options, &gate, result->folder, names, sizeof names);
    if (!options->json) {
        print_verdict(&gate, result->folder, names);
    }
    written = tell_github(options, &gate) && written;
    if (!written && code == TS_EXIT_OK) {
        code = TS_EXIT_ENVIRONMENT;
    }
    ts_gate_free(&gate);
    return result->summary.interrupted ? TS_EXIT_INTERRUPTED : code;
}

#define BLIND_SPOTS_MAX 64

struct plan_view {
    char texts[BLIND_SPOTS_MAX][TS_BLIND_SPOT_SIZE];
    const char *blind_spots[BLIND_SPOTS_MAX];
    size_t blind_spot_count;
    struct ts_gate_cell *cells; /* their names, by number */
};

static bool view_plan(const struct ts_plan *plan, struct plan_view *view)
{
    view->blind_spot_count = ts_blind_spots(plan, view->texts, BLIND_SPOTS_MAX);
    for (size_t i = 0; i < view->blind_spot_count; i++) {
        view->blind_spots[i] = view->texts[i];
    }
    view->cells = calloc(plan->count + 1, sizeof *view->cells);
    for (size_t i = 0; view->cells != NULL && i < plan->count; i++) {
        const struct ts_cell *cell = &plan->cells[i];
        view->cells[i] = (struct ts_gate_cell){.set = cell->set,
                                               .scenario = cell->scenario->name,
                                               .mode = ts_mode_names[cell->mode],
                                               .flavour = ts_flavour_names[cell->flavour]};
    }
    return view->cells != NULL;
}

void ts_gate_tell_blind_spots(const struct ts_run_options *options)
{
    char texts[BLIND_SPOTS_MAX][TS_BLIND_SPOT_SIZE];
    size_t count = ts_blind_spots(&options->plan, texts, BLIND_SPOTS_MAX);
    for (size_t i = 0; i < count && !options->quiet; i++) {
        fprintf(stderr, "this gate is blind and cannot pass: its plan lacks %s\n", texts[i]);
    }
}

int ts_gate_conclude(const struct ts_run_options *options, const struct ts_run_result *result)
{
    static const struct ts_grounds_check unknown = {"of the machine", false,
                                                    "the record does not say what was found before the run",
                                                    "run the gate again"};
    struct ts_baseline *baseline = NULL;
    struct ts_record *record = NULL;
    struct ts_gate_input input;
    struct ts_diag diag;
    static struct plan_view plan; /* too large for a stack */
    char path[PATH_MAX + 32], url[512];
    int code = load_baseline(options, &baseline);
    if (code != TS_EXIT_OK) {
        return code;
    }
    snprintf(path, sizeof path, "%s/record.jsonl", result->folder);
    bool viewed = view_plan(&options->plan, &plan);
    if (ts_record_load(path, &record, &diag) != TS_OK) {
        ts_complain(options->name, &diag);
        code = TS_EXIT_INTERNAL; /* we wrote it */
        goto cleanup;
    }
    bool same = viewed && record->run.cells == (int64_t)options->plan.count;
    if (ts_gate_input_of(record, same ? plan.cells : NULL, &input, &diag) != TS_OK) {
        ts_complain(options->name, &diag);
        code = TS_EXIT_INTERNAL; /* we wrote it */
        goto cleanup;
    }
    if (input.check_count == 0) {
        input.checks = &unknown;
        input.check_count = 1;
    }
    input.repository_url = repository_url(url, sizeof url);
    input.blind_spots = plan.blind_spots;
    input.blind_spot_count = plan.blind_spot_count;
    code = conclude(options, &input, baseline, result);
    ts_gate_input_free(&input);
cleanup:
    free(plan.cells);
    ts_record_free(record);
    ts_baseline_free(baseline);
    return code;
}

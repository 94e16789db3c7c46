#include "cli/run_command.h"

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/report_file.h"
#include "cli/run_options.h"
#include "reports/contrast.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_line(const char *line, size_t size, void *user_data)
{
    (void)user_data;
    fwrite(line, 1, size, stdout);
    fflush(stdout);
}

/* Each failing cell of a plain run: what was found, and the command that repeats it. */
static void print_findings(const struct ts_record *record, const char *folder)
{
    for (size_t i = 0; i < record->cell_count; i++) {
        const struct ts_record_cell *cell = &record->cells[i];
        const char *log = "";
        if (cell->outcome == TS_RECORD_PASS) {
            continue;
        }
        for (size_t j = 0; j < cell->life_line_count && log[0] == '\0'; j++) {
            log = cell->life_lines[j].log;
        }
        printf("\n%s %s %s: %s\n", cell->scenario, cell->mode, cell->flavour,
               ts_record_outcome_name(cell->outcome));
        for (size_t j = 0; j < cell->finding_count; j++) {
            printf("  %-13s %s (%" PRId64 " in %" PRId64 " lives)\n", cell->findings[j].kind,
                   cell->findings[j].title, cell->findings[j].count, cell->findings[j].lives);
        }
        if (log[0] != '\0') {
            printf("  log     %s/%s\n", folder, log);
        }
        printf("  repeat  %s\n", cell->command);
    }
}

static int print_result(const struct ts_run_options *options, const struct ts_run_result *result)
{
    char path[PATH_MAX + 32];
    struct ts_record *record = NULL;
    struct ts_diag diag;
    snprintf(path, sizeof path, "%s/record.jsonl", result->folder);
    ts_err error = ts_record_load(path, &record, &diag);
    if (error != TS_OK) {
        ts_complain(options->name, &diag);
        return TS_EXIT_INTERNAL; /* we wrote it */
    }
    if (!options->json) {
        /* A failure of stdout is told once, by ts_finish_output. */
        (void)ts_contrast_text(record, stdout, ts_terminal_colour(STDOUT_FILENO),
                               ts_terminal_columns(STDOUT_FILENO, TS_CONTRAST_WIDTH_COLUMNS));
        if (!options->contrast) {
            print_findings(record, result->folder);
        }
        printf("\nrecord  %s\n", path);
    }
    if (options->contrast) {
        snprintf(path, sizeof path, "%s/report.md", result->folder);
        error = ts_report_write(record, TS_REPORT_MARKDOWN, path, &diag);
        if (error == TS_OK && !options->json) {
            printf("report  %s\n", path);
        }
    }
    ts_record_free(record);
    return error == TS_OK ? TS_EXIT_OK : ts_complain(options->name, &diag);
}

static int run(const struct ts_run_options *options)
{
    struct ts_progress progress;
    struct ts_run_result result;
    struct ts_diag diag = {0};
    struct ts_run_request request = {
        .kind = options->name,
        .command = options->command,
        .expects = options->contrast,
        .seed = options->seed,
        .plan = &options->plan,
        .out = options->out,
        .tape = options->tape,
        .speed = options->speed[0] != '\0' ? options->speed : NULL,
        .passes = options->passes,
        .library = options->library,
        .settings = options->settings,
        .setting_count = options->setting_count,
        .hang_ms = options->hang_ms,
    };
    ts_progress_init(&progress, options->quiet, options->contrast, options->plan.count);
    ts_progress_events(&progress, &request.events);
    request.events.record_line = options->json ? print_line : NULL;
    if (!options->quiet && !options->seed_given) {
        fprintf(stderr, "seed 0x%" PRIx64 "\n", options->seed);
    }
    ts_err error = ts_supervisor_run(&request, &result, &diag);
    if (error != TS_OK) {
        return ts_complain(options->name, &diag);
    }
    int printed = print_result(options, &result);
    int code = ts_exit_of_summary(&result.summary);
    return printed != TS_EXIT_OK ? printed : code;
}

int ts_run_command(const char *name, int count, char **arguments)
{
    struct ts_run_options options;
    int code = ts_run_options_parse(&options, name, count, arguments);
    if (code == TS_EXIT_OK) {
        code = run(&options);
    }
    ts_run_options_fini(&options);
    return code;
}

#include "cli/run_command.h"

#include "cli/command.h"
#include "cli/gate_output.h"
#include "cli/history_file.h"
#include "cli/nth_run.h"
#include "cli/progress.h"
#include "cli/report_file.h"
#include "cli/run_options.h"
#include "cli/stability_report.h"
#include "reports/contrast.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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
        bool caught = strcmp(cell->role, "canary") == 0 && cell->as_expected;
        printf("\n%s %s %s: %s%s\n", cell->scenario, cell->mode, cell->flavour,
               ts_record_outcome_name(cell->outcome), caught ? " (planted, and caught)" : "");
        for (size_t j = 0; j < cell->finding_count; j++) {
            printf("  %-13s %s (%" PRId64 " in %" PRId64 " lives)\n", cell->findings[j].kind,
                   cell->findings[j].title, cell->findings[j].count, cell->findings[j].lives);
            if (cell->findings[j].signature[0] != '\0') {
                printf("                tickstorm show %s; tickstorm repro %s\n", cell->findings[j].signature,
                       cell->findings[j].signature);
            }
        }
        if (log[0] != '\0') {
            printf("  log     %s/%s\n", folder, log);
        }
        printf("  repeat  %s\n", cell->command);
    }
}

/* The stability report beside the record. */
static int write_report(const struct ts_run_options *options, const char *folder)
{
    struct ts_stability_sources sources = {
        .runs = &folder, .run_count = 1, .history = options->history, .no_history = options->no_history};
    struct ts_stability_report made;
    struct ts_diag diag;
    int code = ts_stability_report_open(options->name, &sources, &made);
    if (code == TS_EXIT_OK && ts_report_write_folder(made.report, folder, &diag) != TS_OK) {
        code = ts_complain(options->name, &diag);
    }
    if (code == TS_EXIT_OK && !options->json) {
        printf("report  %s/report.html\n", folder);
    }
    ts_stability_report_close(&made);
    return code;
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
        if (!options->expects) {
            print_findings(record, result->folder);
        }
        printf("\nrecord  %s\n", path);
    }
    ts_record_free(record);
    return options->contrast ? write_report(options, result->folder) : TS_EXIT_OK;
}

static void index_run(const struct ts_run_options *options, const char *folder)
{
    if (!options->no_history && options->shard.count == 1) {
        ts_history_file_index(options->name, options->history, folder);
    }
}

static struct ts_run_request request_of(const struct ts_run_options *options, const struct ts_resume *resume)
{
    struct ts_run_request request = ts_run_options_request(options);
    request.kind = options->name;
    request.command = options->command;
    request.arguments = options->arguments;
    request.argument_count = options->argument_count;
    request.resume = resume;
    request.plan = &options->plan;
    request.check_all = strcmp(options->name, "gate") == 0;
    request.out = options->out;
    return request;
}

static int run(const struct ts_run_options *options, const struct ts_resume *resume, ts_run_ended *ended)
{
    struct ts_progress progress;
    static struct ts_run_result result; /* too large for a stack */
    struct ts_diag diag = {0};
    struct ts_run_request request = request_of(options, resume);
    ts_progress_init(&progress, options->quiet, options->expects, options->plan.count);
    ts_progress_events(&progress, &request.events);
    request.events.record_line = options->json ? print_line : NULL;
    if (!options->quiet && !options->seed_given) {
        fprintf(stderr, "seed 0x%" PRIx64 "\n", options->seed);
    }
    ts_err error = ts_supervisor_run(&request, &result, &diag);
    if (error != TS_OK) {
        return ts_complain(options->name, &diag);
    }
    index_run(options, result.folder);
    if (strcmp(options->name, "gate") == 0) {
        return ts_gate_conclude(options, &result);
    }
    int printed = print_result(options, &result);
    int code = ts_exit_of_summary(&result.summary);
    if (ended != NULL && !result.summary.interrupted) {
        ended(options, result.folder);
    }
    return printed != TS_EXIT_OK ? printed : code;
}

/* As when it ran: starting a shard again must not turn it green. */
static int exit_of_verdict(const char *verdict)
{
    static const int codes[] = {
        [TS_RUN_AS_EXPECTED] = TS_EXIT_OK,
        [TS_RUN_CLEAN] = TS_EXIT_OK,
        [TS_RUN_UNEXPECTED] = TS_EXIT_FINDINGS,
        [TS_RUN_FINDINGS] = TS_EXIT_FINDINGS,
        [TS_RUN_INCONCLUSIVE] = TS_EXIT_INCONCLUSIVE,
        [TS_RUN_INTERRUPTED] = TS_EXIT_INTERRUPTED,
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(verdict, ts_run_verdict_name((enum ts_run_verdict)i)) == 0) {
            return codes[i];
        }
    }
    return TS_EXIT_INCONCLUSIVE;
}

/* A run whose record is whole: makes what comes behind the record, for it may have been killed there. */
static int conclude_again(const struct ts_run_options *options, const struct ts_record *record,
                          const char *folder)
{
    static struct ts_run_result result; /* too large for a stack */
    snprintf(result.folder, sizeof result.folder, "%s", folder);
    result.summary.interrupted = record->end.interrupted;
    index_run(options, folder);
    if (strcmp(options->name, "gate") == 0) {
        return ts_gate_conclude(options, &result);
    }
    if (strcmp(options->name, TS_NTH_COMMAND) == 0) {
        return ts_nth_tell(options, record, folder);
    }
    int printed = print_result(options, &result);
    return printed != TS_EXIT_OK ? printed : exit_of_verdict(record->end.verdict);
}

static int conclude_shard(const struct ts_run_options *options, const char *path)
{
    struct ts_record *record;
    struct ts_diag diag;
    if (ts_record_load(path, &record, &diag) != TS_OK) {
        return ts_complain(options->name, &diag);
    }
    struct ts_run_request request = request_of(options, NULL);
    int code = ts_resume_check(record, options->out, &request, &diag) == TS_OK
                   ? TS_EXIT_OK
                   : ts_complain(options->name, &diag);
    if (code == TS_EXIT_OK) {
        fprintf(stderr, "%s is there: this shard has run\n", path);
        code = conclude_again(options, record, options->out);
    }
    ts_record_free(record);
    return code;
}

/* A shard's folder is its own, so that many machines can share --out; one that was killed goes on in it. */
static int run_shard(struct ts_run_options *options)
{
    char folder[PATH_MAX], path[PATH_MAX + 32];
    struct ts_resume resume;
    struct ts_diag diag;
    snprintf(folder, sizeof folder, "%s/shard-%u-of-%u", options->out == NULL ? "runs" : options->out,
             options->shard.index, options->shard.count);
    options->out = folder;
    snprintf(path, sizeof path, "%s/record.jsonl", folder);
    if (access(path, F_OK) == 0) {
        return conclude_shard(options, path);
    }
    ts_err error = ts_resume_load(folder, &resume, &diag);
    if (error == TS_TRUNCATED) {
        unlink(resume.writer.partial_path); /* under its lock */
    }
    if (error == TS_NOT_FOUND || error == TS_TRUNCATED) {
        ts_resume_fini(&resume);
        return run(options, NULL, NULL);
    }
    int code = error == TS_OK ? run(options, &resume, NULL) : ts_complain(options->name, &diag);
    ts_resume_fini(&resume);
    return code;
}

int ts_run_command(const char *name, int count, char **arguments, ts_run_ended *ended)
{
    struct ts_run_options options;
    int code = ts_run_options_parse(&options, name, count, arguments);
    if (code == TS_EXIT_OK && strcmp(name, "gate") == 0) {
        code = ts_gate_check_baseline(&options);
        ts_gate_tell_blind_spots(&options);
    }
    if (code == TS_EXIT_OK) {
        code = options.shard.count > 1 ? run_shard(&options) : run(&options, NULL, ended);
    }
    ts_run_options_fini(&options);
    return code;
}

/* Its record is whole: nothing is run again. */
static int resume_ended(const char *folder, const char *path)
{
    struct ts_run_options options;
    struct ts_record *record;
    struct ts_diag diag;
    if (ts_record_load(path, &record, &diag) != TS_OK) {
        return ts_complain("resume", &diag);
    }
    int code = ts_run_options_recorded(&options, "resume", &record->run, folder);
    struct ts_run_request request = request_of(&options, NULL);
    if (code == TS_EXIT_OK && ts_resume_check(record, folder, &request, &diag) != TS_OK) {
        code = ts_complain("resume", &diag);
    }
    if (code == TS_EXIT_OK) {
        fprintf(stderr, "%s is whole: this run has ended\n", path);
        code = conclude_again(&options, record, folder);
    }
    ts_run_options_fini(&options);
    ts_record_free(record);
    return code;
}

int ts_run_resume(const char *folder, bool quiet)
{
    struct ts_run_options options;
    struct ts_resume resume;
    struct ts_diag diag;
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/record.jsonl", folder);
    if (access(path, F_OK) == 0) {
        return resume_ended(folder, path);
    }
    if (ts_resume_load(folder, &resume, &diag) != TS_OK) {
        ts_resume_fini(&resume);
        return ts_complain("resume", &diag);
    }
    int code = ts_run_options_recorded(&options, "resume", &resume.record->run, folder);
    options.quiet = options.quiet || quiet;
    if (code == TS_EXIT_OK) {
        code = strcmp(options.name, TS_NTH_COMMAND) == 0 ? ts_nth_run(&options, &resume)
                                                         : run(&options, &resume, NULL);
    }
    ts_run_options_fini(&options);
    ts_resume_fini(&resume);
    return code;
}

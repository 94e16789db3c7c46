#include "cli/command.h"
#include "cli/history_file.h"
#include "cli/progress.h"
#include "cli/report_file.h"
#include "cli/serve.h"
#include "cli/stability_report.h"
#include "reports/contrast.h"
#include "reports/stability_write.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

const char ts_help_report[] =
    "The stability report of runs: records, or folders with one; without any, the newest under runs/. "
    "Several are\n"
    "taken as one, as parts of a plan are.\n\n"
    "  --out DIR            writes report.html (one file, for a browser, complete in itself), report.md and\n"
    "                       report.json there; all three say the same\n"
    "  --format FORMAT      instead: markdown, json, or text (default without --out: one run's table), on "
    "stdout\n"
    "                       or into the file --out\n"
    "  --baseline FILE      findings that somebody owns (README, \"The gate\"); without it each one is new\n"
    "  --score FILE         score.json of tickstorm score: how many seeded bugs these tests "
    "see\n" TS_HISTORY_FILE_HELP
    "                       (first and last seen, trend); none is no error unless it is named\n"
    "  --no-history         leaves those out\n\n"
    "The verdict, by the gate's rule: FAIL, when something failed that may not and nobody owns it; "
    "INCONCLUSIVE,\n"
    "when cells did not run, hazards did not occur, what must fail did not, or canaries (planted defects) "
    "did\n"
    "not run or were missed; PASS else. The exit code says only whether the report was written. A record of "
    "a\n"
    "run that was killed is read as far as it goes, and is titled so.\n"
    "The same inputs give the same bytes.\n\n"
    "  --serve [DIR...]     instead: the history as pages for a browser on this machine, until Ctrl-C; runs "
    "under\n"
    "                       DIR (default runs) that go on are shown as they grow; takes --baseline and "
    "--history\n"
    "  --port N             its port (default 0: any that is free); the address is printed\n";

enum format { FORMAT_NONE, FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_JSON };

static const char *const formats[] = {"text", "markdown", "json"};

static const struct option long_options[] = {{"format", required_argument, NULL, 'f'},
                                             {"out", required_argument, NULL, 'o'},
                                             {"baseline", required_argument, NULL, 'b'},
                                             {"score", required_argument, NULL, 's'},
                                             {"history", required_argument, NULL, 'H'},
                                             {"no-history", no_argument, NULL, 'n'},
                                             {NULL, 0, NULL, 0}};

struct report_options {
    enum format format;
    const char *out;
    struct ts_stability_sources sources;
};

static int parse_format(struct report_options *options, const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(name, formats[i]) == 0) {
            options->format = (enum format)(i + 1);
            return TS_EXIT_OK;
        }
    }
    return ts_unknown("report", "format", name, formats, sizeof formats / sizeof *formats);
}

static int parse(struct report_options *options, int count, char **arguments)
{
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", long_options, NULL)) != -1;) {
        int code = TS_EXIT_OK;
        switch (letter) {
        case 'o':
            options->out = optarg;
            break;
        case 'f':
            code = parse_format(options, optarg);
            break;
        case 'b':
            options->sources.baseline = optarg;
            break;
        case 's':
            options->sources.score = optarg;
            break;
        case 'H':
            options->sources.history = optarg;
            break;
        case 'n':
            options->sources.no_history = true;
            break;
        default:
            code = ts_usage("report", letter == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        }
        if (code != TS_EXIT_OK) {
            return code;
        }
    }
    options->sources.runs = (const char *const *)(arguments + optind);
    options->sources.run_count = (size_t)(count - optind);
    if (options->out == NULL && options->format == FORMAT_NONE) {
        options->format = FORMAT_TEXT;
    }
    return options->format == FORMAT_TEXT && options->sources.run_count > 1
               ? ts_usage("report", "the text is of one run; --out DIR and the other formats take several")
               : TS_EXIT_OK;
}

/* A run's table, on the terminal or into a file. */
static int print_text(const struct report_options *options)
{
    char folder[PATH_MAX], path[PATH_MAX + 32];
    const char *name = options->sources.run_count > 0 ? options->sources.runs[0] : folder;
    struct ts_record *record = NULL;
    struct ts_diag diag;
    if (options->sources.run_count == 0 && !ts_stability_newest_run(folder, sizeof folder)) {
        ts_fail(&diag, TS_NOT_FOUND, "find a run", "runs", "no run there; name a folder or a record");
        return ts_complain("report", &diag);
    }
    if (ts_record_load(ts_stability_record_of(name, path, sizeof path), &record, &diag) != TS_OK) {
        ts_complain("report", &diag);
        return diag.code == TS_NO_MEMORY ? TS_EXIT_ENVIRONMENT : TS_EXIT_INPUT;
    }
    /* stdout's own failure is told by ts_finish_output */
    (void)ts_contrast_text(record, stdout, ts_terminal_colour(STDOUT_FILENO),
                           ts_terminal_columns(STDOUT_FILENO, TS_CONTRAST_WIDTH_COLUMNS));
    ts_record_free(record);
    return TS_EXIT_OK;
}

static int write_report(const struct report_options *options, const struct ts_stability *report)
{
    ts_report_writer writer = options->format == FORMAT_JSON ? ts_stability_json : ts_stability_markdown;
    struct ts_diag diag;
    ts_err error = TS_OK;
    if (options->format == FORMAT_NONE) {
        error = ts_report_write_folder(report, options->out, &diag);
        if (error == TS_OK) {
            printf("%s\nreport  %s/report.html\n", report->head.sentence, options->out);
        }
    } else if (options->out != NULL) {
        error = ts_report_write(report, writer, options->out, &diag);
    } else {
        (void)writer(report, stdout, &diag);
    }
    return error == TS_OK ? TS_EXIT_OK : ts_complain("report", &diag);
}

int ts_command_report(int count, char **arguments)
{
    struct report_options options = {.format = FORMAT_NONE};
    struct ts_stability_report made;
    if (ts_serve_is_wanted(count, arguments)) {
        return ts_serve(count, arguments);
    }
    int code = parse(&options, count, arguments);
    if (code != TS_EXIT_OK) {
        return code;
    }
    if (options.format == FORMAT_TEXT) {
        return options.out != NULL
                   ? ts_usage("report", "the text goes to stdout; --out is for the other formats")
                   : print_text(&options);
    }
    code = ts_stability_report_open("report", &options.sources, &made);
    if (code == TS_EXIT_OK) {
        code = write_report(&options, made.report);
    }
    ts_stability_report_close(&made);
    return code;
}

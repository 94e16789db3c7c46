#include "cli/command.h"
#include "cli/progress.h"
#include "cli/report_file.h"
#include "cli/serve.h"
#include "reports/contrast.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char ts_help_report[] =
    "Reads a run record, or the one in a folder, and prints its table.\n\n"
    "  --format FORMAT      text (default) or markdown\n"
    "  --out FILE           into a file instead of stdout\n\n"
    "A record of a run that was killed is read as far as it goes, and is titled so.\n\n"
    "  --serve [DIR...]     instead: the history as pages for a browser on this machine, until Ctrl-C; runs "
    "under\n"
    "                       DIR (default runs) that go on are shown as they grow\n"
    "  --port N             its port (default 0: any that is free); the address is printed\n"
    "  --history FILE       the database; else $TICKSTORM_HISTORY, else runs/history.db\n";

static const struct option long_options[] = {
    {"format", required_argument, NULL, 'f'}, {"out", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};

struct report_options {
    enum ts_report_format format;
    const char *record;
    const char *out;
};

static int parse(struct report_options *options, int count, char **arguments)
{
    static const char *const formats[] = {"text", "markdown"};
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", long_options, NULL)) != -1;) {
        if (letter == 'o') {
            options->out = optarg;
        } else if (letter == 'f' && strcmp(optarg, "text") == 0) {
            options->format = TS_REPORT_TEXT;
        } else if (letter == 'f' && strcmp(optarg, "markdown") == 0) {
            options->format = TS_REPORT_MARKDOWN;
        } else if (letter == 'f') {
            return ts_unknown("report", "format", optarg, formats, 2);
        } else {
            return ts_usage("report", letter == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        }
    }
    options->record = arguments[optind];
    return options->record != NULL && count - optind == 1
               ? TS_EXIT_OK
               : ts_usage("report", "one record or folder, please");
}

/* A folder stands for the record in it, the partial one where there is no other. */
static const char *find_record(const char *name, char *path, size_t size)
{
    struct stat status;
    if (stat(name, &status) != 0 || !S_ISDIR(status.st_mode)) {
        return name;
    }
    snprintf(path, size, "%s/record.jsonl", name);
    if (access(path, F_OK) != 0) {
        snprintf(path, size, "%s/record.jsonl.partial", name);
    }
    return path;
}

int ts_command_report(int count, char **arguments)
{
    struct report_options options = {.format = TS_REPORT_TEXT};
    struct ts_record *record = NULL;
    struct ts_diag diag;
    char path[PATH_MAX];
    if (ts_serve_is_wanted(count, arguments)) {
        return ts_serve(count, arguments);
    }
    int code = parse(&options, count, arguments);
    if (code != TS_EXIT_OK || options.record == NULL) {
        return code;
    }
    if (ts_record_load(find_record(options.record, path, sizeof path), &record, &diag) != TS_OK) {
        ts_complain("report", &diag);
        return diag.code == TS_NO_MEMORY ? TS_EXIT_ENVIRONMENT : TS_EXIT_INPUT;
    }
    if (options.out != NULL) {
        code = ts_report_write(record, options.format, options.out, &diag) == TS_OK
                   ? TS_EXIT_OK
                   : ts_complain("report", &diag);
    } else if (options.format == TS_REPORT_MARKDOWN) {
        (void)ts_contrast_markdown(record, stdout); /* stdout's own failure is told by ts_finish_output */
    } else {
        (void)ts_contrast_text(record, stdout, ts_terminal_colour(STDOUT_FILENO),
                               ts_terminal_columns(STDOUT_FILENO, TS_CONTRAST_WIDTH_COLUMNS));
    }
    ts_record_free(record);
    return code;
}

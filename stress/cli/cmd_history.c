#include "cli/command.h"
#include "cli/history_file.h"
#include "reports/figure.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT 50

const char ts_help_history[] =
    "Lists the runs that the history knows, or the findings of all of them, newest first.\n\n"
    "  --findings           findings instead of runs\n"
    "  --limit N            at most N of them (50)\n"
    "  --json               a JSON array instead of the table\n" TS_HISTORY_FILE_HELP
    "  import DIR...        first take in the records in these folders and one folder below\n\n"
    "The history is an index of run records and can always be made again from them. A run without end line "
    "is\n"
    "listed as partial: it was killed, or goes on. What a canary was caught by is no finding of its run.\n\n"
    "  tickstorm history import runs\n"
    "  tickstorm history --findings --limit 10\n";

static const struct option long_options[] = {{"findings", no_argument, NULL, 'f'},
                                             {"limit", required_argument, NULL, 'l'},
                                             {"json", no_argument, NULL, 'j'},
                                             {"history", required_argument, NULL, 'h'},
                                             {NULL, 0, NULL, 0}};

struct history_options {
    bool findings, json;
    int64_t limit;
    const char *file;
    char **folders; /* NULL-terminated */
};

static bool parse_limit(const char *text, int64_t *limit)
{
    char *end = NULL;
    *limit = strtoll(text, &end, 10);
    return end != text && *end == '\0' && *limit > 0 && *limit < INT64_MAX;
}

static int parse(struct history_options *options, int count, char **arguments)
{
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", long_options, NULL)) != -1;) {
        if (letter == 'f') {
            options->findings = true;
        } else if (letter == 'j') {
            options->json = true;
        } else if (letter == 'h') {
            options->file = optarg;
        } else if (letter != 'l') {
            return ts_usage("history", letter == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        } else if (!parse_limit(optarg, &options->limit)) {
            return ts_usage("history", "bad --limit '%s': a number from 1", optarg);
        }
    }
    options->folders = arguments + optind;
    if (*options->folders == NULL) {
        return TS_EXIT_OK;
    }
    if (strcmp(*options->folders, "import") != 0) {
        return ts_usage("history", "unknown argument '%s'; did you mean 'import %s'?", *options->folders,
                        *options->folders);
    }
    options->folders++;
    return *options->folders != NULL ? TS_EXIT_OK : ts_usage("history", "import which folder?");
}

static void print_runs(const json_t *rows)
{
    size_t i;
    json_t *row;
    printf("%-24s  %-20s  %-8s  %-13s  %5s  %7s  %8s  %s\n", "run", "started", "kind", "commit", "cells",
           "lives", "findings", "verdict");
    json_array_foreach(rows, i, row)
    {
        char commit[64];
        snprintf(commit, sizeof commit, "%s%s", ts_history_file_text(row, "commit"),
                 json_is_true(json_object_get(row, "dirty")) ? "+" : "");
        ts_history_file_cell(ts_history_file_text(row, "id"), 24);
        ts_history_file_cell(ts_history_file_text(row, "started"), 20);
        ts_history_file_cell(ts_history_file_text(row, "kind"), 8);
        ts_history_file_cell(commit, 13);
        printf("%5" PRId64 "  %7" PRId64 "  %8" PRId64 "  ", ts_history_file_integer(row, "cells"),
               ts_history_file_integer(row, "lives"), ts_history_file_integer(row, "findings"));
        bool whole = json_is_true(json_object_get(row, "whole"));
        ts_history_file_cell(whole ? ts_history_file_text(row, "verdict") : "partial", 0);
        int64_t plans = ts_history_file_integer(row, "plans");
        if (plans > 0) {
            printf("%s", "faults ");
            ts_write_plain(stdout, ts_history_file_text(row, "faults"));
        }
        if (plans > 1) {
            printf(" and %" PRId64 " more plans", plans - 1);
        }
        putchar('\n');
    }
}

static void print_findings(const json_t *rows)
{
    size_t i;
    json_t *row;
    printf("%-18s  %-12s  %7s  %5s  %-20s  %-20s  %s\n", "finding", "kind", "lives", "runs", "first seen",
           "last seen", "title");
    json_array_foreach(rows, i, row)
    {
        ts_history_file_cell(ts_history_file_text(row, "signature"), 18);
        ts_history_file_cell(ts_history_file_text(row, "kind"), 12);
        printf("%7" PRId64 "  %5" PRId64 "  ", ts_history_file_integer(row, "lives"),
               ts_history_file_integer(row, "runs"));
        ts_history_file_cell(ts_history_file_text(row, "first_seen"), 20);
        ts_history_file_cell(ts_history_file_text(row, "last_seen"), 20);
        ts_history_file_cell(ts_history_file_text(row, "title"), 0);
        puts(json_is_true(json_object_get(row, "planted")) ? "(planted, caught)" : "");
    }
}

static int list(struct ts_history *history, const struct history_options *options)
{
    struct ts_diag diag;
    json_t *rows = NULL;
    int code = TS_EXIT_OK;
    if ((options->findings ? ts_history_findings : ts_history_runs)(history, options->limit, &rows, &diag) !=
        TS_OK) {
        return ts_complain("history", &diag);
    }
    if (options->json) {
        code = ts_history_file_print_json(rows);
    } else if (options->findings) {
        print_findings(rows);
    } else {
        print_runs(rows);
    }
    json_decref(rows);
    return code;
}

int ts_command_history(int count, char **arguments)
{
    struct history_options options = {.limit = DEFAULT_LIMIT};
    struct ts_history *history = NULL;
    struct ts_merged merged = {0};
    int code = parse(&options, count, arguments);
    if (code == TS_EXIT_OK) {
        code = ts_history_file_open("history", options.file, *options.folders != NULL, &history);
    }
    if (code != TS_EXIT_OK) {
        return code;
    }
    for (char **folder = options.folders; *folder != NULL; folder++) {
        int own_code = ts_history_file_gather("history", history, *folder, &merged);
        code = code == TS_EXIT_OK ? own_code : code;
    }
    int listed = list(history, &options);
    ts_history_close(history);
    return code == TS_EXIT_OK ? listed : code;
}

#include "cli/command.h"
#include "cli/history_file.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

const char ts_help_merge[] =
    "Takes the run records of several folders, from several machines perhaps, into one history and says what "
    "is\n"
    "in them. In each folder its own record and those one folder below are read. A record may be merged as "
    "often\n"
    "as you like: only what is new in it is added.\n\n" TS_HISTORY_FILE_HELP "\n"
    "  tickstorm merge runs /mnt/other/runs --history all.db\n\n"
    "A record that cannot be read is told and passed over, none of it taken in; the exit code is then 3.\n";

static const struct option long_options[] = {{"history", required_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static void print_merged(const struct ts_merged *merged, int64_t signatures)
{
    printf("%-20s %8" PRId64 "\n", "runs merged", merged->runs + merged->known);
    printf("%-20s %8" PRId64 "\n", "  new", merged->runs);
    printf("%-20s %8" PRId64 "\n", "  known already", merged->known);
    printf("%-20s %8" PRId64 "\n", "  partial", merged->partial);
    printf("%-20s %8" PRId64 "\n", "cells added", merged->cells);
    printf("%-20s %8" PRId64 "\n", "lives added", merged->lives);
    printf("%-20s %8" PRId64 "\n", "sightings added", merged->sightings);
    printf("%-20s %8" PRId64 "  in the whole history\n", "distinct signatures", signatures);
    if (merged->refused > 0) {
        printf("%-20s %8" PRId64 "\n", "records refused", merged->refused);
    }
}

int ts_command_merge(int count, char **arguments)
{
    const char *file = NULL;
    struct ts_history *history = NULL;
    struct ts_merged merged = {0};
    struct ts_diag diag;
    int64_t signatures = 0;
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", long_options, NULL)) != -1;) {
        if (letter != 'h') {
            return ts_usage("merge", letter == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        }
        file = optarg;
    }
    if (optind == count) {
        return ts_usage("merge", "which folders?");
    }
    int code = ts_history_file_open("merge", file, true, &history);
    if (code != TS_EXIT_OK) {
        return code;
    }
    for (char **folder = arguments + optind; *folder != NULL; folder++) {
        int own_code = ts_history_file_gather("merge", history, *folder, &merged);
        code = code == TS_EXIT_OK ? own_code : code;
    }
    if (ts_history_signature_count(history, &signatures, &diag) == TS_OK) {
        print_merged(&merged, signatures);
    } else {
        code = ts_complain("merge", &diag);
    }
    ts_history_close(history);
    return code;
}

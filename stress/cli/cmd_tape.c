#include "cli/command.h"
#include "tape/recording.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char ts_help_tape[] =
    "Reads a recording of Binance's public streams (.gz) to its end, checks every line and counts.\n\n"
    "  --json               one JSON object instead of the table\n\n"
    "Exit code 3, with file and line, when a line does not parse or the file ends too early.\n";

static void print_table(const struct ts_recording_counts *counts, double span_s)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"lines", counts->lines},
        {"depth diffs", counts->depth_diffs},
        {"bookTicker", counts->book_tickers},
        {"trades", counts->trades},
        {"snapshots", counts->snapshots},
        {"stale diffs", counts->depth_stale},
        {"sequence gaps", counts->sequence_gaps},
        {"crossed books", counts->crossed_books},
        {"malformed lines", 0}, /* the first one would have ended it */
        {"Depth ticks", counts->ticks.depth},
        {"Ticker ticks", counts->ticks.ticker},
        {"Trade ticks", counts->ticks.trade},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        printf("%-15s %12" PRIu64 "\n", rows[i].name, rows[i].value);
    }
    printf("%-15s %12.1f s\n", "span", span_s);
}

static int print_json(const char *path, const struct ts_recording_counts *counts, double span_s)
{
    json_t *object = json_pack(
        "{sI sI sI sI sI sI sI sI si s{sI sI sI} sf}", "lines", (json_int_t)counts->lines, "depth_diffs",
        (json_int_t)counts->depth_diffs, "book_tickers", (json_int_t)counts->book_tickers, "trades",
        (json_int_t)counts->trades, "snapshots", (json_int_t)counts->snapshots, "depth_stale",
        (json_int_t)counts->depth_stale, "sequence_gaps", (json_int_t)counts->sequence_gaps, "crossed_books",
        (json_int_t)counts->crossed_books, "malformed", 0, "ticks", "depth", (json_int_t)counts->ticks.depth,
        "ticker", (json_int_t)counts->ticks.ticker, "trade", (json_int_t)counts->ticks.trade, "span_s",
        span_s);
    json_t *name = json_string(path);
    if (object != NULL && name != NULL) {
        json_object_set_new(object, "tape", name);
    }
    char *text = object == NULL ? NULL : json_dumps(object, JSON_REAL_PRECISION(9));
    json_decref(object);
    if (text == NULL) {
        return TS_EXIT_INTERNAL;
    }
    puts(text);
    free(text);
    return TS_EXIT_OK;
}

int ts_command_tape(int count, char **arguments)
{
    const char *path = NULL;
    bool json = false;
    struct ts_recording_counts counts;
    struct ts_diag diag;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--json") == 0) {
            json = true;
        } else if (arguments[i][0] == '-' && arguments[i][1] != '\0') {
            return ts_usage("tape", "unknown option '%s'", arguments[i]);
        } else if (path != NULL) {
            return ts_usage("tape", "one file, please");
        } else {
            path = arguments[i];
        }
    }
    if (path == NULL) {
        return ts_usage("tape", "which file?");
    }
    if (ts_recording_convert(path, NULL, &counts, NULL, NULL, &diag) != TS_OK) {
        return ts_complain("tape", &diag);
    }
    double span_s = (double)(counts.last_receive_ns - counts.first_receive_ns) / 1e9;
    if (json) {
        return print_json(path, &counts, span_s);
    }
    print_table(&counts, span_s);
    return TS_EXIT_OK;
}

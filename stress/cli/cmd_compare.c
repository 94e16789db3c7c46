#include "cli/command.h"
#include "cli/history_file.h"
#include "reports/figure.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char ts_help_compare[] =
    "Compares two runs: for each scenario, mode and flavour the lives that failed, and which findings are in "
    "one\n"
    "of them only. A run is an id, the start of one, or a folder with a record, which is read as it is, "
    "whatever\nthe history holds of that run.\n\n"
    "  --json               one JSON object instead of the tables\n" TS_HISTORY_FILE_HELP "\n"
    "Shares have their 95 % interval (Wilson), over the lives that were not inconclusive. p is Fisher's "
    "exact test,\n"
    "two-sided: how likely such a difference is when nothing has changed. A cell is said to differ when p, "
    "times\n"
    "the number of cells that could have differed, is at most 0.05. That no difference was found does not "
    "mean\n"
    "that there is none.\n";

static const struct option long_options[] = {
    {"json", no_argument, NULL, 'j'}, {"history", required_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static bool is_file(const char *name)
{
    struct stat status;
    return stat(name, &status) == 0;
}

/* Sets id to the run of the history that `name` means. */
static int find_run(struct ts_history *history, const char *name, char *id, size_t size)
{
    struct ts_diag diag;
    json_t *rows = NULL;
    if (ts_history_match_runs(history, name, &rows, &diag) != TS_OK) {
        return ts_complain("compare", &diag);
    }
    int code = TS_EXIT_OK;
    if (json_array_size(rows) == 1) {
        snprintf(id, size, "%s", ts_history_file_text(json_array_get(rows, 0), "id"));
    } else if (json_array_size(rows) == 0) {
        fprintf(stderr, "tickstorm compare: no run '%s' in the history (see tickstorm history)\n", name);
        code = TS_EXIT_INPUT;
    } else {
        code = TS_EXIT_USAGE;
        fprintf(stderr, "tickstorm compare: '%s' is the start of %zu runs:\n", name, json_array_size(rows));
        for (size_t i = 0; i < json_array_size(rows); i++) {
            fputs("  ", stderr);
            ts_write_plain(stderr, ts_history_file_text(json_array_get(rows, i), "id"));
            fputc('\n', stderr);
        }
    }
    json_decref(rows);
    return code;
}

static void print_run(const char *letter, const json_t *run)
{
    printf("%s  ", letter);
    ts_write_plain(stdout, ts_history_file_text(run, "id"));
    printf(", started ");
    ts_write_plain(stdout, ts_history_file_text(run, "started"));
    puts(json_is_true(json_object_get(run, "whole")) ? ""
                                                     : ", partial: only the cells that ended are compared");
}

static void print_cells(const json_t *cells)
{
    size_t i;
    json_t *row;
    printf("\nFailing lives\n");
    json_array_foreach(cells, i, row)
    {
        printf("  ");
        ts_write_plain(stdout, ts_history_file_text(row, "scenario"));
        putchar(' ');
        ts_write_plain(stdout, ts_history_file_text(row, "mode"));
        putchar(' ');
        ts_write_plain(stdout, ts_history_file_text(row, "flavour"));
        if (ts_history_file_text(row, "faults")[0] != '\0') {
            printf(", faults ");
            ts_write_plain(stdout, ts_history_file_text(row, "faults"));
        }
        printf("\n    A ");
        ts_history_file_share(row, "failed_a", "lives_a", "low_a", "high_a");
        printf("; B ");
        ts_history_file_share(row, "failed_b", "lives_b", "low_b", "high_b");
        printf("; p = %.3g%s\n", json_real_value(json_object_get(row, "p")),
               json_is_true(json_object_get(row, "differ")) ? ", differ" : "");
    }
}

static void print_findings(const char *title, const json_t *findings)
{
    size_t i;
    json_t *row;
    printf("\n%s: %zu\n", title, json_array_size(findings));
    json_array_foreach(findings, i, row)
    {
        printf("  ");
        ts_history_file_cell(ts_history_file_text(row, "signature"), 18);
        ts_history_file_cell(ts_history_file_text(row, "kind"), 12);
        ts_write_plain(stdout, ts_history_file_text(row, "title"));
        printf("  (lives: A %" PRId64 ", B %" PRId64 ")\n", ts_history_file_integer(row, "lives_a"),
               ts_history_file_integer(row, "lives_b"));
    }
}

/* Takes the two runs into `table`, each from where it was named. */
static int gather(struct ts_history *table, struct ts_history *history, char **names, char ids[2][64])
{
    struct ts_history_counts counts;
    struct ts_diag diag;
    for (int i = 0; i < 2; i++) {
        if (!is_file(names[i])) {
            int code = find_run(history, names[i], ids[i], sizeof ids[i]);
            if (code != TS_EXIT_OK) {
                return code;
            }
        } else if (ts_history_ingest(table, names[i], &counts, &diag) != TS_OK) {
            return ts_complain("compare", &diag);
        } else {
            snprintf(ids[i], sizeof ids[i], "%s", counts.run);
        }
        bool twice = i == 1 && strcmp(ids[0], ids[1]) == 0;
        if (twice && (is_file(names[0]) || is_file(names[1]))) {
            fprintf(stderr, "tickstorm compare: %s and %s are one run\n", names[0], names[1]);
            return TS_EXIT_INPUT;
        }
        if (!twice && !is_file(names[i]) && ts_history_copy(table, history, ids[i], &diag) != TS_OK) {
            return ts_complain("compare", &diag);
        }
    }
    return TS_EXIT_OK;
}

static int compare(struct ts_history *table, char ids[2][64], bool json)
{
    struct ts_diag diag;
    json_t *comparison = NULL;
    int code = TS_EXIT_OK;
    if (ts_history_compare(table, ids[0], ids[1], &comparison, &diag) != TS_OK) {
        return ts_complain("compare", &diag);
    }
    if (json) {
        code = ts_history_file_print_json(comparison);
    } else {
        print_run("A", json_object_get(comparison, "a"));
        print_run("B", json_object_get(comparison, "b"));
        print_cells(json_object_get(comparison, "cells"));
        print_findings("Findings only in A", json_object_get(comparison, "findings_a"));
        print_findings("Findings only in B", json_object_get(comparison, "findings_b"));
        print_findings("Findings in both", json_object_get(comparison, "findings_both"));
    }
    json_decref(comparison);
    return code;
}

int ts_command_compare(int count, char **arguments)
{
    const char *file = NULL;
    bool json = false;
    struct ts_history *history = NULL, *table = NULL;
    struct ts_diag diag;
    char ids[2][64];
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", long_options, NULL)) != -1;) {
        if (letter == 'j') {
            json = true;
        } else if (letter == 'h') {
            file = optarg;
        } else {
            return ts_usage("compare", letter == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        }
    }
    char **names = arguments + optind;
    if (count - optind != 2 || names[0][0] == '\0' || names[1][0] == '\0') {
        return ts_usage("compare", "two runs, please");
    }
    int code = is_file(names[0]) && is_file(names[1])
                   ? TS_EXIT_OK
                   : ts_history_file_open("compare", file, false, &history);
    if (code == TS_EXIT_OK && ts_history_open(":memory:", &table, &diag) != TS_OK) {
        code = ts_complain("compare", &diag);
    }
    code = code == TS_EXIT_OK ? gather(table, history, names, ids) : code;
    code = code == TS_EXIT_OK ? compare(table, ids, json) : code;
    ts_history_close(table);
    ts_history_close(history);
    return code;
}

#include "cli/command.h"
#include "cli/history_file.h"
#include "cli/progress.h"
#include "reports/figure.h"

#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH_COLUMNS 110
#define GUTTER        3

const char ts_help_show[] =
    "Shows one finding: what it is, its stacks, in which cells how many lives showed it, and the command "
    "that\n"
    "repeats it. Name it by its signature or the start of one; 0x may be left out.\n\n"
    "  --json               one JSON object instead of the text\n" TS_HISTORY_FILE_HELP "\n"
    "Shares have their 95 % interval (Wilson), over the lives of all runs in the history that were not "
    "inconclusive.\n"
    "Exit code 2: several findings start so; 3: none does.\n";

static const struct option long_options[] = {
    {"json", no_argument, NULL, 'j'}, {"history", required_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

/* A stack's words, its lines cut where they stand. */
struct block {
    char *text;
    char *next; /* the line to come, NULL after the last */
    size_t columns;
};

static bool write_stack(const json_t *stack, struct block *block)
{
    size_t size = 0;
    size_t i;
    json_t *frame;
    *block = (struct block){0};
    FILE *out = open_memstream(&block->text, &size);
    if (out == NULL) {
        return false;
    }
    const char *text = ts_history_file_text(stack, "text");
    ts_write_plain(out, text[0] != '\0' ? text : ts_history_file_text(stack, "role"));
    json_array_foreach(json_object_get(stack, "frames"), i, frame)
    {
        const char *function = ts_history_file_text(frame, "function");
        const char *file = ts_history_file_text(frame, "file");
        int64_t line = ts_history_file_integer(frame, "line");
        fprintf(out, "\n  #%zu ", i);
        ts_write_plain(out, function[0] != '\0' ? function : "??");
        fputc(' ', out);
        ts_write_plain(out, file[0] != '\0' ? file : ts_history_file_text(frame, "module"));
        if (file[0] == '\0') {
            fputc('+', out);
            ts_write_plain(out, ts_history_file_text(frame, "offset"));
        } else if (line > 0) {
            fprintf(out, ":%" PRId64, line);
        }
    }
    bool good = !ferror(out);
    good = fclose(out) == 0 && good;
    for (const char *line = block->text; good && line != NULL;) {
        const char *end = strchrnul(line, '\n');
        size_t columns = (size_t)(end - line);
        block->columns = columns > block->columns ? columns : block->columns;
        line = *end == '\0' ? NULL : end + 1;
    }
    block->next = block->text;
    return good;
}

static const char *next_line(struct block *block)
{
    return block->next == NULL ? "" : strsep(&block->next, "\n");
}

/* Two stacks side by side where they fit, else one after the other. */
static void print_pair(struct block *left, struct block *right, size_t columns)
{
    if (right->text == NULL || left->columns + right->columns + GUTTER > columns) {
        printf("\n%s\n", left->text);
        if (right->text != NULL) {
            printf("\n%s\n", right->text);
        }
        return;
    }
    putchar('\n');
    while (left->next != NULL || right->next != NULL) {
        const char *first = next_line(left);
        const char *second = next_line(right);
        printf("%-*s%s%s\n", second[0] == '\0' ? 0 : (int)left->columns, first,
               second[0] == '\0' ? "" : " | ", second);
    }
}

static bool print_stacks(const json_t *stacks)
{
    size_t columns = ts_terminal_columns(STDOUT_FILENO, WIDTH_COLUMNS);
    bool good = true;
    for (size_t i = 0; good && i < json_array_size(stacks); i += 2) {
        struct block left = {0};
        struct block right = {0};
        good = write_stack(json_array_get(stacks, i), &left) &&
               (i + 1 == json_array_size(stacks) || write_stack(json_array_get(stacks, i + 1), &right));
        if (good) {
            print_pair(&left, &right, columns);
        }
        free(left.text);
        free(right.text);
    }
    return good;
}

static void print_line(const char *name, const char *text)
{
    if (text[0] != '\0') {
        printf("%-9s ", name);
        ts_write_plain(stdout, text);
        putchar('\n');
    }
}

static void print_seen(const json_t *answer, const char *name, const char *seen, const char *run)
{
    printf("%-9s ", name);
    ts_write_plain(stdout, ts_history_file_text(answer, seen));
    printf(" in run ");
    ts_write_plain(stdout, ts_history_file_text(answer, run));
    putchar('\n');
}

static int print_finding(const json_t *answer)
{
    const json_t *finding = json_object_get(answer, "finding");
    size_t i;
    json_t *cell;
    print_line("finding", ts_history_file_text(answer, "signature"));
    print_line("title", ts_history_file_text(finding, "title"));
    print_line("kind", ts_history_file_text(finding, "kind"));
    print_line("says", ts_history_file_text(finding, "description"));
    print_line("location", ts_history_file_text(finding, "location"));
    if (json_is_true(json_object_get(finding, "lifetime"))) {
        print_line("lifetime", "one side ends the object's life");
    }
    print_seen(answer, "first", "first_seen", "first_run");
    print_seen(answer, "last", "last_seen", "last_run");
    if (!print_stacks(json_object_get(finding, "stacks"))) {
        fprintf(stderr, "tickstorm show: out of memory\n");
        return TS_EXIT_ENVIRONMENT;
    }
    printf("\nSeen in\n");
    json_array_foreach(json_object_get(answer, "cells"), i, cell)
    {
        printf("  ");
        ts_history_file_cell(ts_history_file_text(cell, "scenario"), 24);
        ts_history_file_cell(ts_history_file_text(cell, "mode"), 8);
        ts_history_file_cell(ts_history_file_text(cell, "flavour"), 6);
        ts_history_file_share(cell, "shown", "lives", "low", "high");
        if (ts_history_file_text(cell, "faults")[0] != '\0') {
            printf("\n    faults ");
            ts_write_plain(stdout, ts_history_file_text(cell, "faults"));
        }
        putchar('\n');
    }
    if (i == 0) {
        printf("  no cell that ended\n");
    }
    putchar('\n');
    print_line("schedule", ts_history_file_text(finding, "schedule"));
    print_line("repeat", ts_history_file_text(finding, "command"));
    return TS_EXIT_OK;
}

static int show(struct ts_history *history, const char *prefix, bool json)
{
    struct ts_diag diag;
    json_t *rows = NULL;
    json_t *answer = NULL;
    int code = TS_EXIT_OK;
    if (ts_history_signatures(history, prefix, &rows, &diag) != TS_OK) {
        return ts_complain("show", &diag);
    }
    const char *signature = ts_history_file_text(json_array_get(rows, 0), "signature");
    if (json_array_size(rows) == 0) {
        fprintf(stderr, "tickstorm show: no finding '%s' in the history (see tickstorm history --findings)\n",
                prefix);
        code = TS_EXIT_INPUT;
    } else if (json_array_size(rows) > 1) {
        code = TS_EXIT_USAGE;
        fprintf(stderr, "tickstorm show: '%s' is the start of %zu findings:\n", prefix,
                json_array_size(rows));
        for (size_t i = 0; i < json_array_size(rows); i++) {
            const json_t *row = json_array_get(rows, i);
            fprintf(stderr, "  %s  ", ts_history_file_text(row, "signature"));
            ts_write_plain(stderr, ts_history_file_text(row, "title"));
            fputc('\n', stderr);
        }
    } else if (ts_history_finding(history, signature, &answer, &diag) != TS_OK) {
        code = ts_complain("show", &diag);
    } else {
        code = json ? ts_history_file_print_json(answer) : print_finding(answer);
    }
    json_decref(answer);
    json_decref(rows);
    return code;
}

/* "0x" alone, or nothing, would mean every finding. */
static bool is_prefix(const char *text)
{
    text += text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 2 : 0;
    size_t digits = 0;
    while (isxdigit((unsigned char)text[digits])) {
        digits++;
    }
    return digits > 0 && digits <= 16 && text[digits] == '\0';
}

int ts_command_show(int count, char **arguments)
{
    const char *file = NULL;
    bool json = false;
    struct ts_history *history = NULL;
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", long_options, NULL)) != -1;) {
        if (letter == 'j') {
            json = true;
        } else if (letter == 'h') {
            file = optarg;
        } else {
            return ts_usage("show", letter == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        }
    }
    if (count - optind != 1) {
        return ts_usage("show", "one finding, please");
    }
    if (!is_prefix(arguments[optind])) {
        return ts_usage("show", "'%s' is no signature: 0x and up to 16 hexadecimal digits",
                        arguments[optind]);
    }
    int code = ts_history_file_open("show", file, false, &history);
    code = code == TS_EXIT_OK ? show(history, arguments[optind], json) : code;
    ts_history_close(history);
    return code;
}

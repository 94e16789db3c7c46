/*
 * Usage: finding_signature SYMBOLIZER LOG MODULE...
 *
 * Prints "SIGNATURE KIND TITLE" for each report in a log that ThreadSanitizer wrote with symbolize=0. A
 * test's tool: it goes the supervisor's way, from board reports to findings, with a log in place of the
 * worker's hook. MODULE: paths of the binaries, which the log names by base name only.
 *
 * Exit codes: 0 done, 1 the log cannot be read or a finding not built, 2 usage.
 */
#include "finding/finding_build.h"
#include "finding/frame.h"
#include "finding/log_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char modules[TS_BOARD_MODULES][256];
static uint32_t module_count;

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (file != NULL && getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

static uint32_t module_of(const char *base)
{
    for (uint32_t i = 0; i < module_count; i++) {
        if (strcmp(ts_base_name(modules[i]), base) == 0) {
            return i;
        }
    }
    return TS_BOARD_NO_MODULE;
}

/* Starts a stack at a heading such as "  Previous atomic write of size 8 at 0x.. by thread T1 'scan':". */
static struct ts_board_stack *start_stack(struct ts_board_report *report, const struct ts_log_line *line)
{
    if (!ts_log_line_starts(line, "  ") || ts_log_line_starts(line, "    ") || line->length < 3 ||
        report->stack_count == TS_BOARD_STACKS) {
        return NULL;
    }
    struct ts_board_stack *stack = &report->stacks[report->stack_count++];
    *stack = (struct ts_board_stack){.role = TS_BOARD_OTHER, .thread = -1};
    const char *size = ts_log_line_find(line, " of size ");
    if (size != NULL && ts_log_line_find(line, " by ") != NULL) {
        stack->role = TS_BOARD_ACCESS;
        stack->size = (uint32_t)strtoul(size + 9, NULL, 10);
        stack->is_write = ts_log_line_find(line, "rite of") != NULL;
        stack->is_atomic = ts_log_line_find(line, "tomic ") != NULL;
        const char *thread = ts_log_line_find(line, "by thread T");
        stack->thread = thread != NULL ? (int32_t)strtol(thread + 11, NULL, 10) : 0;
    } else if (ts_log_line_find(line, "created by") != NULL) {
        stack->role = TS_BOARD_THREAD;
    }
    return stack;
}

static ts_err print_report(struct ts_symbolizer *symbolizer, const char *log,
                           const struct ts_board_report *report, struct ts_diag *diag)
{
    const struct ts_finding_context context = {.symbolizer = symbolizer,
                                               .modules = (const char(*)[256])modules,
                                               .module_count = module_count,
                                               .scenario = "",
                                               .log = log};
    struct ts_finding *finding = NULL;
    ts_err err = ts_finding_from_report(&context, report, &finding, diag);
    if (err == TS_OK) {
        printf("%s %s %s\n", finding->signature, finding->kind, finding->title);
        ts_finding_free(finding);
    }
    return err;
}

static ts_err print_log(struct ts_symbolizer *symbolizer, const char *log, struct ts_diag *diag)
{
    static struct ts_board_report report;
    static const char head[] = "WARNING: ThreadSanitizer: ";
    struct ts_board_stack *stack = NULL;
    struct ts_log_line line;
    struct ts_log_frame frame;
    uint64_t reports = 0;
    ts_err err = TS_OK;
    const char *cursor = log;
    while (err == TS_OK && ts_log_next_line(&cursor, &line)) {
        if (ts_log_line_starts(&line, head)) {
            memset(&report, 0, sizeof report);
            report.sequence = reports++;
            snprintf(report.kind, sizeof report.kind, "race");
            sscanf(line.text + sizeof head - 1, "%47[^(\n]", report.description);
        } else if (ts_log_line_starts(&line, "SUMMARY: ")) {
            err = print_report(symbolizer, log, &report, diag);
            stack = NULL;
        } else if (stack != NULL && ts_log_frame_parse(&line, &frame)) {
            if (stack->frame_count < TS_BOARD_FRAMES) {
                stack->frames[stack->frame_count++] =
                    (struct ts_board_frame){.module = module_of(frame.module), .offset = frame.offset};
            }
        } else if (reports != 0) {
            stack = start_stack(&report, &line);
        }
    }
    return err;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: finding_signature SYMBOLIZER LOG MODULE...\n");
        return 2;
    }
    for (int i = 3; i < argc && module_count < TS_BOARD_MODULES; i++) {
        snprintf(modules[module_count++], sizeof modules[0], "%s", argv[i]);
    }
    struct ts_diag diag = {0};
    struct ts_symbolizer *symbolizer = NULL;
    char text[512];
    char *log = read_file(argv[2]);
    ts_err err = log != NULL ? ts_symbolizer_create(argv[1], &symbolizer, &diag)
                             : ts_fail(&diag, TS_NOT_FOUND, "read log", argv[2], "cannot be read");
    if (err == TS_OK) {
        err = print_log(symbolizer, log, &diag);
    }
    if (err != TS_OK) {
        fprintf(stderr, "finding_signature: %s\n", ts_diag_line(&diag, text, sizeof text));
    }
    ts_symbolizer_destroy(symbolizer);
    free(log);
    return err == TS_OK ? 0 : 1;
}

#include "supervisor/evidence.h"

#include "finding/finding_build.h"
#include "finding/log_symbols.h"
#include "reports/gate.h"
#include "supervisor/environment.h"
#include "supervisor/record_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ts_evidence_known *find(const struct ts_evidence *evidence, const char *signature)
{
    for (size_t i = 0; i < evidence->known_count; i++) {
        if (strcmp(evidence->known[i].signature, signature) == 0) {
            return &evidence->known[i];
        }
    }
    return NULL;
}

bool ts_evidence_names(const struct ts_evidence *evidence, const struct ts_cell_tally *tally)
{
    bool named = false;
    for (size_t i = 0; i < tally->finding_count; i++) {
        const struct ts_evidence_known *known = find(evidence, tally->findings[i].signature);
        named = named || (known != NULL && known->named);
    }
    return named;
}

static ts_err remember(struct ts_evidence *evidence, const struct ts_finding *finding, struct ts_diag *diag)
{
    void *grown = reallocarray(evidence->known, evidence->known_count + 1, sizeof *evidence->known);
    if (grown == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "keep finding", finding->signature, "no memory");
    }
    evidence->known = grown;
    struct ts_evidence_known *known = &evidence->known[evidence->known_count++];
    snprintf(known->signature, sizeof known->signature, "%s", finding->signature);
    known->named = ts_finding_named(finding);
    return TS_OK;
}

ts_err ts_evidence_init(struct ts_evidence *evidence, struct ts_record_writer *record,
                        const struct ts_record *resumed, struct ts_diag *diag)
{
    char path[PATH_MAX];
    *evidence = (struct ts_evidence){.record = record};
    ts_err error =
        ts_symbolizer_create(ts_environment_symbolizer(path, sizeof path), &evidence->symbolizer, diag);
    for (size_t i = 0; error == TS_OK && resumed != NULL && i < resumed->finding_count; i++) {
        error = remember(evidence, &resumed->findings[i], diag);
    }
    return error;
}

void ts_evidence_fini(struct ts_evidence *evidence)
{
    ts_symbolizer_destroy(evidence->symbolizer);
    free(evidence->known);
    *evidence = (struct ts_evidence){0};
}

static struct ts_finding_context context_of(struct ts_evidence *evidence, const struct ts_remains *remains)
{
    uint32_t modules = remains->board->module_count;
    for (size_t i = 0; i < TS_BOARD_MODULES; i++) {
        ts_snapshot_text(evidence->modules[i], sizeof evidence->modules[i], remains->board->modules[i],
                         sizeof remains->board->modules[i]);
    }
    return (struct ts_finding_context){
        .symbolizer = evidence->symbolizer,
        .modules = (const char(*)[256])evidence->modules,
        .module_count = modules < TS_BOARD_MODULES ? modules : TS_BOARD_MODULES,
        .scenario = remains->cell->scenario->name,
        .log = remains->log,
        .cell = (int64_t)remains->cell->number,
        .life = (int64_t)remains->life,
    };
}

static const char *schedule_of(const struct ts_board *board)
{
    return board->schedule[sizeof board->schedule - 1] == '\0' ? board->schedule : "";
}

/* Writes the finding's line when it is new, and releases it. */
static ts_err keep(struct ts_evidence *evidence, const struct ts_remains *remains, struct ts_finding *finding,
                   char *title, size_t title_size, char signature[24], struct ts_diag *diag)
{
    ts_err error = TS_OK;
    snprintf(title, title_size, "%s", finding->title);
    snprintf(signature, 24, "%s", finding->signature);
    if (find(evidence, signature) == NULL) {
        error = ts_record_writer_line(evidence->record,
                                      ts_record_finding_line(finding, schedule_of(remains->board)), diag);
        error = error == TS_OK ? remember(evidence, finding, diag) : error;
    }
    ts_finding_free(finding);
    return error;
}

/* LeakSanitizer's one report on the board stands for all the leaks in its text. */
static ts_err take_leaks(struct ts_evidence *evidence, const struct ts_remains *remains,
                         struct ts_snapshot *snapshot, size_t index, struct ts_diag *diag)
{
    struct ts_finding_context context = context_of(evidence, remains);
    struct ts_snapshot_report *report = &snapshot->reports[index];
    const char *cursor = remains->log == NULL ? "" : remains->log;
    struct ts_lsan_leak leak;
    struct ts_finding *finding;
    bool first = true;
    ts_err error = TS_OK;
    while (error == TS_OK && ts_lsan_log_next(&cursor, &leak)) {
        if (!first && snapshot->report_count == TS_BOARD_REPORTS) {
            snapshot->reports_lost++;
            break;
        }
        if (!first) {
            report = &snapshot->reports[snapshot->report_count++];
            *report = snapshot->reports[index];
        }
        first = false;
        error = ts_finding_from_leak(&context, &leak, &finding, diag);
        if (error == TS_OK) {
            report->count = leak.objects;
            error = keep(evidence, remains, finding, report->title, sizeof report->title, report->signature,
                         diag);
        }
    }
    return error;
}

ts_err ts_evidence_reports(struct ts_evidence *evidence, const struct ts_remains *remains,
                           struct ts_snapshot *snapshot, struct ts_diag *diag)
{
    struct ts_finding_context context = context_of(evidence, remains);
    struct ts_finding *finding;
    size_t count = snapshot->report_count;
    ts_err error = TS_OK;
    for (size_t i = 0; error == TS_OK && i < count; i++) {
        struct ts_snapshot_report *report = &snapshot->reports[i];
        struct ts_board_report whole;
        if (strcmp(report->kind, "leak") == 0 && strcmp(report->description, "memory-leak") == 0) {
            error = take_leaks(evidence, remains, snapshot, i, diag);
            continue;
        }
        ts_snapshot_report_whole(remains->board, i, &whole);
        error = ts_finding_from_report(&context, &whole, &finding, diag);
        if (error == TS_OK) {
            error = keep(evidence, remains, finding, report->title, sizeof report->title, report->signature,
                         diag);
        }
    }
    for (size_t i = 0; error == TS_OK && i < snapshot->violation_count; i++) {
        struct ts_snapshot_violation *violation = &snapshot->violations[i];
        char title[192];
        error = ts_finding_from_invariant(&context, violation->name, violation->detail, &finding, diag);
        if (error == TS_OK) {
            error = keep(evidence, remains, finding, title, sizeof title, violation->signature, diag);
        }
    }
    return error;
}

/* A sanitizer's report explains the death that follows it; what it does not explain is a finding of its own.
 */
static bool ends_in_finding(const struct ts_verdict *verdict)
{
    return verdict->hung || verdict->outcome == TS_RECORD_CRASH; /* else its reports say all */
}

ts_err ts_evidence_ending(struct ts_evidence *evidence, const struct ts_remains *remains,
                          struct ts_verdict *verdict, char signature[24], struct ts_diag *diag)
{
    struct ts_finding_context context = context_of(evidence, remains);
    struct ts_finding *finding = NULL;
    struct ts_board_crash crash = {0};
    ts_err error;
    signature[0] = '\0';
    if (!ends_in_finding(verdict)) {
        return TS_OK;
    }
    if (verdict->hung) {
        const struct ts_hang *hang = remains->hang;
        error = ts_finding_from_stacks(&context, ts_record_outcome_name(verdict->outcome), "",
                                       verdict->detail, hang == NULL ? NULL : hang->defining,
                                       hang == NULL ? 0 : hang->defining_count, &finding, diag);
    } else {
        (void)ts_snapshot_crash(remains->board, &crash); /* without one it has no stack, and says so */
        error = ts_finding_from_crash(&context, &crash, ts_crash_class_name(verdict->class), &finding, diag);
    }
    return error != TS_OK ? error
                          : keep(evidence, remains, finding, verdict->ending_title,
                                 sizeof verdict->ending_title, signature, diag);
}

char *ts_evidence_log(struct ts_evidence *evidence, const struct ts_board *board, const char *log,
                      size_t *size)
{
    const char *paths[TS_BOARD_MODULES];
    struct ts_module_paths modules = {.paths = paths};
    struct ts_diag diag;
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    for (uint32_t i = 0; i < board->module_count && i < TS_BOARD_MODULES; i++) {
        ts_snapshot_text(evidence->modules[i], sizeof evidence->modules[i], board->modules[i],
                         sizeof board->modules[i]);
        paths[modules.count++] = evidence->modules[i];
    }
    if (out == NULL) {
        return NULL;
    }
    ts_err error = ts_log_symbols_write(log, evidence->symbolizer, &modules, out, &diag);
    if (fclose(out) != 0 || error != TS_OK) {
        free(text);
        return NULL;
    }
    return text;
}

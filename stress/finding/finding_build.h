/*
 * From what a board, a log or a debugger says to a finding: stacks with names, a title, a signature.
 *
 * Threads: as the symbolizer of the context. Ownership: a finding made here owns every string and array in
 * it and is released with ts_finding_free; nothing of the input is kept. Errors: TS_NO_MEMORY only; *finding
 * is then untouched. Input without stacks or names makes a finding with "?" and nameless frames.
 */
#ifndef TS_FINDING_FINDING_BUILD_H
#define TS_FINDING_FINDING_BUILD_H

#include "base/err.h"
#include "finding/lsan_log.h"
#include "finding/symbolizer.h"
#include "reports/finding.h"
#include "worker/board.h"

struct ts_finding_context {
    struct ts_symbolizer *symbolizer; /* NULL: frames stay nameless */
    const char (*modules)[256];       /* of the board */
    uint32_t module_count;
    const char *scenario;
    const char *log; /* what the process wrote, for what a board report lacks; NULL: none */
    int64_t cell;
    int64_t life;
};

/* A sanitizer's report. The mutexes held at a race's accesses come from the log. */
ts_err ts_finding_from_report(const struct ts_finding_context *context, const struct ts_board_report *report,
                              struct ts_finding **finding, struct ts_diag *diag);

/* A death. `crash_class` ("pure-virtual-call") sets it apart; "" stands for the signal's name. */
ts_err ts_finding_from_crash(const struct ts_finding_context *context, const struct ts_board_crash *crash,
                             const char *crash_class, struct ts_finding **finding, struct ts_diag *diag);

/* A broken invariant of the context's scenario; `detail` is the description. */
ts_err ts_finding_from_invariant(const struct ts_finding_context *context, const char *name,
                                 const char *detail, struct ts_finding **finding, struct ts_diag *diag);

/* A leak out of LeakSanitizer's text. */
ts_err ts_finding_from_leak(const struct ts_finding_context *context, const struct ts_lsan_leak *leak,
                            struct ts_finding **finding, struct ts_diag *diag);

/* A "hang" or a "deadlock" with stacks that have their names already; they are copied. `what` tells it from
 * others of its kind that have these stacks, and stands in the title: "pause is not modelled"; "": nothing.
 */
ts_err ts_finding_from_stacks(const struct ts_finding_context *context, const char *kind, const char *what,
                              const char *description, const struct ts_stack *stacks, size_t stack_count,
                              struct ts_finding **finding, struct ts_diag *diag);

/* Something without a stack: an exit code, a schedule that cannot be gone on with. Of a kind, titles and the
 * context's scenario tell one from the other. */
ts_err ts_finding_from_words(const struct ts_finding_context *context, const char *kind, const char *title,
                             const char *description, struct ts_finding **finding, struct ts_diag *diag);

/* Releases a finding made here. NULL is ignored. */
void ts_finding_free(struct ts_finding *finding);

#endif

/*
 * The gate's judgement for people and scripts: Markdown for a job summary, annotations for GitHub's log,
 * JSON.
 *
 * Threads: pure. Ownership: keeps nothing. Errors: TS_NO_MEMORY, TS_IO. Foreign text can leave neither its
 * table cell, its line nor its string, whatever its bytes are.
 */
#ifndef TS_REPORTS_GATE_TEXT_H
#define TS_REPORTS_GATE_TEXT_H

#include "reports/gate.h"

#include <stdio.h>

/* Verdict, new findings with stacks, known ones, baseline, canaries, cells, limits. */
ts_err ts_gate_markdown_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag);

/* Workflow commands, one a line: ::error file=..,line=..,title=..::message */
ts_err ts_gate_annotations_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag);

/* The same numbers, format 1. */
ts_err ts_gate_json_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag);

#endif

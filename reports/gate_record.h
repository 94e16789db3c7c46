/*
 * What the gate judges, out of a run's record.
 *
 * A cell that the record does not have is one that did not run. A finding counts as expected in a cell whose
 * record welcomes the outcome that it makes of a life. A canary counts as caught when a finding in it names a
 * function.
 *
 * Threads: pure. Ownership: the input points into record and planned, which must outlive it; free what else
 * it holds with ts_gate_input_free. Errors: TS_NO_MEMORY.
 */
#ifndef TS_REPORTS_GATE_RECORD_H
#define TS_REPORTS_GATE_RECORD_H

#include "reports/gate.h"
#include "reports/record.h"

/* planned: set, scenario, mode and flavour of the plan's cells by number, to name those that did not run;
 * NULL when nobody knows. */
ts_err ts_gate_input_of(const struct ts_record *record, const struct ts_gate_cell *planned,
                        struct ts_gate_input *input, struct ts_diag *diag);
/* Whether a finding of that kind is no news in the cell. */
bool ts_gate_expects(const struct ts_record_cell *cell, const char *kind);

void ts_gate_input_free(struct ts_gate_input *input);

#endif

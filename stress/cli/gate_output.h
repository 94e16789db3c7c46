/*
 * The end of a gate: its record judged, and the judgement in every form that somebody reads.
 *
 *   gate.json, summary.md, junit.xml, findings.sarif   in the run's folder
 *   $GITHUB_STEP_SUMMARY, annotations on stdout        under GitHub Actions
 *
 * Threads: main thread. Ownership: options and result stay the caller's. Errors: one line on stderr and an
 * exit code; a file that could not be written turns the gate into an environment failure.
 */
#ifndef TS_CLI_GATE_OUTPUT_H
#define TS_CLI_GATE_OUTPUT_H

#include "cli/run_options.h"

/* The gate's exit code: 0, 1, 4, 5, 7 (reports/gate.h), or 3 for a baseline that was refused. */
int ts_gate_conclude(const struct ts_run_options *options, const struct ts_run_result *result);

/* What the plan lacks for the gate to pass, on stderr, before it takes its time. */
void ts_gate_tell_blind_spots(const struct ts_run_options *options);

/* Refuses a bad baseline before anything runs. */
int ts_gate_check_baseline(const struct ts_run_options *options);

#endif

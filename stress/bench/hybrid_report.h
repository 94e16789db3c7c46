/*
 * The hybrid contrast for readers: a table of both paths beside the document's claims, or a JSON line a run.
 *
 * Threads: one. A cell is the median of the runs, with the least and the most beside it.
 */
#ifndef TS_BENCH_HYBRID_REPORT_H
#define TS_BENCH_HYBRID_REPORT_H

#include "bench/hybrid_run.h"

/* On a line of its own. TS_ENVIRONMENT when stdout takes no more. */
ts_err ts_hybrid_print_json(const struct ts_hybrid_run *run, struct ts_diag *diag);
/* All runs of one recording. */
void ts_hybrid_print_table(const struct ts_hybrid_tape *tape, const struct ts_hybrid_run *runs, size_t count);

#endif

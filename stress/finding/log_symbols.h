/*
 * A sanitizer's log with names: what a process wrote with symbolize=0, made readable afterwards.
 *
 * Each frame "#N 0xPC (module+0xoff) ..." becomes "#N function file.c:line (module+0xoff)"; where calls were
 * inlined, one line for each function under the same number. Frames without a name and all other lines stay
 * as they are.
 *
 * Threads: as the symbolizer. Ownership: the caller's. Errors: TS_IO when `out` cannot be written.
 */
#ifndef TS_FINDING_LOG_SYMBOLS_H
#define TS_FINDING_LOG_SYMBOLS_H

#include "finding/symbolizer.h"

#include <stdio.h>

/* Paths of modules, for logs that print base names only. */
struct ts_module_paths {
    const char *const *paths;
    size_t count;
};

ts_err ts_log_symbols_write(const char *log, struct ts_symbolizer *symbolizer,
                            const struct ts_module_paths *modules, FILE *out, struct ts_diag *diag);

#endif

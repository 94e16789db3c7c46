/*
 * Names for addresses: one llvm-symbolizer child, asked over a socket, each question once.
 *
 * Every answer is kept, so a report that repeats for hours costs one look-up per address. A child that is
 * absent, dies or stops answering is started again once; after that, and for modules it cannot read, frames
 * have no names. The socket is written with MSG_NOSIGNAL: a dead child never raises SIGPIPE here.
 *
 * Threads: one at a time. Ownership: strings belong to the symbolizer and live until it is destroyed.
 * Units: offsets are addresses as in the module's file, inside the instruction meant (no return addresses).
 * Progress: blocks until the child answers, at most 30 s a question, 3 s when it is at rest. Errors: an
 * unknown address is an answer of no symbols.
 */
#ifndef TS_FINDING_SYMBOLIZER_H
#define TS_FINDING_SYMBOLIZER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ts_symbolizer;

struct ts_symbol {
    const char *function; /* demangled, never "" */
    const char *file;     /* base name, or "" */
    int64_t line;         /* 0 when unknown */
};

/* Starts the program at `path` (a bare name is looked for in PATH; NULL: none). One that does not start is no
 * error: ts_symbolizer_works tells, and the diag says why. Fails with TS_NO_MEMORY only. */
ts_err ts_symbolizer_create(const char *path, struct ts_symbolizer **symbolizer, struct ts_diag *diag);
void ts_symbolizer_destroy(struct ts_symbolizer *symbolizer);

/* False once no child runs and none will be started. */
bool ts_symbolizer_works(const struct ts_symbolizer *symbolizer);

/* The functions at an address, innermost first: several where calls were inlined, none when unknown. Returns
 * their number, at most `max`. A NULL symbolizer knows nothing. */
size_t ts_symbolizer_code(struct ts_symbolizer *symbolizer, const char *module, uint64_t offset,
                          struct ts_symbol *symbols, size_t max);

/* The name of the global variable at an address, or "". */
const char *ts_symbolizer_data(struct ts_symbolizer *symbolizer, const char *module, uint64_t offset);

/* What befell the child last, for a person; "" when it has always answered. */
const char *ts_symbolizer_trouble(const struct ts_symbolizer *symbolizer);

/* How many questions were put to the child. */
uint64_t ts_symbolizer_questions(const struct ts_symbolizer *symbolizer);

/* The child's process, -1 when none runs. */
pid_t ts_symbolizer_process(const struct ts_symbolizer *symbolizer);

#endif

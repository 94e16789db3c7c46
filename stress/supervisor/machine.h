/*
 * The machine, the compiler and the source that a run was made with, for the record.
 *
 * Threads: any; ts_build_is before any other. Ownership: the caller's struct. Errors: none; what cannot be
 * found out is "unknown" or 0.
 */
#ifndef TS_SUPERVISOR_MACHINE_H
#define TS_SUPERVISOR_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct ts_machine {
    char cpu[128];
    int64_t cores;
    int64_t memory_bytes;
    char kernel[128];
    char os[128];
};

void ts_machine_describe(struct ts_machine *machine);

/* The checkout, as it was when the command was built (ci/cmake/source_state.sh). */
struct ts_source_state {
    const char *commit;
    bool dirty;       /* its tracked files were not those of the commit */
    const char *diff; /* how they differed; "" when they did not */
};

/* The command's; whoever is built without it has a source that nobody knows. */
extern const struct ts_source_state ts_source_state;
void ts_build_is(const struct ts_source_state *state);

const struct ts_source_state *ts_build_source(void);
const char *ts_build_toolchain(void);

#endif

/*
 * The machine, the compiler and the source that a run was made with, for the record.
 *
 * Threads: any. Ownership: the caller's struct. Errors: none; what cannot be found out is "unknown" or 0.
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

const char *ts_build_commit(void);
bool ts_build_dirty(void);
const char *ts_build_toolchain(void);

#endif

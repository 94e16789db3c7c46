/*
 * What the machine must offer before a run: workers with the sanitizers' runtimes, a symbolizer, a debugger
 * that may attach, a kernel that ThreadSanitizer can live with; and the environment that the workers then
 * get.
 *
 * Workers are found at <folder of this executable>/<flavour>/tickstorm-worker; TICKSTORM_WORKERS names
 * another folder.
 *
 * Threads: main thread (reads the environment). Ownership: ts_worker_environment_create allocates, destroy
 * frees. Errors: TS_ENVIRONMENT, with one line that says what to do.
 */
#ifndef TS_SUPERVISOR_ENVIRONMENT_H
#define TS_SUPERVISOR_ENVIRONMENT_H

#include "base/err.h"
#include "scenario/catalog.h"

#include <limits.h>
#include <stdbool.h>

/* The folder of the flavours' folders. */
ts_err ts_workers_folder(char *folder, size_t size, struct ts_diag *diag);

struct ts_environment_check {
    char name[48];
    char found[256]; /* what is there */
    char mend[160];  /* what to do; "" when ok */
    bool ok;
    bool needed; /* without it nothing can run; what is not needed only a gate insists on */
};

#define TS_ENVIRONMENT_CHECKS 20

/* The checks for these flavours, in a fixed order; forks. workers: the folder of the flavours' folders, NULL
 * for the default one. all: also what only a gate insists on. Returns their number. */
size_t ts_environment_check(const char *workers, const bool flavours[TS_FLAVOUR_COUNT], bool all,
                            struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS]);

/* TS_OK, or TS_ENVIRONMENT with the first needed check that failed. */
ts_err ts_environment_require(const struct ts_environment_check *checks, size_t count, struct ts_diag *diag);

/* Before LLVM 18.1, ThreadSanitizer dies where the kernel randomises mappings with more than 28 bits. */
bool ts_environment_tsan_dies(long mmap_rnd_bits, int clang_major, int clang_minor);

/* Whether an ELF file of 64 bits defines the symbol, in .dynsym or .symtab. False for any other file. So a
 * runtime is seen that is linked in, as clang does; one that would be loaded is not. */
bool ts_environment_defines(const char *path, const char *symbol);

/* Looks in a PATH-like list, versioned name first, then in fallback (may be NULL). False when there is none.
 */
bool ts_environment_find_symbolizer(const char *path_list, const char *fallback, char *found, size_t size);

/* As above, in this machine's usual places. NULL when there is none. */
const char *ts_environment_symbolizer(char *found, size_t size);

/*
 * This process's environment with the sanitizers' options set: ours, then the user's, then those of which the
 * last one wins and must be ours (exit code, log path; no symbols, which the supervisor adds). Also
 * TICKSTORM_SUPERVISOR, its process number, by which a worker knows an orphan's life. NULL without memory.
 */
char **ts_worker_environment_create(void);
void ts_worker_environment_destroy(char **environment);

#endif

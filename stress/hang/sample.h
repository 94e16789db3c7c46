/*
 * One look at the threads of a process through /proc, and at the futex words they wait on.
 *
 * Threads: any. Ownership: the sample owns its array. Units: nanoseconds. Errors: what /proc does not tell of
 * a thread stays 0 (syscall: -1); a thread that ends meanwhile is left out.
 */
#ifndef TS_HANG_SAMPLE_H
#define TS_HANG_SAMPLE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Enough for what follows the awaited word in a mutex (owner at byte 8) and an rwlock (writer within 20). */
#define TS_HANG_FUTEX_WORDS 8

struct ts_hang_look {
    pid_t tid;
    char name[16];
    char state;
    int64_t run_ns;
    int64_t queue_ns;
    int64_t slices;
    bool syscall_readable; /* false without the right to trace the process */
    int64_t syscall;       /* -1: none, it runs */
    uint64_t arguments[3];
    char waits_in[48]; /* the kernel's function, "" when it does not tell */
    uint32_t words[TS_HANG_FUTEX_WORDS];
    bool words_known;
};

struct ts_hang_sample {
    int64_t at_ns;
    struct ts_hang_look *looks;
    size_t count;
};

ts_err ts_hang_sample_take(pid_t pid, struct ts_hang_sample *sample, struct ts_diag *diag);
void ts_hang_sample_fini(struct ts_hang_sample *sample);
const struct ts_hang_look *ts_hang_sample_find(const struct ts_hang_sample *sample, pid_t tid);

#endif

/*
 * Hand-off: one thread of the program stops, another goes on, and no sanitizer sees it.
 *
 * Two ways behind one interface. Both run the same schedules.
 * - fsbase: every pthread of the program parks once, in its own kernel thread, with all registers saved. From
 *   then on one kernel thread (the carrier: the one that began) runs them all, by changing the stack pointer
 *   and the FS base, which is where thread-local storage, errno, pthread_self and the sanitizers' state of a
 *   thread hang. x86-64; by the FSGSBASE instructions where the kernel lets them in (Linux 5.9), else by a
 *   system call for each switch (fscall), which costs about a tenth of a microsecond more.
 * - futex: each pthread runs on its own kernel thread; a hand-off wakes one and waits on another. Works
 *   everywhere and under debuggers, which know nothing of the FS base; about a hundred times slower.
 *
 * A context that leaves goes back to its own kernel thread for good (to be ended by pthread_exit and its
 * like); whoever runs next first waits until the kernel has no such thread any more, because reports tell
 * running threads from finished ones.
 *
 * Threads: the functions are called by the one thread that runs; ts_handoff_park by a new thread for itself.
 * Order: futex words hand over everything by the kernel's own ordering and the acquire and release here
 * (HANDOFF); ThreadSanitizer does not see it, since this part is compiled without it and calls the kernel
 * directly. Units: none.
 */
#ifndef TS_EXPLORE_CORE_HANDOFF_H
#define TS_EXPLORE_CORE_HANDOFF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The first three members are known to the assembly of handoff_fsbase.c. */
struct ts_context {
    void *sp;                /* of a context that does not run */
    uintptr_t fs_base;       /* of its pthread */
    _Atomic uint32_t resume; /* futex: its own kernel thread is to go on */
    _Atomic uint32_t parked; /* futex: it can be run */
    int32_t tid;             /* of its own kernel thread */
};

struct ts_handoff {
    const char *name;
    bool (*usable)(void);
    void (*park)(struct ts_context *self);
    void (*swap)(struct ts_context *from, struct ts_context *to);
    /* `from` is never run again by the scheduler: it goes on natively. */
    void (*leave)(struct ts_context *from, struct ts_context *to);
};

extern const struct ts_handoff ts_handoff_fsbase;
extern const struct ts_handoff ts_handoff_fscall;
extern const struct ts_handoff ts_handoff_futex;

/* FSBASE: by instruction or, where that cannot be, by system call; FSCALL: by system call in any case. */
enum ts_handoff_kind { TS_HANDOFF_AUTO, TS_HANDOFF_FSBASE, TS_HANDOFF_FUTEX, TS_HANDOFF_FSCALL };

/* The chosen one; NULL when this machine cannot do what was asked for. */
const struct ts_handoff *ts_handoff_choose(enum ts_handoff_kind kind);

/* The calling thread becomes a context that runs. */
void ts_handoff_adopt(struct ts_context *self);

/* Before a new pthread is made for the context. */
void ts_handoff_prepare(struct ts_context *context);

/* First thing in a new pthread: returns when it is run for the first time. */
void ts_handoff_park(const struct ts_handoff *handoff, struct ts_context *self);

/* Waits until the new thread can be run. */
void ts_handoff_await(struct ts_context *context);

void ts_handoff_swap(const struct ts_handoff *handoff, struct ts_context *from, struct ts_context *to);
void ts_handoff_leave(const struct ts_handoff *handoff, struct ts_context *from, struct ts_context *to);

#endif

/*
 * Why a process hangs: analysed from outside, because a hung process cannot be asked.
 *
 * Two samples of /proc, 200 ms apart, tell which threads run, starve for a processor or are blocked. For a
 * blocked one the system call, the words of the futex it waits on and the functions on its stack tell what it
 * waits for and who holds that. A cycle among threads that did not move between the samples is a deadlock.
 *
 * Stacks come from gdb, which stops the process for half a second (20 s at most); /proc is read before that.
 * Without gdb, or without the right to attach, the stacks are empty, `note` says so, and mutexes and joins
 * are still recognised by the form of their futex call; other futexes are then "blocked-other".
 *
 * Knows the layouts of glibc's mutex, rwlock and thread descriptor (64 bits, 2.25 and later). Holders of
 * locks for reading and signallers of condition variables leave no trace: such holders are unknown.
 *
 * Threads: any; an analysis belongs to its caller. Ownership: everything hangs on struct ts_hang. Units:
 * shares are of the sample's time, 0 to 1. Errors: TS_NOT_FOUND for no such process (or one that ended
 * meanwhile), TS_NO_MEMORY, TS_IO.
 */
#ifndef TS_HANG_HANG_H
#define TS_HANG_HANG_H

#include "base/err.h"
#include "reports/finding.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define TS_HANG_NOBODY SIZE_MAX

enum ts_hang_doing {
    TS_HANG_RUNNING, /* some processor time: neither stuck nor spinning */
    TS_HANG_BLOCKED_MUTEX,
    TS_HANG_BLOCKED_RWLOCK,
    TS_HANG_BLOCKED_CONDVAR,
    TS_HANG_BLOCKED_JOIN,
    TS_HANG_BLOCKED_OTHER, /* `detail` has the system call and the kernel's function */
    TS_HANG_SLEEPING,
    TS_HANG_SPINNING, /* runnable throughout */
    TS_HANG_STARVING, /* runnable, but hardly ever given a processor */
    TS_HANG_ENDED,    /* a zombie */
    TS_HANG_DOING_COUNT
};

struct ts_hang_thread {
    pid_t tid;
    char name[16]; /* "main" for the first thread */
    char state;    /* the kernel's letter */
    enum ts_hang_doing doing;
    char detail[96];
    bool stuck;                 /* blocked in the same call in both samples, never scheduled between them */
    uint64_t waits_for_address; /* of the futex: the mutex itself, a word inside other objects; 0 if none */
    const char *waits_for;      /* the variable there, as gdb knows it: "first_lock", "pair + 40"; or "" */
    pid_t holder;               /* of the mutex or rwlock; the joined thread; 0 when unknown */
    size_t holder_index;        /* TS_HANG_NOBODY when unknown or not a living thread of the process */
    double cpu_share;
    double queue_share;    /* waiting for a processor; the kernel counts a wait when it ends */
    struct ts_stack stack; /* role "waiting"; innermost frame first */
    char label[40]; /* "'scan'", "thread 2" without a name of its own, "'scan' (thread 2)"; stack.thread */
    char sentence[320]; /* "'a' waits for mutex 0x1234 held by 'b'", as stack.text */
};

struct ts_hang {
    pid_t pid;
    char program[256]; /* path of the executable */
    struct ts_hang_thread *threads;
    size_t thread_count;
    size_t *cycle; /* indices of threads, each waiting for the next, the last for the first */
    size_t cycle_count;
    struct ts_stack *defining; /* deadlock: of the cycle; else of main and of the end of its chain of waits */
    size_t defining_count;
    char note[160]; /* what the analysis had to do without, or "" */
    char *gdb_text; /* the strings of the frames lie in these two */
    char *maps_text;
};

ts_err ts_hang_analyse(pid_t pid, struct ts_hang **hang, struct ts_diag *diag);
void ts_hang_free(struct ts_hang *hang); /* NULL is allowed */

/* "blocked-mutex" and so on. */
const char *ts_hang_doing_name(enum ts_hang_doing doing);

/* One line, cut to size between two words: "deadlock: thread 'a' waits for mutex 0x12 held by 'b'; 'b' waits
 * for ...", or what main waits for, link by link, and how many threads are blocked, spin or starve. Returns
 * text. */
const char *ts_hang_sentence(const struct ts_hang *hang, char *text, size_t size);

/* For a person: the sentence, each thread with what it waits for, then the stacks. */
void ts_hang_write(const struct ts_hang *hang, FILE *file);

#endif

/*
 * Threads and idle waiting.
 *
 * Threads: a ts_thread is started and joined by its owner. A ts_idle belongs to one thread.
 * Progress: ts_idle_wait blocks for at most TS_IDLE_SLEEP_MAX_NS. Nobody has to wake it, so no wake-up can be
 * lost; the price is a delay of up to that bound on a pipeline that was quiet.
 */
#ifndef TS_BASE_THREAD_H
#define TS_BASE_THREAD_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define TS_CACHE_LINE 64

typedef void (*ts_thread_body)(void *argument);

struct ts_thread {
    pthread_t id;
    ts_thread_body body;
    void *argument;
    uint64_t lineage; /* who it is to the probes (probe.h) */
    char name[16];    /* as the kernel shows it; longer names are cut */
    bool started;
};

/* Starts body(argument) on a new thread. On error nothing was started and *thread may be started again. */
ts_err ts_thread_start(struct ts_thread *thread, const char *name, ts_thread_body body, void *argument,
                       struct ts_diag *diag);

/* Waits for the end of the body; does nothing for a thread that was never started or is joined already. */
void ts_thread_join(struct ts_thread *thread);

/* Lets the thread end by itself: nobody joins it. *thread may be freed by it. */
void ts_thread_detach(struct ts_thread *thread);

/* The instruction that tells the core that this is a spin. */
static inline void ts_cpu_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __builtin_arm_yield();
#endif
}

/*
 * Asks for the line for a store that comes later, so that it need not wait then. Stores leave a core in their
 * order: one that waits for its line holds up all behind it. The builtin alone asks for a line to read,
 * unless the compiler may take newer processors for granted; those without the instruction do nothing there.
 */
static inline void ts_prefetch_write(const void *line)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)line));
#else
    __builtin_prefetch(line, 1);
#endif
}

#define TS_IDLE_YIELDS       8
#define TS_IDLE_SLEEP_MIN_NS 20000
#define TS_IDLE_SLEEP_MAX_NS 500000

/* Backs off while there is nothing to do: first yields the core, then sleeps, each time twice as long. */
struct ts_idle {
    uint32_t rounds;
    int64_t sleep_ns;
};

void ts_idle_reset(struct ts_idle *idle); /* call after each round that found work */
void ts_idle_wait(struct ts_idle *idle);

#endif

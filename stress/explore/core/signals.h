/*
 * Signals that a program sends to itself: who has blocked which, what is pending, and who takes it
 * (POSIX.1-2017, 2.4 Signal Concepts).
 *
 * All threads may run on one thread of the kernel, so the kernel does not know to whom of them a signal goes.
 * What is sent stands here until somebody takes it: who waits for it (sigwait), or has it not blocked and a
 * handler, which then runs before its next operation. Only then the kernel is asked to deliver it, to the
 * thread of the kernel that runs, so the handler runs with the stack and the thread-local storage of who took
 * it.
 *
 * Signals that come from outside are the kernel's as always. Who waits for one is asked about when nobody
 * here can go on, as about descriptors.
 *
 * Threads: the one that runs. Masks: bit n - 1 stands for signal n, as in the kernel.
 */
#ifndef TS_EXPLORE_CORE_SIGNALS_H
#define TS_EXPLORE_CORE_SIGNALS_H

#include "explore/core/scheduler.h"

#include <signal.h>

#define TS_SIGNALS_MAX 64

/* One that was sent. */
struct ts_signal {
    int number;
    int code;        /* as in siginfo_t */
    void *value;     /* sigqueue's */
    uint16_t target; /* a thread; TS_ALL_OTHERS: whoever takes it */
    bool shared;     /* sent to the process, whoever was to take it */
};

static inline uint64_t ts_signal_bit(int number)
{
    return number >= 1 && number <= TS_SIGNALS_MAX ? UINT64_C(1) << (number - 1) : 0;
}

/* Nothing is pending, and masks are what the kernel says. */
void ts_signals_begin(void);

uint64_t ts_signals_blocked(struct ts_sthread *thread);
void ts_signals_block(struct ts_sthread *thread, uint64_t blocked);
/* What the calling thread is about to wait for; 0: it does no longer. */
void ts_signals_await(struct ts_sthread *self, uint64_t set);
/* A new thread has its creator's. */
void ts_signals_inherit(struct ts_sthread *thread, struct ts_sthread *parent);

/* To a thread or, with TS_ALL_OTHERS, to one of those that would take it, as the strategy chooses. One that
 * nobody has blocked and that has no handler ends the process, or is ignored, at once. False: more are
 * pending than there is room for. */
bool ts_signals_send(const struct ts_signal *signal);

/* Those of a set that the thread could take. */
uint64_t ts_signals_pending(const struct ts_sthread *thread, uint64_t set);

/* The same for who waits for a set; signals from outside, too. */
bool ts_signals_awaited(const struct ts_sthread *thread);

/* Takes the lowest of a set; false: none is pending here. */
bool ts_signals_take(struct ts_sthread *thread, uint64_t set, struct ts_signal *signal);

/* What the thread waits for the program has not sent in this schedule, or it may be a child's end. */
bool ts_signals_from_outside(const struct ts_sthread *thread);

/* SIGALRM at a virtual time, TS_NEVER for none, and again after each interval, 0 for once. */
struct ts_signal_alarm {
    int64_t at_ns;
    int64_t interval_ns;
};
extern struct ts_signal_alarm ts_signal_alarm;
void ts_signals_set_alarm(int64_t at_ns, int64_t interval_ns);
/* Its time has come. */
void ts_signals_ring(void);
/* Somebody waits for a signal, or for what its handler cuts short or may end (a loop), so that time may go by
 * until then when nobody can go on. An alarm that watches over the program is no way out of a deadlock. */
bool ts_signals_may_ring(void);

/* Runs the handler of a signal that the calling thread has taken. Set before the first is sent. */
extern void (*ts_signals_handle)(struct ts_sthread *self, const struct ts_signal *signal);

enum ts_delivered {
    TS_DELIVERED_NONE,     /* they were ignored: nothing is cut short */
    TS_DELIVERED_RESTARTS, /* by SA_RESTART of the first: what it cut short begins anew */
    TS_DELIVERED_CUTS,
};

/* Runs the handlers that the calling thread owes. */
enum ts_delivered ts_signals_deliver(struct ts_sthread *self);

#endif

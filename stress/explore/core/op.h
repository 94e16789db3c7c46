/*
 * Operations: what a thread under the scheduler is about to do at a point.
 *
 * A point comes before its operation. The operation has a gate: what must hold before it can be done without
 * blocking in the kernel. A thread whose gate is shut is not a candidate for the next step.
 */
#ifndef TS_EXPLORE_CORE_OP_H
#define TS_EXPLORE_CORE_OP_H

#include <stdbool.h>
#include <stdint.h>

/* X(id, name): the name is what traces and reports print. */
#define TS_OPS(X)                                                                                            \
    X(BEGIN, "begin")                                                                                        \
    X(END, "end")                                                                                            \
    X(READ, "read")                                                                                          \
    X(WRITE, "write")                                                                                        \
    X(LOAD, "atomic load")                                                                                   \
    X(STORE, "atomic store")                                                                                 \
    X(RMW, "atomic update")                                                                                  \
    X(FENCE, "fence")                                                                                        \
    X(CREATE, "create thread")                                                                               \
    X(JOIN, "join")                                                                                          \
    X(DETACH, "detach")                                                                                      \
    X(LOCK, "lock")                                                                                          \
    X(TRYLOCK, "try lock")                                                                                   \
    X(UNLOCK, "unlock")                                                                                      \
    X(RDLOCK, "read lock")                                                                                   \
    X(WRLOCK, "write lock")                                                                                  \
    X(WAIT, "wait")                                                                                          \
    X(WAKE, "take lock again")                                                                               \
    X(SIGNAL, "signal")                                                                                      \
    X(BROADCAST, "broadcast")                                                                                \
    X(SEM_WAIT, "semaphore wait")                                                                            \
    X(SEM_POST, "semaphore post")                                                                            \
    X(BARRIER, "barrier")                                                                                    \
    X(ONCE, "once")                                                                                          \
    X(YIELD, "yield")                                                                                        \
    X(SLEEP, "sleep")                                                                                        \
    X(CLOCK, "clock")                                                                                        \
    X(FD_WAIT, "wait for descriptor")                                                                        \
    X(FD_WRITE, "write to descriptor")                                                                       \
    X(PROBE, "probe")                                                                                        \
    X(EXIT, "exit")                                                                                          \
    X(CANCEL, "cancel")                                                                                      \
    X(TESTCANCEL, "look for cancellation")                                                                   \
    X(KILL, "send signal")                                                                                   \
    X(HANDLE, "handle signal")                                                                               \
    X(SIGWAIT, "wait for a signal of the system")                                                            \
    X(SPIN_LOCK, "take spin lock")

enum ts_op_kind {
#define TS_OP_ENUM(id, name) TS_OP_##id,
    TS_OPS(TS_OP_ENUM)
#undef TS_OP_ENUM
        TS_OP_COUNT
};

enum ts_gate {
    TS_GATE_OPEN,      /* always */
    TS_GATE_EXCLUSIVE, /* nobody holds the object, or this thread does and may again (op.again) */
    TS_GATE_SHARED,    /* nobody holds the object exclusively, or waits to with precedence (its count) */
    TS_GATE_COUNT,     /* the object's count is above zero */
    TS_GATE_SIGNAL,    /* somebody has signalled this thread */
    TS_GATE_END,       /* the thread op.target has ended */
    TS_GATE_FD,      /* the descriptor op.fd is ready for op.fd_events; TS_FD_SET: one of the thread's set */
    TS_GATE_TIME,    /* only when the time has come */
    TS_GATE_PENDING, /* a signal that the thread awaits is pending */
};

/* What becomes of a wait that a signal's handler cuts short. */
enum ts_interrupts {
    TS_INTERRUPTS_NEVER,  /* it goes on */
    TS_INTERRUPTS_ASKED,  /* it fails with EINTR, unless the handler was set with SA_RESTART */
    TS_INTERRUPTS_ALWAYS, /* it fails with EINTR */
    TS_INTERRUPTS_ENDS,   /* the same, and it has begun with what the thread did before: that is what it waits
                             for */
};

#define TS_NEVER      INT64_MAX
#define TS_ALL_OTHERS UINT16_MAX /* as op.target: every other thread */
#define TS_FD_SET     (-1)       /* as op.fd: see ts_sthread.fds */

/* One operation. `object` is the address of what is worked on: a mutex, or 8 bytes of memory; NULL when
 * nothing is shared. */
struct ts_op {
    uint8_t kind;       /* enum ts_op_kind */
    uint8_t gate;       /* enum ts_gate */
    bool writes;        /* conflicts with every other operation on the object; a read only with writes */
    bool again;         /* TS_GATE_EXCLUSIVE: the holder may take it again */
    bool cancels;       /* a cancellation point: who is cancelled waits no longer */
    uint8_t interrupts; /* enum ts_interrupts */
    bool idle;          /* as things are, it would change nothing: it counts as a read for who spins */
    int16_t fd_events;
    uint16_t target;
    union {
        int32_t fd;
        uint32_t wanted; /* at a barrier: how many must come */
    };
    const void *object;
    const void *pc;      /* the instruction after the call, in the program */
    int64_t deadline_ns; /* virtual time; TS_NEVER: it waits for ever */
};

extern const char *const ts_op_names[TS_OP_COUNT];

#endif

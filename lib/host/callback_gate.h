/*
 * The gate in front of a host's callback: what a library may not hand out is dropped and counted by reason,
 * and never reaches a strategy.
 *
 * A library gets ts_callback_gate and a token, never the address of what the host will free: whoever calls
 * with the token of a gate that was closed touches nothing but a counter. A symbol of 32 characters needs no
 * NUL of its own.
 *
 * Threads: open and close by the owner; the callback by any. Ownership: gates are static; close gives one
 * back. Progress: the callback is wait-free but for the host's own function; close waits until those have
 * returned that are inside. Errors: TS_LIMIT when every gate is taken.
 * Order: OPEN (open's release, the callback's acquire) covers whom to call; SHUT (the callback's release at
 * its end, close's acquire) covers what it did. Nothing orders the owner's later steps before a callback, so
 * what races without the gate is still seen with it.
 */
#ifndef TS_HOST_CALLBACK_GATE_H
#define TS_HOST_CALLBACK_GATE_H

#include "base/err.h"
#include "signal_api.h"

#include <stdbool.h>
#include <stdint.h>

/* X(name, what was wrong), in the order in which they are looked for. */
#define TS_CALLBACK_DROPS(X)                                                                                 \
    X(foreign, "on a thread that is not the owner's, in queued mode")                                        \
    X(symbol, "without a symbol")                                                                            \
    X(count, "with a negative or absurd number of values")                                                   \
    X(values, "without its values")                                                                          \
    X(not_finite, "with a value that is no number")

struct ts_callback_drops {
#define TS_CALLBACK_DROP_MEMBER(name, text) uint64_t name;
    TS_CALLBACK_DROPS(TS_CALLBACK_DROP_MEMBER)
#undef TS_CALLBACK_DROP_MEMBER
};

#define TS_CALLBACK_VALUES_MAX 4096

/* owner_only: the calling thread is the only one on which callbacks may come. */
ts_err ts_callback_gate_open(signal_callback deliver, void *target, bool owner_only, void **token,
                             struct ts_diag *diag);
/* Makes *token NULL, which is none, and says what was dropped since it was opened. */
struct ts_callback_drops ts_callback_gate_close(void **token);

/* Calls with the token of a closed gate, in the whole process. */
uint64_t ts_callback_gate_late(void);

/* What a library is given to call, with the token as user_data. */
void ts_callback_gate(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *token);

#endif

/*
 * A wait that another thread can end: an event and a timeout.
 *
 * The timeout is a duration and not a moment, so a clock that jumps makes no wait longer. A signal that comes
 * before the wait is kept; several are one.
 *
 * Threads: signal by any; wait by one at a time; init and fini while nobody else uses it.
 * Ownership: the descriptor is the wake's. Units: nanoseconds.
 * Progress: signal does not block; wait blocks for at most its timeout, and may end early.
 * Order: WAKE a signal's write and the read that takes it order what came before the one before what comes
 * after the other (the kernel's; nobody relies on it for data).
 */
#ifndef TS_BASE_WAKE_H
#define TS_BASE_WAKE_H

#include "base/err.h"

#include <stdint.h>

struct ts_wake {
    int descriptor;
};

ts_err ts_wake_init(struct ts_wake *wake, struct ts_diag *diag);
void ts_wake_fini(struct ts_wake *wake);

void ts_wake_signal(struct ts_wake *wake);
/* Until a signal or for timeout_ns, not above an hour; at once for one <= 0. */
void ts_wake_wait(struct ts_wake *wake, int64_t timeout_ns);

#endif

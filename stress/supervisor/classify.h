/*
 * From what is known about a dead worker to one outcome, one crash class and one line for a person.
 *
 * The board decides; an exit code alone never does (a sanitizer's status without a report proves nothing).
 * Precedence: hang, memory-error, race, deadlock, leak, crash, invariant, inconclusive, pass. A life that
 * raced and then died has outcome race and the class of its death. Undefined behaviour counts as a memory
 * error.
 *
 * A worker that refuses its cell with a reason after a fault took away what a set-up needs
 * (ts_fault_may_refuse, action return) has ended in the documented error: the life passes. Without such a
 * fault a refusal is inconclusive.
 *
 * Threads: pure. Ownership: the verdict holds no memory of its own. Errors: none.
 */
#ifndef TS_SUPERVISOR_CLASSIFY_H
#define TS_SUPERVISOR_CLASSIFY_H

#include "supervisor/outcome.h"
#include "supervisor/snapshot.h"

#include <stdint.h>

#define TS_WORKER_EXIT_USAGE   2
#define TS_WORKER_EXIT_REFUSED 3
#define TS_WORKER_EXIT_TSAN    86
#define TS_WORKER_EXIT_ASAN    87

/* Why the supervisor ended the worker itself. */
enum ts_ending_cause {
    TS_ENDED_BY_ITSELF,
    TS_ENDED_FOR_HANG,      /* the watchdog saw no progress, or no end */
    TS_ENDED_FOR_INTERRUPT, /* somebody stopped the run and the worker did not follow */
};

struct ts_ending {
    enum ts_ending_cause cause;
    int exit_code;             /* meaningful when signal is 0 */
    int signal;                /* 0: it exited */
    enum ts_crash_class words; /* from its output */
    const char *hang_detail;   /* for TS_ENDED_FOR_HANG */
    bool deadlock;             /* for TS_ENDED_FOR_HANG: threads wait for each other in a circle */
    const char *last_line;     /* of its output; "" when there is none */
};

struct ts_verdict {
    ts_record_outcome outcome;
    enum ts_crash_class class;
    bool refused;    /* the worker would not run the cell; another life would not either */
    bool documented; /* it would not, and says why: a fault had made an operation fail; the next may go on */
    bool usage;      /* it did not understand its arguments */
    bool hung;       /* the watchdog ended it */
    bool died;       /* it ended before its life came to an end, so the next life is a restart */
    char detail[512];
    char ending_title[192]; /* of the finding in how it ended; "" */
};

void ts_classify(const struct ts_snapshot *board, const struct ts_ending *ending, struct ts_verdict *verdict);

/* The record's outcome for a report of this kind on the board. */
ts_record_outcome ts_classify_report(const struct ts_snapshot_report *report);

#endif

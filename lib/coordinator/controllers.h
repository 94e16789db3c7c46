/*
 * The controllers: market data and the four kinds of work on it, built once and shared by all tasks.
 *
 * They hold their own copy of the prices, and nothing changes after create: any number of tasks runs on them
 * at once, without a lock and without memory of its own. (The original built one set per task.)
 *
 * Threads: find and run by any; create and destroy by the owner, destroy when no task runs on them.
 * Ownership: the series are the caller's and copied. Units: nanoseconds of UTC, prices in the quote currency.
 * Progress: run is bounded by the points and pairs asked for and looks at *cancel every TS_CANCEL_STRIDE
 * points. Memory: 16 bytes a point, fixed at create. Errors: below.
 */
#ifndef TS_COORDINATOR_CONTROLLERS_H
#define TS_COORDINATOR_CONTROLLERS_H

#include "base/err.h"
#include "coordinator/request.h"

#include <stdatomic.h>

#define TS_CANCEL_STRIDE   256u
#define TS_SERIES_MAX      1024u
#define TS_SERIES_NAME_MAX 32u

/* Prices of a symbol in the order of their time. A price may be anything, also no number: the work says what
 * it makes of it. */
struct ts_series {
    const char *symbol; /* 1 to 31 characters */
    uint32_t count;
    const int64_t *times_ns;
    const double *prices;
};

struct ts_controllers;

/* TS_INVALID: no series, a name that is empty, too long or there twice, times that go back; TS_LIMIT: too
 * many series; TS_NO_MEMORY. */
ts_err ts_controllers_create(const struct ts_series *series, uint32_t count,
                             struct ts_controllers **controllers, struct ts_diag *diag);
void ts_controllers_destroy(struct ts_controllers *controllers);

/* False when nobody knows the symbol. */
bool ts_controllers_find(const struct ts_controllers *controllers, const char *symbol, uint16_t *index);

/*
 * Does a piece of work. TS_NOT_FOUND: no price in the span; TS_MALFORMED: a price that is no number above 0
 * (a data request counts it instead); TS_LIMIT: what is computed from them is beyond all numbers; TS_CLOSED:
 * *cancel was set meanwhile. The diag names the symbol and the time. *result is whole on TS_OK and as it was
 * on error.
 */
ts_err ts_controllers_run(const struct ts_controllers *controllers, const struct ts_work *work,
                          const _Atomic bool *cancel, struct ts_result *result, struct ts_diag *diag);

#endif

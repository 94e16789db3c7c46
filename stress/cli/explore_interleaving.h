/*
 * The interleaving of a program's schedule (reports/interleaving.h), from the steps of a traced one.
 *
 * Threads: the driver's. Ownership: as each function says. Errors: those of the driver, of memory and of
 * files.
 */
#ifndef TS_CLI_EXPLORE_INTERLEAVING_H
#define TS_CLI_EXPLORE_INTERLEAVING_H

#include "explore/driver/driver.h"
#include "reports/interleaving.h"

struct ts_find;

/* Of the event that a traced schedule brought, inside its callback. The steps are for free(); strings live as
 * long as the driver, `schedule` and `ordering` as long as the caller's. */
ts_err ts_explore_interleaving(struct ts_driver *driver, const struct ts_driver_event *event,
                               const char *schedule, const char *ordering,
                               struct ts_interleaving *interleaving, struct ts_diag *diag);

/* Runs a finding's schedule once more, and writes its interleaving to a file. TS_MISMATCH: it did not show
 * the finding again. */
ts_err ts_explore_trace_find(struct ts_driver *driver, const struct ts_explore_config *config,
                             const struct ts_find *find, const char *path, struct ts_diag *diag);

/* Writes the event's interleaving as a page of its own. */
ts_err ts_explore_write_page(struct ts_driver *driver, const struct ts_driver_event *event,
                             const char *ordering, const char *path, struct ts_diag *diag);

/* A column for each thread, with source lines. */
void ts_interleaving_print(FILE *out, const struct ts_interleaving *interleaving);

/* Any interleaving as a page of its own. */
ts_err ts_interleaving_write_page(const struct ts_interleaving *interleaving, const char *title,
                                  const char *path, struct ts_diag *diag);

#endif

/*
 * The driver: starts a program under the scheduler, has it run schedules, and makes findings of what comes.
 *
 * The program is one built by `tickstorm cc` (a server: each schedule is a process of its own), or any
 * other that speaks control.h, all schedules in one process; when that dies it is started again from the next
 * schedule. The program runs without randomised addresses, in a process group of its own, with stdin empty
 * and stdout and stderr captured.
 *
 * Threads: one at a time, the caller's; callbacks run on it, inside ts_driver_run. Ownership: open allocates,
 * close frees and ends the program. Progress: ts_driver_run blocks until the schedules are done or a callback
 * says stop; it calls `tick` several times a second. Errors: a program that does not start, or that was not
 * built for the scheduler, is an error; whatever a schedule does is an event.
 */
#ifndef TS_EXPLORE_DRIVER_DRIVER_H
#define TS_EXPLORE_DRIVER_DRIVER_H

#include "base/err.h"
#include "explore/core/config.h"
#include "explore/core/schedule.h"
#include "finding/symbolizer.h"
#include "reports/finding.h"

#include <sys/types.h>

struct ts_arena;
struct ts_driver;
struct ts_step;

struct ts_driver_event {
    uint64_t number;  /* of the schedule */
    uint32_t end;     /* enum ts_run_end */
    const char *text; /* what the scheduler says of a bad end, or "" */
    int status;       /* as from waitpid, of the process that ran it; 0: it lives */
    bool killed;      /* by this driver: it did not move */
    int outside;      /* signal by which somebody else killed it: it says nothing then; 0: nobody did */
    uint64_t checksum;
    uint64_t diverged_at; /* step at which a replay left its schedule */
    uint64_t steps;
    uint64_t preemptions;
    uint32_t threads;
    struct ts_schedule schedule; /* its deviations, in the arena */
    const char *capture;         /* what it wrote */
    struct ts_finding *const *findings;
    size_t finding_count; /* new reports of a sanitizer, and what the end was; 0 for what is known already */
    const struct ts_step *steps_kept; /* of a traced schedule */
    uint32_t step_count;
};

struct ts_driver_progress {
    uint64_t schedules;
    uint64_t steps;
    uint64_t classes; /* of schedules that differ by more than the order of independent operations */
    uint64_t classes_seen_once;
    uint64_t longest_steps;
    uint32_t most_threads;
    uint64_t restarts; /* of the program */
};

struct ts_driver_request {
    char *const *arguments; /* of the program, its path first */
    char **environment;     /* NULL-terminated; the driver adds its own variables */
    const char *name;       /* of program or scenario, for findings */
    const char *symbolizer; /* its path, or NULL */
    /* What a crash is called, given the program's own name for it ("": none), the signal and what was
     * written. NULL: the program's name, else "assertion" where one failed, else the signal's. */
    const char *(*name_crash)(const char *name, int signal, const char *output);
    int64_t still_ms; /* a schedule that does nothing for so long is looked at; 0: the default */
    /* A schedule worth a look has ended. False: no further ones. */
    bool (*schedule)(const struct ts_driver_event *event, void *user_data);
    /* Time goes by. False: no further schedules. NULL: no interest. */
    bool (*tick)(const struct ts_driver_progress *progress, void *user_data);
    void *user_data;
};

/* Starts the program and waits until it is ready. The request is copied; what it points to must stay. */
ts_err ts_driver_open(const struct ts_driver_request *request, struct ts_driver **driver,
                      struct ts_diag *diag);

/* Runs schedules config->first to first + count - 1. `given` is what config->replay follows, else NULL. What
 * searches learn is kept from one call to the next. With config->attend each schedule is an event, with all
 * its findings, known or not. */
ts_err ts_driver_run(struct ts_driver *driver, const struct ts_explore_config *config,
                     const struct ts_schedule *given, struct ts_diag *diag);

/* Whose callbacks are called in the runs that follow. Returns whose they were. */
struct ts_driver_listener {
    bool (*schedule)(const struct ts_driver_event *event, void *user_data);
    bool (*tick)(const struct ts_driver_progress *progress, void *user_data);
    void *user_data;
};
struct ts_driver_listener ts_driver_listen(struct ts_driver *driver,
                                           const struct ts_driver_listener *listener);

/* What the strategies have learned is forgotten: the next run begins a search. */
void ts_driver_forget(struct ts_driver *driver);

/* What driver and program share; valid until close, and to be read between runs. */
const struct ts_arena *ts_driver_arena(const struct ts_driver *driver);

void ts_driver_progress(const struct ts_driver *driver, struct ts_driver_progress *progress);

/* What the search has covered, in sentences, a line each (estimate.h). */
void ts_driver_estimate(const struct ts_driver *driver, char *text, size_t size);

/* How often the sanitizer's reports with this signature came, among those that were events. */
uint64_t ts_driver_count(const struct ts_driver *driver, const char *signature);

/* The function and source position of an address that a schedule of this program left; false, and empty
 * strings, when nobody knows. Valid until close. */
bool ts_driver_symbol(struct ts_driver *driver, const void *pc, struct ts_symbol *symbol);

/* The same as text: "queue.c:52", or "". Valid until the next call. */
const char *ts_driver_place(struct ts_driver *driver, const void *pc, const char **function);

/* Runs one schedule, that of config, in the program itself: under a debugger, whose own arguments `debugger`
 * are (NULL-terminated; the program's follow). The terminal is the debugger's. Its status as from waitpid;
 * the checksum is the schedule's, of the last time that it was run, and 0 when it came to no end. */
ts_err ts_driver_debug(const struct ts_driver_request *request, const struct ts_explore_config *config,
                       const struct ts_schedule *given, const char *const *debugger, int *status,
                       uint64_t *checksum, struct ts_diag *diag);

void ts_driver_close(struct ts_driver *driver);

/* A config with its defaults: one schedule, at random, all points. */
struct ts_explore_config ts_driver_defaults(void);

#endif

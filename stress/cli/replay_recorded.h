/*
 * A replay beside what was recorded of the schedule when it was kept: the interleaving in a file of its own
 * (reports/interleaving.h). A schedule's text has one checksum of all events, so it tells at the end that a
 * program has left it; steps tell at which one.
 *
 * What decides is what is done, by whom, on which object, in which function: of lines that have moved, and of
 * values that were read, it is told where they may be the reason.
 *
 * Threads: main thread. Ownership: load allocates, free releases. Units: steps as in --trace. Errors: what
 * cannot be read is as if it were not there.
 */
#ifndef TS_CLI_REPLAY_RECORDED_H
#define TS_CLI_REPLAY_RECORDED_H

#include "explore/driver/driver.h"
#include "reports/interleaving.h"

#include <stdio.h>

struct ts_replay_recorded {
    bool there;
    struct ts_interleaving interleaving;
};

/* The interleaving that a finding's file names, when it is that of this schedule. */
void ts_replay_recorded_load(struct ts_replay_recorded *recorded, const char *finding_path, const char *name,
                             const char *schedule);
void ts_replay_recorded_free(struct ts_replay_recorded *recorded);

/* Where a traced run first differs. */
struct ts_replay_difference {
    const struct ts_interleaving_step *other; /* was recorded, and something else was done; NULL: none was */
    int64_t other_after; /* the step recorded before it: between the two, steps were not kept */
    bool longer;         /* it went on where the recorded one had ended, after step other_after */
    uint32_t other_now;  /* index of what was done; UINT32_MAX: it had ended */
    const struct ts_interleaving_step *read; /* before that: other than what was read; NULL: nothing */
    uint64_t read_now;
    const struct ts_interleaving_step *moved; /* stood at another line; NULL: none did */
    int64_t moved_line;
};

/* True: another operation was done. */
bool ts_replay_compare(const struct ts_replay_recorded *recorded, struct ts_driver *driver,
                       const struct ts_driver_event *event, struct ts_replay_difference *difference);

/* The step, and what stood there and stands there now, some lines. */
void ts_replay_write_other(FILE *out, struct ts_driver *driver, const struct ts_driver_event *event,
                           const struct ts_replay_difference *difference);

/* "thread 1, read of object 3, at bank.c:5 in read_balance: it was 0x64, and is 0x46 now", a line. */
void ts_replay_write_read(FILE *out, const struct ts_replay_difference *difference);

#endif

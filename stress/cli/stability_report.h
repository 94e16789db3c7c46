/*
 * What a stability report is made of, found and read: records, a baseline, a score, the history.
 *
 * Threads: main thread. Ownership: open allocates, close frees, also after an error. Errors: one line on
 * stderr under the command's name, and an exit code.
 */
#ifndef TS_CLI_STABILITY_REPORT_H
#define TS_CLI_STABILITY_REPORT_H

#include "reports/stability_build.h"

struct ts_stability_sources {
    const char *const *runs; /* records, or folders with one; none: the newest under runs/ */
    size_t run_count;
    const char *baseline; /* files, or NULL */
    const char *score;
    const char
        *history; /* NULL: $TICKSTORM_HISTORY, else runs/history.db, and none where there is no such file */
    bool no_history;
};

struct ts_stability_report {
    struct ts_stability *report;
    struct ts_record **records;
    char **folders;
    size_t count;
    struct ts_baseline *baseline;
    json_t *score, *trend, *modes, *findings;
};

int ts_stability_report_open(const char *command, const struct ts_stability_sources *sources,
                             struct ts_stability_report *made);
void ts_stability_report_close(struct ts_stability_report *made);

/* The record that a name stands for: a file, or the one in a folder, the partial one where there is no other.
 */
const char *ts_stability_record_of(const char *name, char *path, size_t size);

/* The folder under runs/ whose record is the newest; false without any. */
bool ts_stability_newest_run(char *path, size_t size);

#endif

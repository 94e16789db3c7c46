/*
 * How a run shows itself on stderr while it goes on: on a terminal one line that updates and one that stays
 * for each cell; elsewhere one line for each cell and one every 10 s.
 *
 * Threads: the supervisor's events, main thread. Ownership: the caller's struct. Errors: none; progress is no
 * result.
 */
#ifndef TS_CLI_PROGRESS_H
#define TS_CLI_PROGRESS_H

#include "supervisor/supervisor.h"

struct ts_progress {
    bool quiet;
    bool terminal;
    bool colour;
    bool expects;
    size_t cells;
    int64_t for_ms;   /* of the running cell */
    int64_t shown_ns; /* when the last line was shown */
    uint64_t shown_percent;
};

void ts_progress_init(struct ts_progress *progress, bool quiet, bool expects, size_t cells);

/* Fills in the events but record_line. Their user data must be the progress. */
void ts_progress_events(struct ts_progress *progress, struct ts_run_events *events);

/* A line of the caller's own: shown when it is time for one, and gone with the next or with clear. */
void ts_progress_note(struct ts_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ts_progress_clear(struct ts_progress *progress);

/* True for a terminal that wants colours: NO_COLOR is not set. */
bool ts_terminal_colour(int file);

/* Columns of the terminal, or fallback where there is none. */
unsigned ts_terminal_columns(int file, unsigned fallback);

#endif

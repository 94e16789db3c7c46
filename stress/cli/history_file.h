/*
 * What the commands over the history share: which file it is, which records lie in a folder, how rows are
 * printed.
 *
 * Threads: main thread. Ownership: the caller closes the history and drops JSON. Errors: told on stderr under
 * the command's name, one line each; the functions return the exit code.
 */
#ifndef TS_CLI_HISTORY_FILE_H
#define TS_CLI_HISTORY_FILE_H

#include "cli/exit_code.h"
#include "reports/history_query.h"

struct ts_merged {
    int64_t runs, known, cells, lives, sightings;
    int64_t partial;
    int64_t refused;
};

#define TS_HISTORY_FILE_HELP                                                                                 \
    "  --history FILE       the database; else $TICKSTORM_HISTORY, else runs/history.db\n"

/* Opens `file`, the default when it is NULL. Without `create` it is for
 * questions only, and one that is not there is bad input. */
int ts_history_file_open(const char *command, const char *file, bool create, struct ts_history **history);

/*
 * Ingests each record in the folder (its own, else those of its sub-folders), or the record itself; adds to
 * *merged and names the partial ones on stderr. A record that is refused is told, counted and passed over.
 */
int ts_history_file_gather(const char *command, struct ts_history *history, const char *folder,
                           struct ts_merged *merged);

/* Takes in a run that has just ended. The history is an index: a run whose record is written has not failed
 * because the index did; that is told on stderr. */
void ts_history_file_index(const char *command, const char *file, const char *folder);

/* One line of JSON on stdout. */
int ts_history_file_print_json(const json_t *value);

/* "" for a member that is absent or null. */
const char *ts_history_file_text(const json_t *row, const char *name);
int64_t ts_history_file_integer(const json_t *row, const char *name);

/* The text, plain and padded to columns, then two blanks. */
void ts_history_file_cell(const char *text, int columns);

/* "3 of 10 lives, 11 to 60 %" */
void ts_history_file_share(const json_t *row, const char *k, const char *n, const char *low,
                           const char *high);

#endif

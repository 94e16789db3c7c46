#include "cli/history_file.h"

#include "cli/command.h"
#include "reports/figure.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_FILE "runs/history.db"

int ts_history_file_open(const char *command, const char *file, bool create, struct ts_history **history)
{
    struct ts_diag diag;
    const char *path = file != NULL ? file : getenv("TICKSTORM_HISTORY");
    *history = NULL;
    if (path == NULL || path[0] == '\0') {
        path = DEFAULT_FILE;
        if (create && mkdir("runs", 0777) != 0 && errno != EEXIST) {
            ts_fail_errno(&diag, errno, "make folder", "runs");
            return ts_complain(command, &diag);
        }
    }
    if (!create && access(path, F_OK) != 0) {
        ts_fail(&diag, TS_NOT_FOUND, "open history", path,
                "no history yet; make it with: tickstorm history import DIR");
        return ts_complain(command, &diag);
    }
    ts_err error = (create ? ts_history_open : ts_history_open_to_read)(path, history, &diag);
    return error == TS_OK ? TS_EXIT_OK : ts_complain(command, &diag);
}

static int ingest(const char *command, struct ts_history *history, const char *record,
                  struct ts_merged *merged)
{
    struct ts_history_counts counts;
    struct ts_diag diag;
    if (ts_history_ingest(history, record, &counts, &diag) != TS_OK) {
        merged->refused++;
        return ts_complain(command, &diag);
    }
    merged->runs += counts.runs;
    merged->known += 1 - counts.runs;
    merged->cells += counts.cells;
    merged->lives += counts.lives;
    merged->sightings += counts.sightings;
    if (!counts.whole) {
        merged->partial++;
        fprintf(stderr, "tickstorm %s: run ", command);
        ts_write_plain(stderr, counts.run);
        fprintf(stderr, " (%s) is partial: it was killed, or goes on\n", record);
    }
    return TS_EXIT_OK;
}

/* Whether the folder has a record of its own; its path. */
static bool own_record(const char *folder, char *path, size_t size)
{
    snprintf(path, size, "%s/record.jsonl", folder);
    if (access(path, F_OK) == 0) {
        return true;
    }
    snprintf(path, size, "%s/record.jsonl.partial", folder);
    return access(path, F_OK) == 0;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int ts_history_file_gather(const char *command, struct ts_history *history, const char *folder,
                           struct ts_merged *merged)
{
    char path[PATH_MAX];
    char inner[PATH_MAX];
    struct stat status;
    struct ts_diag diag;
    int code = TS_EXIT_OK;
    bool found = false;
    if (stat(folder, &status) != 0) {
        ts_fail_errno(&diag, errno, "read records", folder);
        return ts_complain(command, &diag);
    }
    if (!S_ISDIR(status.st_mode)) {
        return ingest(command, history, folder, merged);
    }
    if (own_record(folder, path, sizeof path)) {
        code = ingest(command, history, path, merged);
        found = true;
    }
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, not_hidden, alphasort);
    if (count < 0) {
        ts_fail_errno(&diag, errno, "read records", folder);
        return ts_complain(command, &diag);
    }
    for (int i = 0; i < count; i++) {
        int length = snprintf(inner, sizeof inner, "%s/%s", folder, entries[i]->d_name);
        if (length > 0 && (size_t)length < sizeof inner && own_record(inner, path, sizeof path)) {
            int own_code = ingest(command, history, path, merged);
            code = code == TS_EXIT_OK ? own_code : code;
            found = true;
        }
        free(entries[i]);
    }
    free(entries);
    if (!found) {
        ts_fail(&diag, TS_NOT_FOUND, "read records", folder, "no record.jsonl here or one folder below");
        return ts_complain(command, &diag);
    }
    return code;
}

int ts_history_file_print_json(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (text == NULL) {
        return TS_EXIT_INTERNAL;
    }
    puts(text);
    free(text);
    return TS_EXIT_OK;
}

const char *ts_history_file_text(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));
    return text == NULL ? "" : text;
}

int64_t ts_history_file_integer(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

void ts_history_file_cell(const char *text, int columns)
{
    int length = (int)strnlen(text, 1000);
    ts_write_plain(stdout, text);
    printf("%*s", (length < columns ? columns - length : 0) + 2, "");
}

void ts_history_file_share(const json_t *row, const char *k, const char *n, const char *low, const char *high)
{
    struct ts_figure from;
    struct ts_figure to;
    int64_t lives = ts_history_file_integer(row, n);
    if (lives == 0) {
        printf("no lives");
        return;
    }
    printf("%" PRId64 " of %" PRId64 " lives, %s to %s %%", ts_history_file_integer(row, k), lives,
           ts_figure_percent(&from, json_real_value(json_object_get(row, low))),
           ts_figure_percent_above(&to, json_real_value(json_object_get(row, high))));
}

void ts_history_file_index(const char *command, const char *file, const char *folder)
{
    struct ts_history *history;
    struct ts_history_counts counts;
    struct ts_diag diag;
    bool taken = ts_history_file_open(command, file, true, &history) == TS_EXIT_OK;
    if (taken && ts_history_ingest(history, folder, &counts, &diag) != TS_OK) {
        ts_complain(command, &diag);
        taken = false;
    }
    if (!taken) {
        fprintf(stderr, "the record is whole: tickstorm history import %s\n", folder);
    }
    ts_history_close(history);
}

/* Runs and where they lie. */
#include "reports/site_parts.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define ENTRIES_MAX    20000 /* of a folder that are looked at */
#define HEAD_MAX_BYTES ((size_t)256 << 10)
/* Others wait while a page is made: some three seconds of reading. */
#define RECORD_MAX_BYTES ((off_t)128 << 20)

static const char growing[] = "record.jsonl.partial", ended[] = "record.jsonl";

/* The run line of a record, NULL when it has none that is whole. */
static json_t *read_head(const char *path)
{
    json_t *head = NULL;
    char *line = malloc(HEAD_MAX_BYTES);
    FILE *in = line != NULL ? fopen(path, "re") : NULL;
    if (in != NULL) {
        size_t size = fread(line, 1, HEAD_MAX_BYTES, in);
        const char *end = memchr(line, '\n', size);
        head = end != NULL ? json_loadb(line, (size_t)(end - line), 0, NULL) : NULL;
        fclose(in);
    }
    free(line);
    return head;
}

static bool read_live(const char *folder, struct ts_site_live *live)
{
    char path[PATH_MAX + 32];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folder, growing);
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    json_t *head = read_head(path);
    const char *id = ts_site_text(head, "id");
    bool known = ts_site_is_id(id);
    if (known) {
        snprintf(live->id, sizeof live->id, "%s", id);
        snprintf(live->folder, sizeof live->folder, "%s", folder);
        snprintf(live->kind, sizeof live->kind, "%s", ts_site_text(head, "kind"));
        snprintf(live->started, sizeof live->started, "%s", ts_site_text(head, "started"));
        live->quiet_s = (int64_t)(time(NULL) - status.st_mtime);
    }
    json_decref(head);
    return known;
}

static int by_start(const void *a, const void *b)
{
    const struct ts_site_live *x = a, *y = b;
    int order = strcmp(y->started, x->started);
    return order != 0 ? order : strcmp(x->id, y->id);
}

size_t ts_site_live(const struct ts_website *site, struct ts_site_live *live, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < site->folder_count; i++) {
        DIR *folder = opendir(site->folders[i]);
        const struct dirent *entry;
        if (count < max && read_live(site->folders[i], &live[count])) {
            count++; /* a run's own folder was given */
        }
        for (int seen = 0;
             folder != NULL && count < max && seen < ENTRIES_MAX && (entry = readdir(folder)) != NULL;
             seen++) {
            char path[PATH_MAX];
            int length = snprintf(path, sizeof path, "%s/%s", site->folders[i], entry->d_name);
            if (entry->d_name[0] != '.' && length < (int)sizeof path && read_live(path, &live[count])) {
                count++;
            }
        }
        if (folder != NULL) {
            closedir(folder);
        }
    }
    qsort(live, count, sizeof *live, by_start);
    return count;
}

static bool known_to_history(const struct ts_website *site, const char *id, char folder[PATH_MAX])
{
    struct ts_history *history = NULL;
    struct ts_diag diag;
    json_t *rows = NULL;
    bool found = false;
    if (ts_history_open_to_read(site->history, &history, &diag) == TS_OK &&
        ts_history_run_folder(history, id, &rows, &diag) == TS_OK && json_array_size(rows) == 1) {
        snprintf(folder, PATH_MAX, "%s", ts_site_text(json_array_get(rows, 0), "folder"));
        found = folder[0] != '\0';
    }
    json_decref(rows);
    ts_history_close(history);
    return found;
}

bool ts_site_folder(const struct ts_website *site, const char *id, char folder[PATH_MAX])
{
    struct ts_site_live *live = calloc(TS_SITE_RUNS_MAX, sizeof *live);
    size_t count = live != NULL ? ts_site_live(site, live, TS_SITE_RUNS_MAX) : 0;
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        found = strcmp(live[i].id, id) == 0;
        if (found) {
            snprintf(folder, PATH_MAX, "%s", live[i].folder);
        }
    }
    free(live);
    return found || known_to_history(site, id, folder);
}

struct ts_record *ts_site_record(const char *folder, bool *grows, struct ts_diag *diag)
{
    struct ts_record *record = NULL;
    char path[PATH_MAX + 32];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folder, ended);
    *grows = stat(path, &status) != 0;
    if (*grows) {
        snprintf(path, sizeof path, "%s/%s", folder, growing);
    }
    if (*grows && stat(path, &status) != 0) {
        ts_fail(diag, TS_NOT_FOUND, "read record", folder, "its folder holds none any more");
    } else if (!S_ISREG(status.st_mode)) {
        ts_fail(diag, TS_INVALID, "read record", path, "it is no file");
    } else if (status.st_size > RECORD_MAX_BYTES) {
        ts_fail(diag, TS_LIMIT, "read record", path, "too large for a page: use tickstorm report");
    } else {
        (void)ts_record_load(path, &record, diag);
    }
    return record;
}

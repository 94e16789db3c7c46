#include "reports/json_lines.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#define BUNCHES     8
#define BUNCH_LINES 64
#define BUNCH_BYTES ((size_t)256 << 10) /* it ends with the line that reaches them */
#define KEPT_BYTES  ((size_t)64 << 10)  /* room of a line that is not given back */

enum state {
    EMPTY,   /* the caller's, to be filled; its values are of lines that were used */
    FILLED,  /* nobody's: whoever comes first parses it */
    PARSING, /* of who parses it */
    PARSED   /* the caller's */
};

struct bunch {
    enum state state;
    size_t count;
    char *texts[BUNCH_LINES];
    size_t rooms[BUNCH_LINES];
    size_t lengths[BUNCH_LINES];
    json_t *values[BUNCH_LINES];
};

struct ts_json_lines {
    FILE *file;
    const char *path;
    struct bunch bunches[BUNCHES];
    size_t filled;         /* bunches so far; the next one to fill is at this, modulo BUNCHES */
    size_t used;           /* of these, those whose lines were all handed out */
    size_t at;             /* next line of the bunch that is being handed out */
    bool handing;          /* there is one */
    bool ended;            /* the file, or its reading */
    int read_errno;        /* 0: at the file's end */
    pthread_mutex_t mutex; /* over the bunches' states and stop */
    pthread_cond_t to_parse, parsed;
    pthread_t helpers[TS_JSON_LINES_HELPERS];
    size_t helper_count;
    bool helped; /* it was tried to start helpers */
    bool stop;
};

json_t *ts_json_lines_parse(const char *text, size_t length, json_error_t *error)
{
    return json_loadb(text, length, JSON_REJECT_DUPLICATES, error);
}

/* Values of lines that were used are given back here, and not by the caller, who has enough to do. */
static void parse(struct bunch *bunch)
{
    for (size_t i = 0; i < BUNCH_LINES; i++) {
        json_decref(bunch->values[i]);
        bunch->values[i] =
            i < bunch->count ? ts_json_lines_parse(bunch->texts[i], bunch->lengths[i], NULL) : NULL;
    }
}

/* The oldest that waits to be parsed, taken; NULL: none. Under the mutex. */
static struct bunch *take_filled(struct ts_json_lines *lines)
{
    for (size_t i = lines->used; i < lines->filled; i++) {
        struct bunch *bunch = &lines->bunches[i % BUNCHES];
        if (bunch->state == FILLED) {
            bunch->state = PARSING;
            return bunch;
        }
    }
    return NULL;
}

/* Parses one that was taken, without the mutex meanwhile. */
static void parse_taken(struct ts_json_lines *lines, struct bunch *bunch)
{
    pthread_mutex_unlock(&lines->mutex);
    parse(bunch);
    pthread_mutex_lock(&lines->mutex);
    bunch->state = PARSED;
    pthread_cond_signal(&lines->parsed);
}

static void *help(void *user_data)
{
    struct ts_json_lines *lines = user_data;
    pthread_mutex_lock(&lines->mutex);
    while (!lines->stop) {
        struct bunch *bunch = take_filled(lines);
        if (bunch != NULL) {
            parse_taken(lines, bunch);
        } else {
            pthread_cond_wait(&lines->to_parse, &lines->mutex);
        }
    }
    pthread_mutex_unlock(&lines->mutex);
    return NULL;
}

static void start_helpers(struct ts_json_lines *lines)
{
    cpu_set_t processors;
    int ours = sched_getaffinity(0, sizeof processors, &processors) == 0 ? CPU_COUNT(&processors) : 1;
    lines->helped = true;
    while (lines->helper_count < TS_JSON_LINES_HELPERS && (int)lines->helper_count + 1 < ours &&
           pthread_create(&lines->helpers[lines->helper_count], NULL, help, lines) == 0) {
        lines->helper_count++;
    }
}

/* As many lines as it takes; none: the file has ended. */
static void fill(struct ts_json_lines *lines, struct bunch *bunch)
{
    size_t bytes = 0;
    bunch->count = 0;
    while (bunch->count < BUNCH_LINES && bytes < BUNCH_BYTES) {
        size_t at = bunch->count;
        if (bunch->rooms[at] > KEPT_BYTES) {
            free(bunch->texts[at]);
            bunch->texts[at] = NULL;
            bunch->rooms[at] = 0;
        }
        errno = 0;
        ssize_t length = getline(&bunch->texts[at], &bunch->rooms[at], lines->file);
        if (length <= 0) {
            lines->ended = true;
            lines->read_errno = feof(lines->file) ? 0 : errno != 0 ? errno : EIO;
            return;
        }
        bunch->lengths[at] = (size_t)length;
        bytes += (size_t)length;
        bunch->count++;
    }
}

static void fill_empty(struct ts_json_lines *lines)
{
    while (!lines->ended && lines->filled - lines->used < BUNCHES) {
        struct bunch *bunch = &lines->bunches[lines->filled % BUNCHES];
        fill(lines, bunch);
        if (bunch->count == 0) {
            return;
        }
        pthread_mutex_lock(&lines->mutex);
        bunch->state = FILLED;
        lines->filled++;
        pthread_cond_signal(&lines->to_parse);
        pthread_mutex_unlock(&lines->mutex);
        if (!lines->ended && !lines->helped) {
            start_helpers(lines);
        }
    }
}

/* The bunch that comes next, parsed; the caller parses, too, as long as there is something to parse. */
static void await(struct ts_json_lines *lines, const struct bunch *wanted)
{
    pthread_mutex_lock(&lines->mutex);
    while (wanted->state != PARSED) {
        struct bunch *bunch = take_filled(lines);
        if (bunch != NULL) {
            parse_taken(lines, bunch);
        } else {
            pthread_cond_wait(&lines->parsed, &lines->mutex);
        }
    }
    pthread_mutex_unlock(&lines->mutex);
}

static void use_up(struct ts_json_lines *lines)
{
    pthread_mutex_lock(&lines->mutex);
    lines->bunches[lines->used % BUNCHES].state = EMPTY;
    lines->used++;
    pthread_mutex_unlock(&lines->mutex);
    lines->handing = false;
}

ts_err ts_json_lines_open(const char *path, struct ts_json_lines **opened, struct ts_diag *diag)
{
    *opened = NULL;
    struct ts_json_lines *lines = calloc(1, sizeof *lines);
    if (lines == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "read record", path, "out of memory");
    }
    lines->path = path;
    lines->file = fopen(path, "re");
    if (lines->file == NULL) {
        ts_err error = ts_fail_errno(diag, errno, "read record", path);
        free(lines);
        return error;
    }
    pthread_mutex_init(&lines->mutex, NULL); /* with default attributes none of the three fails */
    pthread_cond_init(&lines->to_parse, NULL);
    pthread_cond_init(&lines->parsed, NULL);
    *opened = lines;
    return TS_OK;
}

bool ts_json_lines_next(struct ts_json_lines *lines, struct ts_json_line *line, ts_err *error,
                        struct ts_diag *diag)
{
    if (lines->handing && lines->at == lines->bunches[lines->used % BUNCHES].count) {
        use_up(lines);
    }
    if (!lines->handing) {
        fill_empty(lines);
        if (lines->used == lines->filled) {
            if (lines->read_errno != 0) {
                *error = ts_fail_errno(diag, lines->read_errno, "read record", lines->path);
            }
            return false;
        }
        await(lines, &lines->bunches[lines->used % BUNCHES]);
        lines->handing = true;
        lines->at = 0;
    }
    const struct bunch *bunch = &lines->bunches[lines->used % BUNCHES];
    *line =
        (struct ts_json_line){bunch->texts[lines->at], bunch->lengths[lines->at], bunch->values[lines->at]};
    lines->at++;
    return true;
}

void ts_json_lines_close(struct ts_json_lines *lines)
{
    if (lines == NULL) {
        return;
    }
    pthread_mutex_lock(&lines->mutex);
    lines->stop = true;
    pthread_cond_broadcast(&lines->to_parse);
    pthread_mutex_unlock(&lines->mutex);
    for (size_t i = 0; i < lines->helper_count; i++) {
        pthread_join(lines->helpers[i], NULL);
    }
    pthread_cond_destroy(&lines->parsed);
    pthread_cond_destroy(&lines->to_parse);
    pthread_mutex_destroy(&lines->mutex);
    for (size_t i = 0; i < BUNCHES; i++) {
        for (size_t j = 0; j < BUNCH_LINES; j++) {
            json_decref(lines->bunches[i].values[j]);
            free(lines->bunches[i].texts[j]);
        }
    }
    fclose(lines->file);
    free(lines);
}

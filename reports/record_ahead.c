#include "reports/record_ahead.h"

#include "reports/input_file.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define BUNCHES     8
#define BUNCH_LINES 64
#define BUNCH_BYTES ((size_t)256 << 10) /* it ends with the line that reaches them */
#define KEPT_BYTES  ((size_t)64 << 10)  /* room of a line that is not given back */

enum state {
    EMPTY,  /* the caller's, to be filled */
    FILLED, /* nobody's: whoever comes first binds it */
    TAKEN,  /* of who binds it */
    BOUND   /* the caller's, to be handed out */
};

struct bunch {
    enum state state;
    size_t first; /* number of its first line, from 1 */
    size_t count;
    char *texts[BUNCH_LINES];
    size_t rooms[BUNCH_LINES];
    size_t lengths[BUNCH_LINES];
    struct ts_record_any_line lines[BUNCH_LINES];
};

struct helper {
    pthread_t thread;
    struct ts_record *memory; /* what its lines point to; the record's in the end */
    struct ts_record_ahead *ahead;
};

struct ts_record_ahead {
    FILE *file;
    const char *path;
    struct ts_record *record; /* the caller's, with the memory of the lines that it binds */
    struct bunch bunches[BUNCHES];
    size_t line_count;
    size_t filled;         /* bunches so far; the next one to fill is at this, modulo BUNCHES */
    size_t used;           /* of these, those whose lines were all handed out */
    size_t at;             /* next line of the bunch that is being handed out */
    bool handing;          /* there is one */
    bool ended;            /* the file, or its reading */
    int read_errno;        /* 0: at the file's end */
    pthread_mutex_t mutex; /* over the bunches' states, filled, used and stop */
    pthread_cond_t to_bind, bound;
    struct helper helpers[TS_RECORD_HELPERS];
    size_t helper_count;
    bool helped; /* it was tried to start helpers */
    bool stop;
};

/* --- a line --- */

static const struct {
    const char *name;
    enum ts_record_line_type type;
    const struct ts_record_shape *shape;
} types[] = {
    {"life", TS_RECORD_LINE_LIFE, &ts_record_life_shape},
    {"cell", TS_RECORD_LINE_CELL, &ts_record_cell_shape},
    {"finding", TS_RECORD_LINE_FINDING, &ts_record_finding_shape},
    {"run", TS_RECORD_LINE_RUN, &ts_record_run_shape},
    {"resume", TS_RECORD_LINE_RESUME, &ts_record_resume_shape},
    {"end", TS_RECORD_LINE_END, &ts_record_end_shape},
};

/* The number is judged before the members: another format may well have others. */
static ts_err check_format(const json_t *object, const struct ts_record_place *place)
{
    const json_t *format = json_object_get(object, "format");
    return json_is_integer(format) && json_integer_value(format) != TS_RECORD_FORMAT
               ? ts_fail(place->diag, TS_MISMATCH, "read record", place->path,
                         "line %zu: format %lld, this reader knows format %d", place->line,
                         (long long)json_integer_value(format), TS_RECORD_FORMAT)
               : TS_OK;
}

static ts_err bind_object(struct ts_record *memory, const json_t *object, struct ts_record_any_line *line,
                          const struct ts_record_place *place)
{
    const char *name = json_string_value(json_object_get(object, "type"));
    line->type = name == NULL ? TS_RECORD_LINE_NONE : TS_RECORD_LINE_UNKNOWN;
    for (size_t i = 0; name != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(name, types[i].name) == 0) {
            line->type = types[i].type;
            ts_err err = line->type == TS_RECORD_LINE_RUN ? check_format(object, place) : TS_OK;
            return err != TS_OK ? err : ts_record_bind(memory, object, types[i].shape, &line->run, place);
        }
    }
    return TS_OK;
}

static void bind_line(struct ts_record *memory, const char *text, size_t length,
                      struct ts_record_any_line *line, struct ts_record_place place)
{
    json_error_t error;
    memset(line, 0, sizeof *line);
    place.diag = &line->diag;
    line->whole = text[length - 1] == '\n';
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (object != NULL) {
        line->err = bind_object(memory, object, line, &place);
    } else if (json_error_code(&error) == json_error_out_of_memory) {
        line->err = ts_fail(&line->diag, TS_NO_MEMORY, "read record", place.path, "line %zu: out of memory",
                            place.line);
    } else {
        line->err = ts_fail(&line->diag, TS_MALFORMED, "read record", place.path, "line %zu, column %d: %s",
                            place.line, error.column, error.text);
    }
    json_decref(object);
}

/* --- bunches --- */

/* The oldest that waits to be bound, taken; NULL: none. Under the mutex. */
static struct bunch *take_filled(struct ts_record_ahead *ahead)
{
    for (size_t i = ahead->used; i < ahead->filled; i++) {
        struct bunch *bunch = &ahead->bunches[i % BUNCHES];
        if (bunch->state == FILLED) {
            bunch->state = TAKEN;
            return bunch;
        }
    }
    return NULL;
}

/* Binds one that was taken, without the mutex meanwhile. */
static void bind_taken(struct ts_record_ahead *ahead, struct bunch *bunch, struct ts_record *memory)
{
    pthread_mutex_unlock(&ahead->mutex);
    for (size_t i = 0; i < bunch->count; i++) {
        bind_line(memory, bunch->texts[i], bunch->lengths[i], &bunch->lines[i],
                  (struct ts_record_place){.path = ahead->path, .line = bunch->first + i});
    }
    pthread_mutex_lock(&ahead->mutex);
    bunch->state = BOUND;
    pthread_cond_signal(&ahead->bound);
}

static void *help(void *user_data)
{
    const struct helper *helper = user_data;
    struct ts_record_ahead *ahead = helper->ahead;
    pthread_mutex_lock(&ahead->mutex);
    while (!ahead->stop) {
        struct bunch *bunch = take_filled(ahead);
        if (bunch != NULL) {
            bind_taken(ahead, bunch, helper->memory);
        } else {
            pthread_cond_wait(&ahead->to_bind, &ahead->mutex);
        }
    }
    pthread_mutex_unlock(&ahead->mutex);
    return NULL;
}

static bool start_helper(struct ts_record_ahead *ahead)
{
    struct helper *helper = &ahead->helpers[ahead->helper_count];
    *helper = (struct helper){.memory = calloc(1, sizeof *helper->memory), .ahead = ahead};
    if (helper->memory == NULL || pthread_create(&helper->thread, NULL, help, helper) != 0) {
        ts_record_free(helper->memory);
        return false;
    }
    ahead->helper_count++;
    return true;
}

static void start_helpers(struct ts_record_ahead *ahead)
{
    cpu_set_t processors;
    int ours = sched_getaffinity(0, sizeof processors, &processors) == 0 ? CPU_COUNT(&processors) : 1;
    ahead->helped = true;
    while (ahead->helper_count < TS_RECORD_HELPERS && (int)ahead->helper_count + 1 < ours &&
           start_helper(ahead)) {
    }
}

/* As many lines as it takes; none: the file has ended. */
static void fill(struct ts_record_ahead *ahead, struct bunch *bunch)
{
    size_t bytes = 0;
    bunch->count = 0;
    bunch->first = ahead->line_count + 1;
    while (bunch->count < BUNCH_LINES && bytes < BUNCH_BYTES) {
        size_t at = bunch->count;
        if (bunch->rooms[at] > KEPT_BYTES) {
            free(bunch->texts[at]);
            bunch->texts[at] = NULL;
            bunch->rooms[at] = 0;
        }
        errno = 0;
        ssize_t length = getline(&bunch->texts[at], &bunch->rooms[at], ahead->file);
        if (length <= 0) {
            ahead->ended = true;
            ahead->read_errno = feof(ahead->file) ? 0 : errno != 0 ? errno : EIO;
            return;
        }
        bunch->lengths[at] = (size_t)length;
        bytes += (size_t)length;
        bunch->count++;
        ahead->line_count++;
    }
}

static void fill_empty(struct ts_record_ahead *ahead)
{
    while (!ahead->ended && ahead->filled - ahead->used < BUNCHES) {
        struct bunch *bunch = &ahead->bunches[ahead->filled % BUNCHES];
        fill(ahead, bunch);
        if (bunch->count == 0) {
            return;
        }
        pthread_mutex_lock(&ahead->mutex);
        bunch->state = FILLED;
        ahead->filled++;
        pthread_cond_signal(&ahead->to_bind);
        pthread_mutex_unlock(&ahead->mutex);
        if (!ahead->ended && !ahead->helped) {
            start_helpers(ahead);
        }
    }
}

/* The bunch that comes next, bound; the caller binds, too, as long as there is something to bind. */
static void await(struct ts_record_ahead *ahead, const struct bunch *wanted)
{
    pthread_mutex_lock(&ahead->mutex);
    while (wanted->state != BOUND) {
        struct bunch *bunch = take_filled(ahead);
        if (bunch != NULL) {
            bind_taken(ahead, bunch, ahead->record);
        } else {
            pthread_cond_wait(&ahead->bound, &ahead->mutex);
        }
    }
    pthread_mutex_unlock(&ahead->mutex);
}

static void use_up(struct ts_record_ahead *ahead)
{
    pthread_mutex_lock(&ahead->mutex);
    ahead->bunches[ahead->used % BUNCHES].state = EMPTY;
    ahead->used++;
    pthread_mutex_unlock(&ahead->mutex);
    ahead->handing = false;
}

/* --- for the caller --- */

ts_err ts_record_ahead_open(const char *path, struct ts_record *record, struct ts_record_ahead **opened,
                            struct ts_diag *diag)
{
    *opened = NULL;
    struct ts_record_ahead *ahead = calloc(1, sizeof *ahead);
    if (ahead == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "read record", path, "out of memory");
    }
    ahead->path = path;
    ahead->record = record;
    ts_err error = ts_input_open(path, "read record", &ahead->file, diag);
    if (error != TS_OK) {
        free(ahead);
        return error;
    }
    pthread_mutex_init(&ahead->mutex, NULL); /* with default attributes none of the three fails */
    pthread_cond_init(&ahead->to_bind, NULL);
    pthread_cond_init(&ahead->bound, NULL);
    *opened = ahead;
    return TS_OK;
}

const struct ts_record_any_line *ts_record_ahead_next(struct ts_record_ahead *ahead, ts_err *error,
                                                      struct ts_diag *diag)
{
    if (ahead->handing && ahead->at == ahead->bunches[ahead->used % BUNCHES].count) {
        use_up(ahead);
    }
    if (!ahead->handing) {
        fill_empty(ahead);
        if (ahead->used == ahead->filled) {
            if (ahead->read_errno != 0) {
                *error = ts_fail_errno(diag, ahead->read_errno, "read record", ahead->path);
            }
            return NULL;
        }
        await(ahead, &ahead->bunches[ahead->used % BUNCHES]);
        ahead->handing = true;
        ahead->at = 0;
    }
    return &ahead->bunches[ahead->used % BUNCHES].lines[ahead->at++];
}

void ts_record_ahead_close(struct ts_record_ahead *ahead)
{
    if (ahead == NULL) {
        return;
    }
    pthread_mutex_lock(&ahead->mutex);
    ahead->stop = true;
    pthread_cond_broadcast(&ahead->to_bind);
    pthread_mutex_unlock(&ahead->mutex);
    for (size_t i = 0; i < ahead->helper_count; i++) {
        pthread_join(ahead->helpers[i].thread, NULL);
        ts_record_adopt(ahead->record, ahead->helpers[i].memory);
    }
    pthread_cond_destroy(&ahead->bound);
    pthread_cond_destroy(&ahead->to_bind);
    pthread_mutex_destroy(&ahead->mutex);
    for (size_t i = 0; i < BUNCHES; i++) {
        for (size_t j = 0; j < BUNCH_LINES; j++) {
            free(ahead->bunches[i].texts[j]);
        }
    }
    fclose(ahead->file);
    free(ahead);
}

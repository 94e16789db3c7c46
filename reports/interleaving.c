#include "reports/interleaving.h"

#include "reports/input_file.h"
#include "reports/json_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)1 << 20) /* of the head: a schedule and its ordering */

static const char *const mark_names[] = {"done", "stopped", "stuck"};

/* --- writing --- */

static void set_number(json_t *object, const char *name, int64_t value, int64_t usual)
{
    if (value != usual) {
        json_object_set_new(object, name, json_integer((json_int_t)value));
    }
}

static void set_flag(json_t *object, const char *name, bool value)
{
    if (value) {
        json_object_set_new(object, name, json_true());
    }
}

static void set_text(json_t *object, const char *name, const char *value)
{
    if (value[0] != '\0') {
        json_object_set_new(object, name, ts_json_text("%s", value));
    }
}

static bool write_line(json_t *object, FILE *out)
{
    bool good = object != NULL && json_dumpf(object, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;
    json_decref(object);
    return good;
}

static json_t *head_json(const struct ts_interleaving *interleaving)
{
    json_t *object =
        json_pack("{ss si sI sI sI}", "type", "interleaving", "format", TS_INTERLEAVING_FORMAT, "threads",
                  (json_int_t)interleaving->threads, "steps", (json_int_t)interleaving->step_count,
                  "preemptions", (json_int_t)interleaving->preemptions);
    if (object != NULL) {
        set_text(object, "schedule", interleaving->schedule);
        set_text(object, "end", interleaving->end);
        set_text(object, "ordering", interleaving->ordering);
    }
    return object;
}

static json_t *step_json(const struct ts_interleaving_step *step)
{
    json_t *object = json_pack("{sI sI}", "step", (json_int_t)step->step, "thread", (json_int_t)step->thread);
    if (object == NULL) {
        return NULL;
    }
    set_text(object, "mark", step->mark == TS_INTERLEAVING_DONE ? "" : mark_names[step->mark]);
    set_number(object, "event", step->event, 0);
    set_text(object, "operation", step->operation);
    set_number(object, "object", step->object, 0);
    set_text(object, "function", step->function);
    set_text(object, "file", step->file);
    set_number(object, "line", step->line, 0);
    set_flag(object, "waited", step->waited);
    set_number(object, "holder", step->holder, TS_INTERLEAVING_NOBODY);
    set_number(object, "opener", step->opener, 0);
    set_flag(object, "timed", step->timed);
    set_flag(object, "picked", step->picked);
    set_flag(object, "named", step->named);
    set_number(object, "choice", step->choice, 0);
    if (step->has_value) {
        json_object_set_new(object, "value", json_sprintf("0x%" PRIx64, step->value));
    }
    return object;
}

ts_err ts_interleaving_write(const struct ts_interleaving *interleaving, FILE *out, struct ts_diag *diag)
{
    errno = 0;
    bool good = write_line(head_json(interleaving), out);
    for (size_t i = 0; good && i < interleaving->count; i++) {
        good = write_line(step_json(&interleaving->steps[i]), out);
    }
    return good ? TS_OK : ts_fail_errno(diag, errno != 0 ? errno : ENOMEM, "write interleaving", "");
}

/* --- reading --- */

struct loading {
    const char *path;
    struct ts_interleaving *into;
    json_t *lines; /* keeps the strings */
    size_t room;
    int line;
    struct ts_diag *diag;
};

static ts_err malformed(const struct loading *loading, const char *what)
{
    return ts_fail(loading->diag, TS_MALFORMED, "read interleaving", loading->path, "line %d: %s",
                   loading->line, what);
}

/* Absent members have their usual value; those of another type make the line malformed. */
static bool take_number(const json_t *object, const char *name, int64_t usual, int64_t least, int64_t most,
                        int64_t *value)
{
    const json_t *member = json_object_get(object, name);
    *value = member == NULL ? usual : json_integer_value(member);
    return member == NULL || (json_is_integer(member) && *value >= least && *value <= most);
}

static bool take_flag(const json_t *object, const char *name, bool *value)
{
    const json_t *member = json_object_get(object, name);
    *value = json_is_true(member);
    return member == NULL || json_is_boolean(member);
}

static bool take_text(const json_t *object, const char *name, const char **value)
{
    const json_t *member = json_object_get(object, name);
    *value = member == NULL ? "" : json_string_value(member);
    return *value != NULL;
}

static bool take_value(const json_t *object, struct ts_interleaving_step *step)
{
    const json_t *member = json_object_get(object, "value");
    const char *text = json_string_value(member);
    char *end = NULL;
    step->has_value = text != NULL && strncmp(text, "0x", 2) == 0;
    errno = 0;
    step->value = step->has_value ? strtoull(text, &end, 16) : 0;
    return member == NULL || (step->has_value && text[2] != '\0' && isxdigit((unsigned char)text[2]) &&
                              *end == '\0' && errno == 0);
}

static bool take_mark(const json_t *object, enum ts_interleaving_mark *mark)
{
    const char *name;
    bool known = take_text(object, "mark", &name) && name[0] == '\0';
    *mark = TS_INTERLEAVING_DONE;
    for (size_t i = 0; !known && name != NULL && i < sizeof mark_names / sizeof *mark_names; i++) {
        known = strcmp(name, mark_names[i]) == 0;
        *mark = (enum ts_interleaving_mark)i;
    }
    return known;
}

static ts_err take_head(const struct loading *loading, const json_t *object)
{
    struct ts_interleaving *into = loading->into;
    const char *type;
    int64_t format;
    if (!take_text(object, "type", &type) || strcmp(type, "interleaving") != 0) {
        return malformed(loading, "not the head of an interleaving");
    }
    if (!take_number(object, "format", 0, 0, INT64_MAX, &format) || format != TS_INTERLEAVING_FORMAT) {
        return ts_fail(loading->diag, TS_MISMATCH, "read interleaving", loading->path, "format is not %d",
                       TS_INTERLEAVING_FORMAT);
    }
    bool good = take_number(object, "threads", 0, 0, TS_INTERLEAVING_THREADS_MAX, &into->threads) &&
                take_number(object, "steps", 0, 0, INT64_MAX, &into->step_count) &&
                take_number(object, "preemptions", 0, 0, INT64_MAX, &into->preemptions) &&
                take_text(object, "schedule", &into->schedule) && take_text(object, "end", &into->end) &&
                take_text(object, "ordering", &into->ordering);
    return good ? TS_OK : malformed(loading, "a member has a wrong type or value");
}

static ts_err take_step(struct loading *loading, const json_t *object)
{
    struct ts_interleaving *into = loading->into;
    int64_t threads = TS_INTERLEAVING_THREADS_MAX - 1;
    if (into->count == TS_INTERLEAVING_STEPS_MAX) {
        return ts_fail(loading->diag, TS_LIMIT, "read interleaving", loading->path, "more than %d steps",
                       TS_INTERLEAVING_STEPS_MAX);
    }
    if (into->count == loading->room) {
        loading->room = loading->room * 2 + 64;
        void *grown = reallocarray(into->steps, loading->room, sizeof *into->steps);
        if (grown == NULL) {
            return ts_fail(loading->diag, TS_NO_MEMORY, "read interleaving", loading->path, "no memory");
        }
        into->steps = grown;
    }
    struct ts_interleaving_step *step = &into->steps[into->count];
    bool good = json_object_get(object, "step") != NULL &&
                take_number(object, "step", 0, 0, INT64_MAX, &step->step) &&
                take_number(object, "thread", -1, 0, threads, &step->thread) && step->thread >= 0 &&
                take_number(object, "event", 0, 0, INT64_MAX, &step->event) &&
                take_mark(object, &step->mark) && take_text(object, "operation", &step->operation) &&
                take_number(object, "object", 0, 0, INT64_MAX, &step->object) &&
                take_text(object, "function", &step->function) && take_text(object, "file", &step->file) &&
                take_number(object, "line", 0, 0, INT64_MAX, &step->line) &&
                take_flag(object, "waited", &step->waited) &&
                take_number(object, "holder", TS_INTERLEAVING_NOBODY, 0, threads, &step->holder) &&
                take_number(object, "opener", 0, 0, INT64_MAX, &step->opener) &&
                take_flag(object, "timed", &step->timed) && take_flag(object, "picked", &step->picked) &&
                take_flag(object, "named", &step->named) &&
                take_number(object, "choice", 0, 0, INT64_MAX, &step->choice) && take_value(object, step);
    into->count += good;
    return good ? TS_OK : malformed(loading, "a member is missing, or has a wrong type or value");
}

static ts_err take_line(struct loading *loading, const char *text, size_t size)
{
    json_error_t problem;
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(object) || json_array_append_new(loading->lines, object) != 0) {
        json_decref(object);
        return malformed(loading, "not a JSON object");
    }
    return loading->line == 1 ? take_head(loading, object) : take_step(loading, object);
}

static ts_err read_lines(struct loading *loading, FILE *in)
{
    char *text = NULL;
    size_t size = 0;
    ssize_t length = 0;
    ts_err error = TS_OK;
    while (error == TS_OK && (length = getline(&text, &size, in)) > 0) {
        loading->line++;
        error = (size_t)length > LINE_MAX_BYTES ? ts_fail(loading->diag, TS_LIMIT, "read interleaving",
                                                          loading->path, "line %d is too long", loading->line)
                                                : take_line(loading, text, (size_t)length);
    }
    if (error == TS_OK && ferror(in)) {
        error = ts_fail_errno(loading->diag, errno, "read interleaving", loading->path);
    }
    if (error == TS_OK && loading->line == 0) {
        error = malformed(loading, "the file is empty");
    }
    free(text);
    return error;
}

ts_err ts_interleaving_load(const char *path, struct ts_interleaving *interleaving, struct ts_diag *diag)
{
    struct loading loading = {.path = path, .into = interleaving, .lines = json_array(), .diag = diag};
    *interleaving =
        (struct ts_interleaving){.schedule = "", .end = "", .ordering = "", .owned = loading.lines};
    FILE *in = NULL;
    ts_err error = ts_input_open(path, "read interleaving", &in, diag);
    if (error == TS_OK) {
        error = read_lines(&loading, in);
        fclose(in);
    }
    if (error != TS_OK) {
        ts_interleaving_free(interleaving);
    }
    return error;
}

void ts_interleaving_free(struct ts_interleaving *interleaving)
{
    free(interleaving->steps);
    json_decref(interleaving->owned);
    *interleaving = (struct ts_interleaving){.schedule = "", .end = "", .ordering = ""};
}

/* A score's files in JSON. */
#include "score/score_write.h"
#include "supervisor/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT 1

static ts_err dump(json_t *object, const char *path, struct ts_diag *diag)
{
    char partial[PATH_MAX + 16];
    snprintf(partial, sizeof partial, "%s.partial", path);
    if (object == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "write score", path, "no memory");
    }
    errno = 0;
    int status = json_dump_file(object, partial, JSON_INDENT(1));
    json_decref(object);
    if (status != 0 || rename(partial, path) != 0) {
        return ts_fail_errno(diag, errno != 0 ? errno : EIO, "write score", path);
    }
    return TS_OK;
}

static ts_err make_folder(const char *path, struct ts_diag *diag)
{
    char part[PATH_MAX];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL) {
            *slash = '\0';
        }
        if (mkdir(part, 0755) != 0 && errno != EEXIST) {
            return ts_fail_errno(diag, errno, "make folder", part);
        }
        if (slash == NULL) {
            return TS_OK;
        }
        *slash = '/';
    }
}

static json_t *request_object(const struct ts_score *score)
{
    char seed[32];
    json_t *bugs = json_array();
    snprintf(seed, sizeof seed, "0x%" PRIx64, score->options.seed);
    for (size_t i = 0; i < score->count; i++) {
        json_array_append_new(bugs, json_integer(score->rows[i].bug->id));
    }
    return json_pack("{si ss ss sI sI sI sb so}", "format", FORMAT, "corpus", score->options.corpus, "seed",
                     seed, "column_ms", (json_int_t)score->options.column_ms, "life_ms",
                     (json_int_t)score->options.life_ms, "hang_ms", (json_int_t)score->options.hang_ms,
                     "explored", score->options.explored, "bugs", bugs);
}

ts_err ts_score_request_write(const struct ts_score *score, struct ts_diag *diag)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/request.json", score->options.out);
    ts_err error = make_folder(score->options.out, diag);
    return error == TS_OK ? dump(request_object(score), path, diag) : error;
}

static ts_err take_request(json_t *object, const char *path, struct ts_score_options *options,
                           unsigned **bugs, size_t *count, struct ts_diag *diag)
{
    const char *corpus, *seed;
    json_int_t column_ms, life_ms, hang_ms;
    json_t *list;
    int format, explored = 0;
    if (json_unpack(object, "{si ss ss sI sI sI s?b so}", "format", &format, "corpus", &corpus, "seed", &seed,
                    "column_ms", &column_ms, "life_ms", &life_ms, "hang_ms", &hang_ms, "explored", &explored,
                    "bugs", &list) != 0 ||
        format != FORMAT || !json_is_array(list) || strlen(corpus) >= sizeof options->corpus) {
        return ts_fail(diag, TS_MALFORMED, "read score", path, "it is no request of a score");
    }
    *count = json_array_size(list);
    *bugs = calloc(*count + 1, sizeof **bugs);
    if (*bugs == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "read score", path, "no memory");
    }
    for (size_t i = 0; i < *count; i++) {
        (*bugs)[i] = (unsigned)json_integer_value(json_array_get(list, i));
    }
    snprintf(options->corpus, sizeof options->corpus, "%s", corpus);
    options->seed = strtoull(seed, NULL, 0);
    options->column_ms = column_ms;
    options->life_ms = life_ms;
    options->hang_ms = hang_ms;
    options->explored = explored != 0;
    return TS_OK;
}

ts_err ts_score_request_read(struct ts_score_options *options, unsigned **bugs, size_t *count,
                             struct ts_diag *diag)
{
    char path[PATH_MAX];
    json_error_t where;
    *bugs = NULL;
    *count = 0;
    snprintf(path, sizeof path, "%s/score.json", options->out);
    if (access(path, F_OK) == 0) {
        return ts_fail(diag, TS_LIMIT, "score", options->out, "it holds a score already");
    }
    snprintf(path, sizeof path, "%s/request.json", options->out);
    if (access(path, F_OK) != 0) {
        return TS_NOT_FOUND;
    }
    json_t *object = json_load_file(path, 0, &where);
    if (object == NULL) {
        return ts_fail(diag, TS_MALFORMED, "read score", path, "line %d: %s", where.line, where.text);
    }
    ts_err error = take_request(object, path, options, bugs, count, diag);
    json_decref(object);
    return error;
}

static json_t *letters(ts_detectors set)
{
    char text[TS_DETECTOR_COUNT + 1];
    return json_string(ts_detectors_text(set, text));
}

static json_t *column_object(const struct ts_score_catch *result)
{
    return json_pack("{sb so ss ss ss sI sI sI sI ss}", "caught", result->caught, "detectors",
                     letters(result->detectors), "outcome", ts_record_outcome_name(result->outcome),
                     "flavour", result->flavour, "title", result->title, "lives", (json_int_t)result->lives,
                     "elapsed_ms", (json_int_t)result->elapsed_ms, "schedules", (json_int_t)result->schedules,
                     "hazard", (json_int_t)result->hazard, "command", result->command);
}

static json_t *row_object(const struct ts_score *score, const struct ts_score_row *row)
{
    const struct ts_seeded_bug *bug = row->bug;
    json_t *object =
        json_pack("{si ss ss ss ss ss ss so ss ss sb sb sb}", "id", (int)bug->id, "name", bug->name, "where",
                  bug->where, "wrong", bug->wrong, "scenario", bug->scenario->name, "mode",
                  ts_mode_names[bug->mode], "faults", bug->faults, "expected", letters(bug->expected),
                  "likelihood", bug->likelihood, "missed", bug->missed, "interleaving", bug->interleaving,
                  "done", row->done, "caught", ts_score_met(score, row));
    for (int i = score->options.explored ? TS_SCORE_EXPLORED : 0; i < TS_SCORE_COLUMNS; i++) {
        json_object_set_new(object, ts_score_columns[i], column_object(&row->columns[i]));
    }
    return object;
}

static json_t *totals_object(const struct ts_score *score)
{
    struct ts_score_totals t = ts_score_sum(score);
    json_t *by_detector = json_object();
    for (size_t i = 0; i < TS_DETECTOR_COUNT; i++) {
        json_object_set_new(by_detector, (const char[]){TS_DETECTOR_LETTERS[i], '\0'},
                            json_integer((json_int_t)t.by_detector[i]));
    }
    json_t *object = json_pack(
        "{sI sI sI sI sI sI sI sI sI sI sI sI sI sI sI so}", "bugs", (json_int_t)t.bugs, "caught",
        (json_int_t)t.caught, "by_expected_detector", (json_int_t)t.by_expected, "missed_and_explained",
        (json_int_t)t.explained, "caught_by_native_stress", (json_int_t)t.native, "caught_by_tsan_stress",
        (json_int_t)t.tsan, "caught_by_suite_only", (json_int_t)t.only_suite, "caught_by_explorer",
        (json_int_t)t.explored, "interleaved", (json_int_t)t.interleaved, "caught_by_explorer_of_interleaved",
        (json_int_t)t.explored_interleaved, "latest_schedule_of_them", (json_int_t)t.explored_last,
        "clean_schedules", (json_int_t)t.clean_schedules, "clean_failed", (json_int_t)t.clean_failed,
        "clean_lives", (json_int_t)t.clean_lives, "clean_ms", (json_int_t)t.clean_ms, "by_detector",
        by_detector);
    if (score->options.explored) { /* what no column measured is not said */
        static const char *const unmeasured[] = {"by_expected_detector",
                                                 "missed_and_explained",
                                                 "caught_by_native_stress",
                                                 "caught_by_tsan_stress",
                                                 "caught_by_suite_only",
                                                 "clean_lives",
                                                 "clean_ms",
                                                 "by_detector"};
        for (size_t i = 0; i < sizeof unmeasured / sizeof *unmeasured; i++) {
            json_object_del(object, unmeasured[i]);
        }
        json_object_set_new(object, "caught", json_integer((json_int_t)t.explored));
    }
    return object;
}

static ts_err write_json(const struct ts_score *score, struct ts_diag *diag)
{
    char path[PATH_MAX], sentence[512];
    struct ts_machine machine;
    json_t *bugs = json_array();
    for (size_t i = 0; i < score->count; i++) {
        json_array_append_new(bugs, row_object(score, &score->rows[i]));
    }
    ts_machine_describe(&machine);
    ts_score_sentence(score, sentence, sizeof sentence);
    json_t *object = json_pack("{si ss so so s{ss si} so}", "format", FORMAT, "sentence", sentence, "totals",
                               totals_object(score), "request", request_object(score), "machine", "cpu",
                               machine.cpu, "cores", (int)machine.cores, "bugs", bugs);
    snprintf(path, sizeof path, "%s/score.json", score->options.out);
    return dump(object, path, diag);
}

static ts_err write_markdown(const struct ts_score *score, struct ts_diag *diag)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/score.md", score->options.out);
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return ts_fail_errno(diag, errno, "write score", path);
    }
    ts_score_markdown(score, out);
    errno = 0;
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        return ts_fail_errno(diag, errno != 0 ? errno : EIO, "write score", path);
    }
    return TS_OK;
}

/* score.json last: with it the score is whole. */
ts_err ts_score_write(const struct ts_score *score, struct ts_diag *diag)
{
    ts_err error = write_markdown(score, diag);
    return error == TS_OK ? write_json(score, diag) : error;
}

/* One column of the score: a run of the supervisor, and what its record says. */
#include "score/score.h"
#include "supervisor/supervisor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGUMENTS 9

struct column {
    const struct ts_score_options *options;
    const struct ts_seeded_bug *bug;
    enum ts_score_column column;
    char workers[PATH_MAX];
    char folder[PATH_MAX];
    char record[PATH_MAX + 16];
    /* What the record is held against when it is found there: a record of something else is not taken for
     * this. */
    char words[ARGUMENTS][64];
    char *arguments[ARGUMENTS];
};

/* What ci/seeded wrote beside the workers: it tells builds apart. */
static ts_err read_stamp(const struct column *column, char *stamp, size_t size, struct ts_diag *diag)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/stamp", column->workers);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return ts_fail_errno(diag, errno, "read corpus", path);
    }
    bool read = fgets(stamp, (int)size, file) != NULL;
    fclose(file);
    stamp[read ? strcspn(stamp, "\n") : 0] = '\0';
    return TS_OK;
}

static bool is_clean(const struct column *column)
{
    return column->column == TS_SCORE_CLEAN || column->column == TS_SCORE_CLEAN_EXPLORED;
}

static bool is_explored(const struct column *column)
{
    return column->column == TS_SCORE_EXPLORED || column->column == TS_SCORE_CLEAN_EXPLORED;
}

/* A bug that shows late in a life has at least one whole life. */
static int64_t time_of(const struct column *column)
{
    int64_t life = column->bug->life_ms, given = column->options->column_ms;
    return life > given ? life : given;
}

static ts_err prepare(struct column *column, struct ts_diag *diag)
{
    char entry[64];
    const struct ts_score_options *options = column->options;
    const char *name = ts_score_columns[column->column];
    ts_corpus_entry(column->bug, entry);
    snprintf(column->workers, sizeof column->workers, "%s/%s", options->corpus,
             is_clean(column) ? TS_CORPUS_CLEAN : entry);
    snprintf(column->folder, sizeof column->folder, "%s/%s/%s", options->out, entry, name);
    snprintf(column->record, sizeof column->record, "%s/record.jsonl", column->folder);
    snprintf(column->words[0], sizeof column->words[0], "score");
    snprintf(column->words[1], sizeof column->words[1], "--bug");
    snprintf(column->words[2], sizeof column->words[2], "%u", column->bug->id);
    snprintf(column->words[3], sizeof column->words[3], "--column");
    snprintf(column->words[4], sizeof column->words[4], "%s", name);
    snprintf(column->words[5], sizeof column->words[5], "--for");
    snprintf(column->words[6], sizeof column->words[6], "%" PRId64 "ms", time_of(column));
    snprintf(column->words[7], sizeof column->words[7], "--stamp");
    for (size_t i = 0; i < ARGUMENTS; i++) {
        column->arguments[i] = column->words[i];
    }
    return read_stamp(column, column->words[8], sizeof column->words[8], diag);
}

/* What is compared with: stress without faults; and the explorer, which needs none. */
static bool without_faults(const struct column *column)
{
    return column->column == TS_SCORE_NATIVE || column->column == TS_SCORE_TSAN || is_explored(column);
}

static size_t choose_flavours(const struct column *column, enum ts_flavour flavours[TS_FLAVOUR_COUNT])
{
    if (without_faults(column)) {
        flavours[0] = is_explored(column)                 ? TS_FLAVOUR_EXPLORE
                      : column->column == TS_SCORE_NATIVE ? TS_FLAVOUR_PLAIN
                                                          : TS_FLAVOUR_TSAN;
        return 1;
    }
    memcpy(flavours, column->bug->flavours, sizeof column->bug->flavours);
    return column->bug->flavour_count;
}

static ts_err run(const struct column *column, bool *interrupted, struct ts_diag *diag)
{
    static struct ts_run_result result; /* too large for a stack; one run at a time */
    const struct ts_score_options *options = column->options;
    const struct ts_seeded_bug *bug = column->bug;
    struct ts_cell cells[TS_FLAVOUR_COUNT];
    enum ts_flavour flavours[TS_FLAVOUR_COUNT];
    struct ts_plan plan = {
        .cells = cells, .count = choose_flavours(column, flavours), .budget_ms = time_of(column)};
    bool explored = is_explored(column);
    const struct ts_scenario_info *scenario = explored ? bug->explored.scenario : bug->scenario;
    enum ts_mode mode = explored ? bug->explored.mode : bug->mode;
    for (size_t i = 0; i < plan.count; i++) {
        cells[i] = (struct ts_cell){
            .number = i,
            .scenario = scenario,
            .mode = mode,
            .flavour = flavours[i],
            .seed = ts_cell_seed(options->seed, scenario->name, ts_mode_names[mode],
                                 ts_flavour_names[flavours[i]]),
            .expectation = {.allowed =
                                TS_OUTCOME_BIT(TS_RECORD_PASS) | TS_OUTCOME_BIT(TS_RECORD_INCONCLUSIVE)},
            .set = "",
            .weight = 1,
            .for_ms = plan.budget_ms / (int64_t)plan.count,
            .life_ms = bug->life_ms > 0 ? bug->life_ms : options->life_ms,
            .settings = explored ? bug->explored.settings : bug->settings,
            .setting_count = explored ? bug->explored.setting_count : bug->setting_count,
            .faults = without_faults(column) ? NULL : bug->faults,
        };
    }
    char command[160];
    snprintf(command, sizeof command, "tickstorm score --bug %u --seed 0x%" PRIx64, bug->id, options->seed);
    struct ts_run_request request = {
        .kind = "score",
        .arguments = (char **)(uintptr_t)column->arguments,
        .argument_count = ARGUMENTS,
        .command = command,
        .seed = options->seed,
        .plan = &plan,
        .out = column->folder,
        .workers = column->workers,
        .hang_ms = options->hang_ms,
        .until_failure = true,
    };
    ts_err error = ts_supervisor_run(&request, &result, diag);
    *interrupted = error == TS_OK && result.summary.interrupted;
    return error;
}

/* Whether the life's log has the words of an assertion in lib. */
static bool asserted(const struct column *column, const struct ts_record_life *life)
{
    char path[PATH_MAX + 80];
    char *line = NULL;
    size_t size = 0;
    bool found = false;
    snprintf(path, sizeof path, "%s/%s", column->folder, life->log);
    FILE *file = life->log[0] == '\0' || strcmp(life->class, "abort") != 0 ? NULL : fopen(path, "re");
    while (file != NULL && !found && getline(&line, &size, file) > 0) {
        found = strncmp(line, "assertion failed: ", strlen("assertion failed: ")) == 0;
    }
    free(line);
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

static const struct ts_record_cell *cell_of(const struct ts_record *record, int64_t number)
{
    for (size_t i = 0; i < record->cell_count; i++) {
        if (record->cells[i].cell == number) {
            return &record->cells[i];
        }
    }
    return NULL;
}

static void describe(const struct ts_record *record, const struct ts_record_life *life,
                     struct ts_score_catch *result)
{
    const struct ts_record_cell *cell = cell_of(record, life->cell);
    const char *title = life->detail;
    if (life->report_count > 0) {
        title = life->reports[0].title;
    }
    snprintf(result->title, sizeof result->title, "%s", title);
    snprintf(result->flavour, sizeof result->flavour, "%s", cell == NULL ? "" : cell->flavour);
    snprintf(result->command, sizeof result->command, "%s", cell == NULL ? "" : cell->command);
}

/* Lives stand in the order in which they were lived. */
static void read_lives(const struct column *column, const struct ts_record *record,
                       struct ts_score_catch *result)
{
    if (record->cell_count > 0) {
        snprintf(result->command, sizeof result->command, "%s", record->cells[0].command);
    }
    result->outcome = TS_RECORD_PASS;
    for (size_t i = 0; i < record->life_count; i++) {
        const struct ts_record_life *life = &record->lives[i];
        result->lives++;
        /* The one in which a life died is not among those that its worker counted. */
        result->schedules +=
            ts_record_count_of(&life->counters, "schedules") + (is_explored(column) && life->died);
        result->elapsed_ms = life->started_ms + life->duration_ms;
        result->hazard += life->hazard_count > 0 ? life->hazard_count : 0;
        result->outcome = life->outcome == TS_RECORD_PASS ? result->outcome : life->outcome;
        result->detectors = ts_detectors_of(life, asserted(column, life));
        if (result->detectors != 0) {
            result->caught = true;
            describe(record, life, result);
            return;
        }
    }
}

/* Workers that do not take our arguments, or our board, are of another build than this command: they catch
 * nothing. */
static bool is_foreign(const struct ts_record *record)
{
    static const char *const words[] = {"the worker did not take its arguments",
                                        "refused: tickstorm-worker: open board: "};
    for (size_t i = 0; i < record->life_count; i++) {
        for (size_t j = 0; j < sizeof words / sizeof *words; j++) {
            if (strncmp(record->lives[i].detail, words[j], strlen(words[j])) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* TS_NOT_FOUND when it must be run (again); TS_MISMATCH when it must be built again. */
static ts_err read_record(const struct column *column, struct ts_score_catch *result, struct ts_diag *diag)
{
    struct ts_record *record;
    memset(result, 0, sizeof *result);
    ts_err error = ts_record_load(column->record, &record, diag);
    if (error != TS_OK) {
        return error;
    }
    bool same = record->run.argument_count == ARGUMENTS;
    for (size_t i = 0; same && i < ARGUMENTS; i++) {
        same = strcmp(record->run.arguments[i], column->words[i]) == 0;
    }
    if (!same || record->end.interrupted) {
        error = ts_fail(diag, TS_NOT_FOUND, "read score", column->record,
                        "it is of another build, or interrupted");
    } else if (is_foreign(record)) {
        error =
            ts_fail(diag, TS_MISMATCH, "read score", column->record,
                    "its workers are of another build than this command; build them again with ci/seeded");
    } else {
        read_lives(column, record, result);
    }
    ts_record_free(record);
    return error;
}

ts_err ts_score_column_run(const struct ts_score_options *options, const struct ts_seeded_bug *bug,
                           enum ts_score_column column_number, struct ts_score_catch *result,
                           bool *interrupted, struct ts_diag *diag)
{
    struct column column = {.options = options, .bug = bug, .column = column_number};
    char partial[sizeof column.record + 16];
    *interrupted = false;
    ts_err error = prepare(&column, diag);
    if (error != TS_OK) {
        return error;
    }
    error = read_record(&column, result, diag);
    if (error == TS_OK || error == TS_MISMATCH) {
        return error;
    }
    /* A column that was cut off says nothing about its budget: it is run again from its beginning. */
    snprintf(partial, sizeof partial, "%s.partial", column.record);
    unlink(partial);
    unlink(column.record);
    error = run(&column, interrupted, diag);
    return error == TS_OK && !*interrupted ? read_record(&column, result, diag) : error;
}

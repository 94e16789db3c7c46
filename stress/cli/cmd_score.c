#include "cli/command.h"
#include "score/score_write.h"
#include "supervisor/duration.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define CORPUS        "build-seeded/corpus"
#define BUDGET_MS     (30 * 60 * 1000)
#define COLUMN_MAX_MS 10000
#define COLUMN_MIN_MS 500
#define LIFE_MS       2000
#define HANG_MS       7000 /* a scenario gives up a drain that stands still after 3 to 6 s, and says why */
#define BUDGET_SHARE                                                                                         \
    0.8 /* of the budget for the columns; the rest is for hangs that run over, and for starts */

const char ts_help_score[] =
    "Runs the suite against each seeded bug (faults/seeded/, built by ci/seeded): which detector caught it, "
    "in how\n"
    "many lives and seconds; beside it what plain native stress and plain TSan stress catch without faults, "
    "and\n"
    "what the explorer catches, which decides every interleaving; and that the clean build passes the same "
    "cells.\n"
    "Each bug has the same budget in each of these six columns, which end with their first failure.\n\n"
    "  --corpus DIR         what ci/seeded built (default build-seeded/corpus)\n"
    "  --budget DURATION    of the whole score (default 30m); a column gets its part, at most 10 s\n"
    "  --for DURATION       of each column instead\n"
    "  --bug N,...          only these\n"
    "  --explored           what the explorer catches alone: of the bugs given, or of those whose failure "
    "depends on\n"
    "                       an interleaving\n"
    "  --seed N             repeats a score's decisions (default: random, printed)\n"
    "  --out DIR            where score.json, score.md and the columns' records go (default "
    "runs/score-<time>-<seed>);\n"
    "                       a score that was killed goes on in its folder, as it was begun\n"
    "  --json               score.json on stdout instead of the table\n"
    "  --quiet              no progress\n\n"
    "Exit code 1 when the clean build fails anywhere; 5 when a bug was missed that its header does not call "
    "missed.\n\n"
    "  ci/seeded && tickstorm score --budget 30m\n"
    "  tickstorm score --explored --for 30s\n"
    "  tickstorm score --bug 3,17 --for 5s\n";

static const struct option long_options[] = {
    {"corpus", required_argument, NULL, 'c'}, {"budget", required_argument, NULL, 'b'},
    {"for", required_argument, NULL, 't'},    {"bug", required_argument, NULL, 'n'},
    {"explored", no_argument, NULL, 'x'},     {"seed", required_argument, NULL, 's'},
    {"out", required_argument, NULL, 'o'},    {"json", no_argument, NULL, 'j'},
    {"quiet", no_argument, NULL, 'q'},        {NULL, 0, NULL, 0}};

struct command {
    struct ts_score_options options;
    const char *corpus, *out, *bugs;
    int64_t budget_ms;
    bool seed_given, request_given, json, quiet;
    unsigned *numbers; /* of a score that goes on; else NULL */
    size_t number_count;
};

static int take_option(struct command *command, int letter)
{
    int64_t *duration = letter == 'b' ? &command->budget_ms : &command->options.column_ms;
    command->request_given = command->request_given || strchr("cbtnsx", letter) != NULL;
    switch (letter) {
    case 'c':
        command->corpus = optarg;
        return TS_EXIT_OK;
    case 'b':
    case 't':
        return ts_parse_duration(optarg, duration)
                   ? TS_EXIT_OK
                   : ts_usage("score", "bad duration '%s': a number and its unit, as 500ms, 10s or 30m",
                              optarg);
    case 'n':
        command->bugs = optarg;
        return TS_EXIT_OK;
    case 's':
        command->seed_given = ts_parse_seed(optarg, &command->options.seed);
        return command->seed_given ? TS_EXIT_OK
                                   : ts_usage("score", "bad --seed '%s': 64 bits, as 0x1f or 31", optarg);
    case 'x':
        command->options.explored = true;
        return TS_EXIT_OK;
    case 'o':
        command->out = optarg;
        return TS_EXIT_OK;
    case 'j':
        command->json = true;
        return TS_EXIT_OK;
    default:
        command->quiet = true;
        return TS_EXIT_OK;
    }
}

static int parse(struct command *command, int count, char **arguments)
{
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", long_options, NULL)) != -1;) {
        if (letter == '?' || letter == ':') {
            return ts_usage("score", letter == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        }
        int code = take_option(command, letter);
        if (code != TS_EXIT_OK) {
            return code;
        }
    }
    return optind == count ? TS_EXIT_OK : ts_usage("score", "unknown argument '%s'", arguments[optind]);
}

/* By number, "3,17". */
static int choose(const struct command *command, const struct ts_corpus *corpus, bool *chosen)
{
    const char *rest = command->bugs;
    for (size_t i = 0; i < command->number_count; i++) {
        const struct ts_seeded_bug *bug = ts_corpus_find(corpus, command->numbers[i]);
        if (bug == NULL) {
            return ts_usage("score", "the corpus has no bug %u any more", command->numbers[i]);
        }
        chosen[bug - corpus->bugs] = true;
    }
    for (size_t i = 0; command->number_count == 0 && rest == NULL && i < corpus->count; i++) {
        chosen[i] = !command->options.explored || corpus->bugs[i].interleaving;
    }
    while (rest != NULL && command->number_count == 0) {
        char *end = NULL;
        unsigned long number = strtoul(rest, &end, 10);
        const struct ts_seeded_bug *bug = ts_corpus_find(corpus, (unsigned)number);
        if (end == rest || (*end != ',' && *end != '\0') || bug == NULL) {
            return ts_usage("score", "--bug '%s': no such bug in the corpus", rest);
        }
        chosen[bug - corpus->bugs] = true;
        rest = *end == ',' ? end + 1 : NULL;
    }
    return TS_EXIT_OK;
}

static void name_folder(struct command *command)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(command->options.out, sizeof command->options.out, "runs/score-%s-%04x", stamp,
             (unsigned)(command->options.seed & 0xffff));
}

/* A score that was begun in --out goes on as it was begun. */
static int begin_or_go_on(struct command *command)
{
    struct ts_diag diag;
    if (!command->seed_given && getrandom(&command->options.seed, sizeof command->options.seed, 0) < 0) {
        command->options.seed = (uint64_t)time(NULL);
    }
    snprintf(command->options.corpus, sizeof command->options.corpus, "%s", command->corpus);
    if (command->out == NULL) {
        name_folder(command);
        return TS_EXIT_OK;
    }
    snprintf(command->options.out, sizeof command->options.out, "%s", command->out);
    ts_err error = ts_score_request_read(&command->options, &command->numbers, &command->number_count, &diag);
    if (error == TS_NOT_FOUND) {
        return TS_EXIT_OK;
    }
    if (error == TS_OK && command->request_given) {
        return ts_usage("score", "%s goes on as it was begun: give it no more than --out", command->out);
    }
    return error == TS_OK ? TS_EXIT_OK : ts_complain("score", &diag);
}

static void set_budget(struct command *command, size_t bugs)
{
    struct ts_score_options *options = &command->options;
    size_t columns = options->explored ? TS_SCORE_COLUMNS - TS_SCORE_EXPLORED : TS_SCORE_COLUMNS;
    if (options->column_ms == 0) {
        double share = (double)command->budget_ms * BUDGET_SHARE / (double)(bugs * columns);
        options->column_ms = share > COLUMN_MAX_MS ? COLUMN_MAX_MS : (int64_t)share;
    }
    options->column_ms = options->column_ms < COLUMN_MIN_MS ? COLUMN_MIN_MS : options->column_ms;
    options->life_ms = options->life_ms == 0 ? LIFE_MS : options->life_ms;
    options->hang_ms = options->hang_ms == 0 ? HANG_MS : options->hang_ms;
}

static void show_explored(const struct ts_score *score, size_t index)
{
    const struct ts_score_row *row = &score->rows[index];
    const struct ts_score_catch *explored = &row->columns[TS_SCORE_EXPLORED];
    const struct ts_score_catch *clean = &row->columns[TS_SCORE_CLEAN_EXPLORED];
    char letters[TS_DETECTOR_COUNT + 1];
    fprintf(
        stderr,
        "[%zu/%zu] %2u %-28s %s %-4s schedule %" PRId64 ", %.1f s  clean %s, %" PRId64 " schedules  %.60s\n",
        index + 1, score->count, row->bug->id, row->bug->name,
        ts_score_caught_explored(row) ? "caught" : "MISSED", ts_detectors_text(explored->detectors, letters),
        explored->schedules, (double)explored->elapsed_ms / 1000, clean->caught ? "fails" : "ok",
        clean->schedules, explored->title);
}

static void show_row(const struct ts_score *score, size_t index, void *user_data)
{
    const struct command *command = user_data;
    const struct ts_score_row *row = &score->rows[index];
    const struct ts_score_catch *suite = &row->columns[TS_SCORE_SUITE];
    const struct ts_score_catch *clean = &row->columns[TS_SCORE_CLEAN];
    char letters[TS_SCORE_COLUMNS][TS_DETECTOR_COUNT + 1];
    if (command->quiet) {
        return;
    }
    if (command->options.explored) {
        show_explored(score, index);
        return;
    }
    for (int i = 0; i < TS_SCORE_COLUMNS; i++) {
        ts_detectors_text(row->columns[i].detectors, letters[i]);
    }
    fprintf(stderr,
            "[%zu/%zu] %2u %-28s %s %-4s %3" PRId64
            " lives %5.1f s  native %-4s tsan %-4s clean %s  explored %-4s "
            "%.60s\n",
            index + 1, score->count, row->bug->id, row->bug->name, ts_score_caught(row) ? "caught" : "MISSED",
            letters[TS_SCORE_SUITE], suite->lives, (double)suite->elapsed_ms / 1000,
            row->columns[TS_SCORE_NATIVE].caught ? letters[TS_SCORE_NATIVE] : "-",
            row->columns[TS_SCORE_TSAN].caught ? letters[TS_SCORE_TSAN] : "-",
            clean->caught                      ? letters[TS_SCORE_CLEAN]
            : clean->outcome == TS_RECORD_PASS ? "ok"
                                               : "?",
            row->columns[TS_SCORE_CLEAN_EXPLORED].caught ? "(clean fails)"
            : row->columns[TS_SCORE_EXPLORED].caught     ? letters[TS_SCORE_EXPLORED]
                                                         : "-",
            suite->title);
}

static int print_result(const struct command *command, const struct ts_score *score)
{
    char path[PATH_MAX];
    if (!command->json) {
        ts_score_markdown(score, stdout);
        printf("\nscore  %s/score.json\n", score->options.out);
        return TS_EXIT_OK;
    }
    snprintf(path, sizeof path, "%s/score.json", score->options.out);
    FILE *file = fopen(path, "re");
    for (int byte; file != NULL && (byte = getc(file)) != EOF;) {
        putchar(byte);
    }
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL ? TS_EXIT_OK : TS_EXIT_INTERNAL; /* we wrote it */
}

static int conclude(const struct command *command, const struct ts_score *score)
{
    struct ts_diag diag;
    if (score->interrupted) {
        fprintf(stderr, "interrupted; tickstorm score --out %s goes on\n", score->options.out);
        return TS_EXIT_INTERRUPTED;
    }
    if (ts_score_write(score, &diag) != TS_OK) {
        return ts_complain("score", &diag);
    }
    struct ts_score_totals totals = ts_score_sum(score);
    int code = print_result(command, score);
    if (totals.clean_failed > 0) {
        return TS_EXIT_FINDINGS;
    }
    size_t met = command->options.explored ? totals.explored : totals.caught + totals.explained;
    return met < totals.bugs ? TS_EXIT_INCONCLUSIVE : code;
}

static int score_corpus(struct command *command, const struct ts_corpus *corpus)
{
    struct ts_score score = {0};
    struct ts_diag diag;
    bool *chosen = calloc(corpus->count, sizeof *chosen);
    size_t count = 0;
    int code = chosen == NULL ? TS_EXIT_ENVIRONMENT : choose(command, corpus, chosen);
    for (size_t i = 0; code == TS_EXIT_OK && i < corpus->count; i++) {
        count += chosen[i];
    }
    if (code == TS_EXIT_OK) {
        set_budget(command, count);
        ts_err error = ts_score_begin(&score, &command->options, corpus, chosen, &diag);
        if (error == TS_OK) {
            error = ts_score_request_write(&score, &diag);
        }
        if (error == TS_OK && !command->quiet) {
            fprintf(stderr, "seed 0x%" PRIx64 ", %zu bugs, %.1f s a column, %s\n", command->options.seed,
                    count, (double)command->options.column_ms / 1000, command->options.out);
        }
        if (error == TS_OK) {
            error = ts_score_run(&score, show_row, command, &diag);
        }
        code = error == TS_OK ? conclude(command, &score) : ts_complain("score", &diag);
    }
    ts_score_end(&score);
    free(chosen);
    return code;
}

int ts_command_score(int count, char **arguments)
{
    struct command command = {.corpus = CORPUS, .budget_ms = BUDGET_MS};
    struct ts_corpus corpus = {0};
    struct ts_diag diag;
    int code = parse(&command, count, arguments);
    if (code == TS_EXIT_OK) {
        code = begin_or_go_on(&command);
    }
    if (code == TS_EXIT_OK && ts_corpus_load(command.options.corpus, true, &corpus, &diag) != TS_OK) {
        code = ts_complain("score", &diag);
    }
    if (code == TS_EXIT_OK) {
        code = score_corpus(&command, &corpus);
    }
    ts_corpus_free(&corpus);
    free(command.numbers);
    return code;
}

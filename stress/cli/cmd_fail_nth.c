#include "cli/command.h"
#include "cli/progress.h"
#include "cli/run_options.h"
#include "supervisor/fail_nth.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX_MS INT64_C(3600000) /* no loop takes an hour */

const char ts_help_fail_nth[] =
    "Makes the first call fail, then the second, the third, until none is left: one short life for each,\n"
    "thread by thread, call by call. A life must go on to its end or refuse with a reason, and leak "
    "nothing;\n"
    "one that does not has its own line, with the command that repeats it.\n\n"
    "  --call NAME,...      memory (malloc and its kin), pthread_create, dlopen, dlsym, open, mmap, "
    "eventfd,\n"
    "                       ppoll.eintr, read.eintr, read.short, write.eintr, write.short, write.enospc,\n"
    "                       clock_gettime.forward, .backward, .frozen (default: all of them); or any probe\n"
    "                       that can fail (tickstorm faults list)\n"
    "  --from N, --to N     only these calls, counted for each thread (default: 1, until none fails)\n"
    "  --dense N            every call up to the N-th, then ever fewer (default 200)\n"
    "  --for DURATION       how long a life lasts (default 60ms)\n"
    "  --mode LIST          default queued\n"
    "  --flavour LIST       default asan, which sees leaks\n"
    "  --seed, --set, --faults, --library, --tape, --hang, --out, --quiet: as of tickstorm run\n\n"
    "Exit code 0: every life ended as it must; 1: one did not.\n\n"
    "  tickstorm fail-nth depth-flood --call memory,pthread_create\n"
    "  tickstorm fail-nth all --mode all\n";

struct command {
    const char *calls;
    struct ts_fail_nth_options nth;
    struct ts_run_options options;
    char *line; /* what was typed, with the seed */
    struct ts_fail_nth *loops;
    struct ts_cell *cells;
    struct ts_fault_series *series;
    size_t count;
    struct ts_progress progress;
    const struct ts_cell *now; /* the cell under way */
    uint64_t failed;
};

static int read_count(const char *option, const char *text, uint64_t *count)
{
    char *end = NULL;
    *count = text[0] < '0' || text[0] > '9' ? 0 : strtoull(text, &end, 10);
    return *count > 0 && *end == '\0'
               ? TS_EXIT_OK
               : ts_usage("fail-nth", "bad %s '%s': a whole number above 0", option, text);
}

static int take(struct command *command, const char *name, const char *value)
{
    if (strcmp(name, "--call") == 0) {
        command->calls = value;
        return TS_EXIT_OK;
    }
    uint64_t *count = strcmp(name, "--from") == 0 ? &command->nth.from
                      : strcmp(name, "--to") == 0 ? &command->nth.to
                                                  : &command->nth.dense;
    return read_count(name, value, count);
}

/* What `run` does not know is taken out of the arguments; the rest is its. */
static int take_own(struct command *command, int count, char **arguments, char **rest, int *rest_count)
{
    static const char *const own[] = {"--call", "--from", "--to", "--dense"};
    for (int i = 1; i < count; i++) {
        size_t known = 0, length = strcspn(arguments[i], "=");
        while (known < 4 &&
               (strlen(own[known]) != length || strncmp(own[known], arguments[i], length) != 0)) {
            known++;
        }
        if (known == 4) {
            rest[(*rest_count)++] = arguments[i];
            continue;
        }
        const char *value = arguments[i][length] == '=' ? arguments[i] + length + 1 : arguments[++i];
        if (i == count) {
            return ts_usage("fail-nth", "%s needs a value", own[known]);
        }
        int code = take(command, own[known], value);
        if (code != TS_EXIT_OK) {
            return code;
        }
    }
    return TS_EXIT_OK;
}

static char *write_line(const struct command *command, int count, char **arguments)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    fputs("tickstorm", out);
    for (int i = 0; i < count; i++) {
        fputc(' ', out);
        ts_shell_word(out, arguments[i]);
    }
    if (!command->options.seed_given) {
        fprintf(out, " --seed 0x%" PRIx64, command->options.seed);
    }
    return fclose(out) == 0 ? text : NULL;
}

static int parse(struct command *command, int count, char **arguments)
{
    static char flavour[] = "--flavour=asan", life[] = "--for=60ms", hang[] = "--hang=10s";
    char **rest = calloc((size_t)count + 4, sizeof *rest);
    int rest_count = 4;
    if (rest == NULL) {
        return ts_usage("fail-nth", "no memory");
    }
    rest[0] = arguments[0];
    rest[1] = flavour;
    rest[2] = life;
    rest[3] = hang;
    int code = take_own(command, count, arguments, rest, &rest_count);
    if (code == TS_EXIT_OK) {
        code = ts_run_options_parse(&command->options, "fail-nth", rest_count, rest);
    }
    free(rest);
    if (code == TS_EXIT_OK && (command->options.plan_path != NULL || command->options.json)) {
        code = ts_usage("fail-nth", "it takes neither --plan nor --json");
    }
    if (code == TS_EXIT_OK) {
        command->line = write_line(command, count, arguments);
        code = command->line == NULL ? ts_usage("fail-nth", "no memory") : TS_EXIT_OK;
    }
    return code;
}

/* All calls, but those that call.memory takes together. */
static bool is_default(int point)
{
    bool member = point >= TS_PROBE_CALL_MALLOC && point <= TS_PROBE_CALL_STRDUP;
    return strncmp(ts_fault_points[point].name, "call.", 5) == 0 && !member;
}

static int unknown_call(const char *name)
{
    const char *names[TS_PROBE_COUNT];
    size_t count = 0;
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        const char *known = ts_fault_points[i].name;
        if (ts_fault_points[i].kind == TS_PROBE_KIND_FAIL) {
            names[count++] = known + (strncmp(known, "call.", 5) == 0 ? 5 : 0);
        }
    }
    return ts_unknown("fail-nth", "call", name, names, count);
}

/* The points to fail at, by their numbers. */
static int choose_calls(const struct command *command, bool chosen[TS_PROBE_COUNT])
{
    for (int i = 0; command->calls == NULL && i < TS_PROBE_COUNT; i++) {
        chosen[i] = is_default(i);
    }
    for (const char *word = command->calls; word != NULL && *word != '\0';) {
        char name[64], call[72];
        size_t length = strcspn(word, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), word);
        snprintf(call, sizeof call, "call.%s", name);
        int point = ts_fault_point_find(call) >= 0 ? ts_fault_point_find(call) : ts_fault_point_find(name);
        if (point < 0 || ts_fault_points[point].kind != TS_PROBE_KIND_FAIL) {
            return unknown_call(name);
        }
        chosen[point] = true;
        word += length + (word[length] == ',');
    }
    return TS_EXIT_OK;
}

static void say_failure(void *user_data, const char *spec, const struct ts_verdict *verdict)
{
    struct command *command = user_data;
    const struct ts_run_options *options = &command->options;
    command->failed++;
    printf("%s %s %s, %s: %s\n", command->now->scenario->name, ts_mode_names[command->now->mode],
           ts_flavour_names[command->now->flavour], spec, verdict->detail);
    printf("  repeat  tickstorm run %s --mode %s --flavour %s --for %" PRId64 "ms --seed 0x%" PRIx64,
           command->now->scenario->name, ts_mode_names[command->now->mode],
           ts_flavour_names[command->now->flavour], options->for_ms, options->seed);
    for (size_t i = 0; i < options->setting_count; i++) {
        if (ts_scenario_knows(command->now->scenario, options->settings[i])) {
            fputs(" --set ", stdout);
            ts_shell_word(stdout, options->settings[i]);
        }
    }
    fputs(" --faults ", stdout);
    ts_shell_word(stdout, spec);
    putchar('\n');
    fflush(stdout);
}

static void add_cell(struct command *command, const struct ts_cell *cell, int point)
{
    size_t at = command->count++;
    struct ts_fail_nth_options nth = command->nth;
    nth.point = ts_fault_points[point].name;
    nth.failed = say_failure;
    nth.user_data = command;
    bool can_fail = ts_fail_nth_init(&command->loops[at], &nth);
    TS_ASSERT(can_fail);
    command->series[at] = ts_fail_nth_series(&command->loops[at]);
    command->cells[at] = *cell;
    command->cells[at].number = at;
    command->cells[at].set = nth.point;
    command->cells[at].for_ms = CELL_MAX_MS;
    command->cells[at].life_ms = command->options.for_ms;
    command->cells[at].life_seed = ts_seed_mix(cell->seed, 0); /* as of the first life of a run */
    command->cells[at].series = &command->series[at];
}

static int make_cells(struct command *command)
{
    bool chosen[TS_PROBE_COUNT] = {false};
    const struct ts_plan *plan = &command->options.plan;
    size_t room = plan->count * TS_PROBE_COUNT;
    int code = choose_calls(command, chosen);
    command->loops = calloc(room, sizeof *command->loops);
    command->cells = calloc(room, sizeof *command->cells);
    command->series = calloc(room, sizeof *command->series);
    if (command->loops == NULL || command->cells == NULL || command->series == NULL) {
        return ts_usage("fail-nth", "no memory");
    }
    for (size_t i = 0; code == TS_EXIT_OK && i < plan->count; i++) {
        for (int point = 0; point < TS_PROBE_COUNT; point++) {
            if (chosen[point]) {
                add_cell(command, &plan->cells[i], point);
            }
        }
    }
    return code;
}

static void on_begin(const struct ts_cell *cell, int64_t for_ms, void *user_data)
{
    struct command *command = user_data;
    command->now = cell;
    command->progress.for_ms = for_ms;
}

static void on_tick(const struct ts_cell *cell, const struct ts_cell_tally *tally,
                    const struct ts_board *board, int64_t elapsed_ms, void *user_data)
{
    struct command *command = user_data;
    (void)board;
    (void)elapsed_ms;
    ts_progress_note(&command->progress, "[%2zu/%zu] %-20s %-7s %-5s %s, life %" PRIu64 ": %s",
                     cell->number + 1, command->count, cell->scenario->name, ts_mode_names[cell->mode],
                     ts_flavour_names[cell->flavour], cell->set, tally->lives + 1,
                     command->loops[cell->number].spec);
}

/* "host 41, model-scan 3": the last call of each thread that there was to fail. */
static void print_threads(const struct ts_fail_nth *loop)
{
    const char *separator = "last ";
    for (size_t i = 0; i < loop->thread_count; i++) {
        printf("%s%" PRIu64 " on %s", separator, loop->threads[i].last, loop->threads[i].name);
        separator = ", ";
    }
    fputs(loop->thread_count == 0 ? "never reached" : "", stdout);
    fputs(loop->threads_lost ? ", more threads than there is room for" : "", stdout);
    fputs(loop->cut ? ", cut at --to" : "", stdout);
}

static void on_end(const struct ts_cell *cell, const struct ts_cell_tally *tally, int64_t elapsed_ms,
                   const char *line, void *user_data)
{
    struct command *command = user_data;
    const struct ts_fail_nth *loop = &command->loops[cell->number];
    (void)tally;
    (void)line;
    ts_progress_clear(&command->progress);
    printf("%-20s %-7s %-5s %-28s %4" PRIu64 " fired: %" PRIu64 " refused, %" PRIu64 " went on, %" PRIu64
           " failed; ",
           cell->scenario->name, ts_mode_names[cell->mode], ts_flavour_names[cell->flavour], cell->set,
           loop->fired, loop->refused, loop->fired - loop->refused - loop->failed, loop->failed);
    print_threads(loop);
    printf("; %.1f s\n", (double)elapsed_ms / 1000.0);
    fflush(stdout);
}

static int run(struct command *command, int count, char **arguments)
{
    static struct ts_run_result result; /* too large for a stack */
    struct ts_diag diag;
    struct ts_run_options *options = &command->options;
    struct ts_plan plan = {
        .cells = command->cells, .count = command->count, .budget_ms = CELL_MAX_MS * (int64_t)command->count};
    struct ts_run_request request = {
        .kind = "fail-nth",
        .command = command->line,
        .arguments = arguments,
        .argument_count = (size_t)count,
        .seed = options->seed,
        .plan = &plan,
        .out = options->out,
        .tape = options->tape,
        .speed = options->speed[0] != '\0' ? options->speed : NULL,
        .passes = options->passes,
        .library = options->library,
        .settings = options->settings,
        .setting_count = options->setting_count,
        .faults = options->faults,
        .hang_ms = options->hang_ms,
        .events = {.cell_begin = on_begin, .cell_tick = on_tick, .cell_end = on_end, .user_data = command},
    };
    ts_progress_init(&command->progress, options->quiet, false, command->count);
    if (ts_supervisor_run(&request, &result, &diag) != TS_OK) {
        return ts_complain("fail-nth", &diag);
    }
    uint64_t fired = 0, lives = 0;
    for (size_t i = 0; i < command->count; i++) {
        fired += command->loops[i].fired;
        lives += command->loops[i].lives;
    }
    printf("\n%" PRIu64 " of %" PRIu64 " lives failed; in %" PRIu64
           " of them a call failed\nrecord  %s/record.jsonl\n",
           command->failed, lives, fired, result.folder);
    if (result.summary.interrupted) {
        return TS_EXIT_INTERRUPTED;
    }
    if (command->failed > 0) {
        return TS_EXIT_FINDINGS;
    }
    return fired > 0 ? TS_EXIT_OK : TS_EXIT_INCONCLUSIVE;
}

int ts_command_fail_nth(int count, char **arguments)
{
    static struct command command;
    int code = parse(&command, count, arguments);
    if (code == TS_EXIT_OK) {
        code = make_cells(&command);
    }
    if (code == TS_EXIT_OK) {
        code = ts_finish_output("fail-nth", run(&command, count, arguments));
    }
    ts_run_options_fini(&command.options);
    free(command.loops);
    free(command.cells);
    free(command.series);
    free(command.line);
    return code;
}

#include "cli/explore_options.h"

#include "cli/command.h"
#include "cli/option_values.h"
#include "explore/core/handoff.h"
#include "explore/core/strategy.h"
#include "explore/strategy/auto.h"
#include "explore/strategy/dfs.h"
#include "supervisor/duration.h"
#include "supervisor/environment.h"
#include "supervisor/interrupt.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    STRATEGY = 256, /* above every character, and 1, which is an argument without an option */
    DEPTH,
    SCHEDULES,
    FOR,
    SEED,
    POINTS,
    TIME,
    HANDOFF,
    STEPS,
    SPURIOUS,
    FORK,
    STOP_AT_FIRST,
    STOP_AT,
    JSON,
    CHECK_DETERMINISM,
    OUT,
    QUIET,
    STILL,
    REPEAT,
    TRACE,
    GDB,
    NO_SHRINK,
    SHRINK_TRIES,
    SHRINK_FOR,
    FOUND,
    HTML,
};

static const struct option known[] = {
    {"strategy", required_argument, NULL, STRATEGY},
    {"depth", required_argument, NULL, DEPTH},
    {"schedules", required_argument, NULL, SCHEDULES},
    {"for", required_argument, NULL, FOR},
    {"seed", required_argument, NULL, SEED},
    {"points", required_argument, NULL, POINTS},
    {"time", required_argument, NULL, TIME},
    {"handoff", required_argument, NULL, HANDOFF},
    {"steps", required_argument, NULL, STEPS},
    {"spurious", no_argument, NULL, SPURIOUS},
    {"fork", no_argument, NULL, FORK},
    {"stop-at-first", no_argument, NULL, STOP_AT_FIRST},
    {"stop-at", required_argument, NULL, STOP_AT},
    {"json", no_argument, NULL, JSON},
    {"check-determinism", no_argument, NULL, CHECK_DETERMINISM},
    {"out", required_argument, NULL, OUT},
    {"quiet", no_argument, NULL, QUIET},
    {"still", required_argument, NULL, STILL},
    {"repeat", required_argument, NULL, REPEAT},
    {"trace", no_argument, NULL, TRACE},
    {"gdb", no_argument, NULL, GDB},
    {"no-shrink", no_argument, NULL, NO_SHRINK},
    {"shrink-tries", required_argument, NULL, SHRINK_TRIES},
    {"shrink-for", required_argument, NULL, SHRINK_FOR},
    {"found", no_argument, NULL, FOUND},
    {"html", required_argument, NULL, HTML},
    {NULL, 0, NULL, 0},
};

static int one_of(const struct ts_explore_options *options, const char *what, const char *value,
                  const char *const *names, size_t count, uint32_t *chosen)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], value) == 0) {
            *chosen = (uint32_t)i;
            return TS_EXIT_OK;
        }
    }
    return ts_unknown(options->command, what, value, names, count);
}

static int stop_at(struct ts_explore_options *options, const char *value)
{
    static const char *const whats[] = {"race",      "lock-order", "deadlock", "lost-wakeup", "livelock",
                                        "assertion", "crash",      "exit",     "hang",        "unmodelled"};
    uint32_t unused;
    options->stop_at = value;
    return one_of(options, "kind of finding", value, whats, sizeof whats / sizeof *whats, &unused);
}

static uint32_t default_depth(enum ts_strategy_id id)
{
    return id == TS_STRATEGY_DFS ? TS_DFS_UNLIMITED : id == TS_STRATEGY_DELAY ? 2 : 3;
}

static int choose_strategies(struct ts_explore_options *options, const char *list)
{
    struct ts_explore_config *config = &options->config;
    config->strategies = 0;
    if (strcmp(list, "auto") == 0) {
        config->strategies = ts_strategies_auto(config->strategy);
        return TS_EXIT_OK;
    }
    for (const char *word = list;; word += strcspn(word, ",") + 1) {
        char name[32];
        size_t length = strcspn(word, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31), word);
        int id = ts_strategy_find(name);
        if (id < 0) {
            const char *names[TS_STRATEGY_COUNT + 1] = {"auto"};
            size_t count = 1;
            for (size_t i = 0; i < TS_STRATEGY_COUNT; i++) {
                if (ts_strategies[i] != NULL) {
                    names[count++] = ts_strategies[i]->name;
                }
            }
            return ts_unknown(options->command, "strategy", name, names, count);
        }
        if (config->strategies == TS_ARENA_STRATEGIES) {
            return ts_usage(options->command, "at most %u strategies", TS_ARENA_STRATEGIES);
        }
        config->strategy[config->strategies++] =
            (struct ts_strategy_choice){.id = (uint32_t)id, .depth = default_depth((enum ts_strategy_id)id)};
        if (word[length] == '\0') {
            return TS_EXIT_OK;
        }
    }
}

static int take_number(struct ts_explore_options *options, int option, const char *value)
{
    const char *command = options->command;
    uint64_t number = 0;
    int code = TS_EXIT_OK;
    switch (option) {
    case DEPTH:
        code = ts_option_count(command, "--depth", value, &number);
        options->depth = number < 100 ? (uint32_t)number : 100;
        return code;
    case SCHEDULES:
        options->counted = true;
        return ts_option_count(command, "--schedules", value, &options->config.count);
    case STEPS:
        return ts_option_count(command, "--steps", value, &options->config.steps_max);
    case SHRINK_TRIES:
        code = ts_option_count(command, "--shrink-tries", value, &number);
        options->shrink_tries = number < TS_SHRINK_TRIES_MAX ? number : TS_SHRINK_TRIES_MAX;
        return code;
    case REPEAT:
        return ts_option_count(command, "--repeat", value, &options->repeat);
    case FOR:
        return ts_option_duration(command, "--for", value, &options->for_ms);
    case SHRINK_FOR:
        return ts_option_duration(command, "--shrink-for", value, &options->shrink_for_ms);
    case STILL:
        return ts_option_duration(command, "--still", value, &options->still_ms);
    default:
        options->seeded = true;
        code = ts_option_seed(command, value, &options->config.seed);
        return code != TS_EXIT_OK || ts_parse_seed(value, &options->config.seed) ? code : TS_EXIT_USAGE;
    }
}

static int take(struct ts_explore_options *options, int option, const char *value)
{
    static const char *const points[] = {"sync", "atomic", "all"};
    static const char *const times[] = {"eager", "lazy"};
    static const char *const handoffs[] = {"auto", "fsbase", "futex"};
    switch (option) {
    case STRATEGY:
        return choose_strategies(options, value);
    case POINTS:
        options->points_given = true;
        return one_of(options, "points", value, points, 3, &options->config.points);
    case TIME:
        return one_of(options, "time", value, times, 2, &options->config.time);
    case HANDOFF:
        return one_of(options, "hand-off", value, handoffs, 3, &options->config.handoff);
    case SPURIOUS:
        options->config.spurious = true;
        return TS_EXIT_OK;
    case FORK:
        options->config.fork = true;
        return TS_EXIT_OK;
    case STOP_AT_FIRST:
        options->stop_at_first = true;
        return TS_EXIT_OK;
    case STOP_AT:
        return stop_at(options, value);
    case JSON:
        options->json = true;
        return TS_EXIT_OK;
    case CHECK_DETERMINISM:
        options->check_determinism = true;
        return TS_EXIT_OK;
    case OUT:
        options->out = value;
        return TS_EXIT_OK;
    case QUIET:
        options->quiet = true;
        return TS_EXIT_OK;
    case TRACE:
        options->trace = true;
        return TS_EXIT_OK;
    case GDB:
        options->gdb = true;
        return TS_EXIT_OK;
    case NO_SHRINK:
        options->no_shrink = true;
        return TS_EXIT_OK;
    case FOUND:
        options->found = true;
        return TS_EXIT_OK;
    case HTML:
        options->html = value;
        return TS_EXIT_OK;
    default:
        return take_number(options, option, value);
    }
}

int ts_explore_options_parse(struct ts_explore_options *options, const char *command, int count,
                             char **arguments)
{
    bool is_replay = strcmp(command, "replay") == 0;
    *options = (struct ts_explore_options){
        .command = command, .config = ts_driver_defaults(), .repeat = 1, .shrink_tries = TS_SHRINK_TRIES};
    options->config.strategies = ts_strategies_auto(options->config.strategy);
    opterr = 0;
    optind = 0;
    for (int option; (option = getopt_long(count, arguments, is_replay ? "-:" : "+:", known, NULL)) != -1;) {
        if (option == '?' || option == ':') {
            return ts_usage(command, option == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        }
        if (option == 1 && is_replay && options->subject == NULL) {
            options->subject = optarg;
            continue;
        }
        if (option == 1) {
            return ts_usage(command, "'%s' is one too many: the program comes after --", optarg);
        }
        int code = take(options, option, optarg);
        if (code != TS_EXIT_OK) {
            return code;
        }
    }
    for (uint32_t i = 0; i < TS_ARENA_STRATEGIES && options->depth > 0; i++) {
        options->config.strategy[i].depth = options->depth;
    }
    if (is_replay && options->subject == NULL) {
        return ts_usage(command, "which schedule, or which finding's file?");
    }
    if (optind >= count) {
        return ts_usage(command, "which program? it comes after --");
    }
    options->program = arguments + optind;
    if (!options->seeded && getrandom(&options->config.seed, sizeof options->config.seed, 0) < 0) {
        options->config.seed = 1;
    }
    return TS_EXIT_OK;
}

static char **environment;

int ts_explore_open(const struct ts_explore_options *options,
                    bool (*schedule)(const struct ts_driver_event *event, void *user_data),
                    bool (*tick)(const struct ts_driver_progress *progress, void *user_data), void *user_data,
                    struct ts_driver **driver)
{
    static char symbolizer[PATH_MAX];
    struct ts_diag diag;
    environment = ts_worker_environment_create();
    if (environment == NULL) {
        return ts_usage(options->command, "no memory");
    }
    struct ts_driver_request request = {.arguments = options->program,
                                        .environment = environment,
                                        .name = options->program[0],
                                        .symbolizer =
                                            ts_environment_symbolizer(symbolizer, sizeof symbolizer),
                                        .still_ms = options->still_ms,
                                        .schedule = schedule,
                                        .tick = tick,
                                        .user_data = user_data};
    ts_interrupt_install();
    ts_err error = ts_driver_open(&request, driver, &diag);
    return error == TS_OK ? TS_EXIT_OK : ts_complain(options->command, &diag);
}

int ts_explore_debug(const struct ts_explore_options *options, const struct ts_schedule *given)
{
    /* Where a schedule ends badly without a signal, and where ThreadSanitizer reports. The
     * program is stepped through, not the wrappers. */
    static const char *const gdb[] = {"gdb",    "-q",
                                      "-ex",    "skip -rfu ^__wrap_",
                                      "-ex",    "set breakpoint pending on",
                                      "-ex",    "break ts_sched_fail",
                                      "-ex",    "break __tsan_on_report",
                                      "-ex",    "run",
                                      "--args", NULL};
    struct ts_explore_config config = options->config;
    struct ts_diag diag;
    int status = 0;
    uint64_t checksum = 0;
    environment = ts_worker_environment_create();
    if (environment == NULL) {
        return ts_usage(options->command, "no memory");
    }
    struct ts_driver_request request = {
        .arguments = options->program, .environment = environment, .name = options->program[0]};
    config.handoff = TS_HANDOFF_FUTEX; /* a debugger knows a thread by its kernel thread */
    ts_err error = ts_driver_debug(&request, &config, given, gdb, &status, &checksum, &diag);
    ts_explore_close(NULL);
    if (error == TS_OK && given->has_checksum) {
        puts(ts_schedule_checksum(checksum) == given->checksum ? "the schedule was followed to its end"
             : checksum == 0                                   ? "the schedule was not followed to its end"
                                                               : "the program left the schedule");
    }
    return error == TS_OK ? TS_EXIT_OK : ts_complain(options->command, &diag);
}

void ts_explore_close(struct ts_driver *driver)
{
    ts_driver_close(driver);
    ts_worker_environment_destroy(environment);
    environment = NULL;
}

void ts_explore_write_program(FILE *out, const struct ts_explore_options *options)
{
    for (char *const *argument = options->program; *argument != NULL; argument++) {
        bool plain = **argument != '\0' &&
                     strspn(*argument, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                       "_-./=:,+@%") == strlen(*argument);
        fputs(argument == options->program ? "" : " ", out);
        if (plain) {
            fputs(*argument, out);
            continue;
        }
        fputc('\'', out);
        for (const char *at = *argument; *at != '\0'; at++) {
            fputs(*at == '\'' ? "'\\''" : (char[]){*at, '\0'}, out);
        }
        fputc('\'', out);
    }
}

#include "cli/run_options.h"

#include "cli/command.h"
#include "cli/fault_options.h"
#include "cli/option_values.h"
#include "supervisor/duration.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define RUN_FOR_MS      10000
#define CONTRAST_FOR_MS 120000
#define HANG_MS         15000
#define NTH_FOR_MS      60 /* of a life */
#define NTH_HANG_MS     10000

static const struct option long_options[] = {
    TS_NTH_LONG_OPTIONS{"mode", required_argument, NULL, 'm'},
    {"flavour", required_argument, NULL, 'f'},
    {"for", required_argument, NULL, 't'},
    {"seed", required_argument, NULL, 's'},
    {"tape", required_argument, NULL, 'T'},
    {"speed", required_argument, NULL, 'x'},
    {"passes", required_argument, NULL, 'p'},
    {"set", required_argument, NULL, 'k'},
    {"library", required_argument, NULL, 'l'},
    {"out", required_argument, NULL, 'o'},
    {"hang", required_argument, NULL, 'H'},
    {"json", no_argument, NULL, 'j'},
    {"quiet", no_argument, NULL, 'q'},
    {"plan", required_argument, NULL, 'P'},
    {"shard", required_argument, NULL, 'S'},
    {"baseline", required_argument, NULL, 'B'},
    {"history", required_argument, NULL, 'Y'},
    {"no-history", no_argument, NULL, 'N'},
    {"faults", required_argument, NULL, 'F'},
    {"fault-plan", required_argument, NULL, 'U'},
    {NULL, 0, NULL, 0},
};

static bool is_nth(const char *command)
{
    return strcmp(command, TS_NTH_COMMAND) == 0;
}

/* What a command knows: the first of the options are fail-nth's alone. */
static const struct option *options_of(const char *command)
{
    return is_nth(command) ? long_options : long_options + TS_NTH_COUNT;
}

static int unknown_option(const char *command, const char *argument)
{
    const struct option *all = options_of(command);
    const char *known[sizeof long_options / sizeof *long_options];
    char name[64];
    size_t count = 0;
    if (strncmp(argument, "--", 2) != 0) {
        return ts_usage(command, "unknown option '%s'", argument);
    }
    while (all[count].name != NULL) {
        known[count] = all[count].name;
        count++;
    }
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    return ts_unknown(command, "option", name, known, count);
}

static int parse_shard(struct ts_run_options *options, const char *text)
{
    struct ts_diag diag;
    return ts_shard_parse(text, &options->shard, &diag) == TS_OK ? TS_EXIT_OK
                                                                 : ts_complain(options->name, &diag);
}

static int parse_plan_option(struct ts_run_options *options, int letter)
{
    switch (letter) {
    case 'P':
        options->plan_path = optarg;
        return TS_EXIT_OK;
    case 'S':
        return parse_shard(options, optarg);
    case 'B':
        options->baseline = optarg;
        return TS_EXIT_OK;
    case 'Y':
        options->history = optarg;
        return TS_EXIT_OK;
    default:
        options->no_history = true;
        return TS_EXIT_OK;
    }
}

static int parse_option(struct ts_run_options *options, int letter)
{
    if (strchr("PSBYN", letter) != NULL) {
        return parse_plan_option(options, letter);
    }
    if (strchr(TS_NTH_LETTERS, letter) != NULL) {
        return ts_nth_option(&options->nth, letter, optarg);
    }
    switch (letter) {
    case 'm':
        return ts_option_list(options->name, "mode", optarg, ts_mode_names, TS_MODE_COUNT,
                              options->selection.modes);
    case 'f':
        return ts_option_list(options->name, "flavour", optarg, ts_flavour_names, TS_FLAVOUR_COUNT,
                              options->selection.flavours);
    case 't':
        options->for_given = true;
        return ts_option_duration(options->name, "--for", optarg, &options->for_ms);
    case 'H':
        return ts_option_duration(options->name, "--hang", optarg, &options->hang_ms);
    case 's':
        options->seed_given = true;
        return ts_option_seed(options->name, optarg, &options->seed);
    case 'x':
        return ts_option_speed(options->name, optarg, options->speed);
    case 'p':
        options->passes = optarg;
        return ts_option_passes(options->name, optarg);
    case 'T':
        options->tape = optarg;
        return TS_EXIT_OK;
    case 'k':
        options->settings[options->setting_count++] = optarg;
        return TS_EXIT_OK;
    case 'F':
        return ts_faults_add(options->name, &options->faults, optarg);
    case 'U':
        return ts_faults_add_plan(options->name, &options->faults, optarg);
    case 'l':
        options->library = optarg;
        return TS_EXIT_OK;
    case 'o':
        options->out = optarg;
        return TS_EXIT_OK;
    case 'j':
        options->json = true;
        return TS_EXIT_OK;
    default:
        options->quiet = true;
        return TS_EXIT_OK;
    }
}

/* All but the canaries, which try the detectors and not the engine. */
static void choose_all(struct ts_run_options *options)
{
    for (size_t i = 0; i < ts_scenario_count; i++) {
        options->scenarios[i] = options->scenarios[i] || !ts_scenario_catalog[i].canary;
    }
}

static int parse_scenarios(struct ts_run_options *options, int count, char **arguments)
{
    const char *names[64];
    size_t known = ts_scenario_count < 64 ? ts_scenario_count : 64;
    for (size_t i = 0; i < known; i++) {
        names[i] = ts_scenario_catalog[i].name;
    }
    for (int i = 0; i < count; i++) {
        int found = ts_scenario_find(arguments[i]);
        if (strcmp(arguments[i], "all") == 0) {
            choose_all(options);
        } else if (found < 0) {
            return ts_unknown(options->name, "scenario", arguments[i], names, known);
        } else {
            options->scenarios[found] = true;
        }
    }
    if (options->plan_path != NULL) {
        return count == 0 ? TS_EXIT_OK : ts_usage(options->name, "a plan names its scenarios itself");
    }
    if (strcmp(options->name, "gate") == 0) {
        return ts_usage(options->name, "which --plan? Its cells are those of a plan, as ci/gate.yaml");
    }
    if (count == 0 && !options->contrast) {
        return ts_usage(options->name, "which scenario? (tickstorm list shows them)");
    }
    for (size_t i = 0; i < ts_scenario_count && count == 0; i++) {
        options->scenarios[i] = ts_scenario_catalog[i].contrasts;
    }
    return TS_EXIT_OK;
}

/* Each setting must mean something to a scenario of this run. */
static int check_settings(const struct ts_run_options *options)
{
    const char *known[128];
    size_t count = 0;
    for (size_t i = 0; i < ts_scenario_count; i++) {
        const struct ts_scenario_info *info = &ts_scenario_catalog[i];
        for (size_t j = 0; options->scenarios[i] && j < info->option_count && count < 128; j++) {
            known[count++] = info->options[j].key;
        }
    }
    for (size_t i = 0; i < options->setting_count; i++) {
        const char *setting = options->settings[i];
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(setting, "="), setting);
        if (strchr(setting, '=') == NULL) {
            return ts_usage(options->name, "bad --set '%s': key=value", setting);
        }
        if (strncmp(setting, TS_EXPLORE_SETTING, strlen(TS_EXPLORE_SETTING)) == 0) {
            continue; /* the worker knows them */
        }
        size_t found = 0;
        while (found < count && strcmp(known[found], key) != 0) {
            found++;
        }
        if (found == count) {
            return ts_unknown(options->name, "setting", key, known, count);
        }
    }
    return TS_EXIT_OK;
}

static char *repeat_command(const struct ts_run_options *options, int count, char **arguments)
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
    if (!options->seed_given) {
        fprintf(out, " --seed 0x%" PRIx64, options->seed);
    }
    return fclose(out) == 0 ? text : NULL;
}

static bool keep_arguments(struct ts_run_options *options, int count, char **arguments)
{
    options->arguments = calloc((size_t)count + 3, sizeof *options->arguments);
    for (int i = 0; options->arguments != NULL && i < count; i++) {
        options->arguments[options->argument_count++] = arguments[i];
    }
    if (options->arguments != NULL && !options->seed_given) {
        snprintf(options->seed_argument, sizeof options->seed_argument, "--seed=0x%" PRIx64, options->seed);
        options->arguments[options->argument_count++] = options->seed_argument;
    }
    return options->arguments != NULL;
}

/* The cells: of the plan file, else of what was selected. */
static int make_plan(struct ts_run_options *options)
{
    struct ts_diag diag;
    if (options->plan_path == NULL) {
        return ts_plan_create(&options->selection, options->seed, options->for_ms, options->contrast,
                              &options->plan, &diag) == TS_OK
                   ? TS_EXIT_OK
                   : ts_complain(options->name, &diag);
    }
    struct ts_plan_file_options choice = {
        .seed = options->seed_given ? &options->seed : NULL,
        .drawn_seed = options->seed,
        .budget_ms = options->for_given ? options->for_ms : 0,
        .shard = options->shard,
    };
    if (ts_plan_file_load(options->plan_path, &choice, &options->plan_file, &diag) != TS_OK) {
        ts_complain(options->name, &diag);
        return diag.code == TS_INVALID ? TS_EXIT_USAGE : TS_EXIT_INPUT;
    }
    options->plan = options->plan_file.plan;
    options->seed = options->plan_file.seed;
    options->hang_ms = options->plan_file.hang_ms > 0 ? options->plan_file.hang_ms : options->hang_ms;
    options->expects = true;
    return TS_EXIT_OK;
}

static int parse_options(struct ts_run_options *options, int count, char **arguments)
{
    opterr = 0;
    for (;;) {
        int at = optind;
        int letter = getopt_long(count, arguments, ":", options_of(options->name), NULL);
        if (letter == -1) {
            return parse_scenarios(options, count - optind, arguments + optind);
        }
        if (letter == '?') {
            return unknown_option(options->name, arguments[optind > at ? optind - 1 : at]);
        }
        if (letter == ':') {
            return ts_usage(options->name, "%s needs a value", arguments[optind - 1]);
        }
        int code = parse_option(options, letter);
        if (code != TS_EXIT_OK) {
            return code;
        }
    }
}

int ts_run_options_parse(struct ts_run_options *options, const char *name, int count, char **arguments)
{
    bool contrast = strcmp(name, "contrast") == 0, nth = is_nth(name);
    *options = (struct ts_run_options){.name = name,
                                       .contrast = contrast,
                                       .expects = contrast,
                                       .hang_ms = nth ? NTH_HANG_MS : HANG_MS,
                                       .shard = {1, 1}};
    options->library = getenv("SIGNAL_LIB_PATH");
    options->for_ms = contrast ? CONTRAST_FOR_MS : nth ? NTH_FOR_MS : RUN_FOR_MS;
    options->scenarios = calloc(ts_scenario_count, sizeof *options->scenarios);
    options->settings = calloc((size_t)count + 1, sizeof *options->settings);
    if (options->scenarios == NULL || options->settings == NULL ||
        getrandom(&options->seed, sizeof options->seed, 0) != sizeof options->seed) {
        return ts_usage(name, "no memory or no random numbers");
    }
    options->selection.scenarios = options->scenarios;
    memset(options->selection.modes, contrast, sizeof options->selection.modes);
    memset(options->selection.flavours, contrast, sizeof options->selection.flavours);
    options->selection.flavours[TS_FLAVOUR_EXPLORE] = false;
    options->selection.modes[TS_MODE_QUEUED] = true;
    options->selection.flavours[nth ? TS_FLAVOUR_ASAN : TS_FLAVOUR_PLAIN] = true; /* it sees leaks */
    int code = parse_options(options, count, arguments);
    if (code == TS_EXIT_OK) {
        code = check_settings(options);
    }
    if (code == TS_EXIT_OK && options->tape == NULL &&
        (options->speed[0] != '\0' || options->passes != NULL)) {
        code = ts_usage(name, "--speed and --passes need a --tape");
    }
    if (code == TS_EXIT_OK && options->shard.count > 1 && strcmp(name, "run") != 0) {
        /* A verdict on a part would read as one on the plan. */
        code = ts_usage(name, "a shard is run and merged, not judged: tickstorm run --plan FILE --shard I/N");
    }
    if (code == TS_EXIT_OK && options->plan_path == NULL && options->shard.count > 1) {
        code = ts_usage(name, "which --plan?");
    }
    if (code == TS_EXIT_OK && nth) {
        code = options->plan_path != NULL || options->json
                   ? ts_usage(name, "it takes neither --plan nor --json")
                   : ts_nth_options_check(&options->nth);
    }
    if (code == TS_EXIT_OK) {
        code = make_plan(options);
    }
    if (code == TS_EXIT_OK && nth) {
        code = ts_nth_plan(&options->nth, options->for_ms, &options->plan);
    }
    if (code == TS_EXIT_OK && !keep_arguments(options, count, arguments)) {
        code = TS_EXIT_ENVIRONMENT;
    }
    if (code == TS_EXIT_OK) {
        options->command = repeat_command(options, count, arguments);
        code = options->command == NULL ? TS_EXIT_ENVIRONMENT : TS_EXIT_OK;
    }
    return code;
}

int ts_run_options_recorded(struct ts_run_options *options, const char *name, const struct ts_record_run *run,
                            const char *folder)
{
    *options = (struct ts_run_options){0};
    if (run->argument_count == 0 || strcmp(run->kind, "repro") == 0) {
        fprintf(stderr, "tickstorm %s: %s: its record does not say with which arguments it was run\n", name,
                folder);
        return TS_EXIT_INPUT;
    }
    char **arguments = calloc(run->argument_count + 1, sizeof *arguments);
    if (arguments == NULL) {
        return ts_usage(name, "no memory");
    }
    for (size_t i = 0; i < run->argument_count; i++) {
        arguments[i] = (char *)(uintptr_t)run->arguments[i]; /* getopt only reorders them */
    }
    optind = 1;
    int code = ts_run_options_parse(options, run->kind, (int)run->argument_count, arguments);
    free(arguments);
    return code;
}

struct ts_run_request ts_run_options_request(const struct ts_run_options *options)
{
    return (struct ts_run_request){
        .expects = options->expects,
        .seed = options->seed,
        .tape = options->tape,
        .speed = options->speed[0] != '\0' ? options->speed : NULL,
        .passes = options->passes,
        .library = options->library,
        .settings = options->settings,
        .setting_count = options->setting_count,
        .faults = options->faults,
        .hang_ms = options->hang_ms,
    };
}

void ts_run_options_fini(struct ts_run_options *options)
{
    if (options->plan_path != NULL) {
        ts_plan_file_free(&options->plan_file);
    } else {
        ts_plan_destroy(&options->plan);
    }
    free(options->arguments);
    free(options->scenarios);
    free(options->settings);
    free(options->command);
    free(options->faults);
}

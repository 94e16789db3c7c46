/*
 * tickstorm-bench: what the engine costs, end to end and stage by stage.
 *
 * Rounds are repeated and reported one by one and as minimum, median and maximum, or as a table of medians
 * and quartiles: these machines are noisy, and a single figure hides that. Bare flavour but for `watching`: a
 * sanitizer's speed says nothing about the product's.
 */
#include "base/clock.h"
#include "bench/bench.h"
#include "bench/engine.h"
#include "bench/explore_speed.h"
#include "bench/handoff.h"
#include "bench/hybrid.h"
#include "bench/paced.h"
#include "bench/power.h"
#include "bench/probe_cost.h"
#include "bench/scaling.h"
#include "bench/stage_cost.h"
#include "bench/watching.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Other programs than this one stand in the folder bench, but for hybrid. */
struct part {
    const char *name, *what;
    int (*run)(const struct ts_bench_options *options);
    uint64_t ticks; /* default */
};

static int run_latency(const struct ts_bench_options *options)
{
    struct ts_bench_options latency = *options;
    latency.latency = true;
    return ts_bench_run(&latency);
}

static const struct part parts[] = {
    {"flood", "as many Depths as the engine takes: ticks a second, and whether memory stayed flat",
     ts_bench_run, 2000000},
    {"latency", "one Depth every so often: time from when it was due to on_factor", run_latency, 20000},
    {"engine", "floods and latencies of each delivery mode by turns", ts_bench_engine, 300000},
    {"handoff",
     "what the queue adds to a result's way, beside a hand-off between two processors and a wake-up",
     ts_bench_handoff, 2000},
    {"paced", "each mode at the pace of a recording (--tape): 1 and 4 models, 1 and 1000 symbols",
     ts_bench_paced, 0},
    {"stages", "time a tick spends in each stage of the engine", ts_bench_stages, 20000},
    {"watching", "the flood in each flavour: what probes, sanitizers and the explorer's wrappers cost",
     ts_bench_watching, 200000},
    {"scaling", "the flood by capacity, strategies, models, engines and symbols", ts_bench_scaling, 200000},
    {"power", "seconds of a gate for each seeded bug caught, from a score (--score)", ts_bench_power, 1},
    {"probes", "what a probe costs that is compiled in and idle", ts_bench_probes, 50000000},
    {"explore",
     "schedules a second of the explorer, in a process and of a program, with ThreadSanitizer and without",
     ts_bench_explore, 100000},
};

static const char usage[] = "Usage: tickstorm bench [PART] [options]\n"
                            "       tickstorm bench queues|coordinator|history [--help]\n"
                            "       tickstorm bench hybrid RECORDING... (--help tells the rest)\n"
                            "\n"
                            "Parts (flood unless one is named):\n";

static const char usage_options[] =
    "\n"
    "  --rounds N      repetitions (default 7)\n"
    "  --ticks N       Depths a round, or of each sample; probes: turns of a loop; explore: schedules\n"
    "  --mode M        flood, latency, scaling: direct, locked, guarded or queued (default)\n"
    "  --models N      models, each of which answers every Depth (default 1)\n"
    "  --factors N     factors, each of which sees every Depth (default 1)\n"
    "  --one-thread    the engine's stages on one thread, in place of one each\n"
    "  --gap-us N      latency, handoff, engine: time between two Depths (default 100)\n"
    "  --tape FILE     paced: a recording (.gz) or a tick file\n"
    "  --speed X       paced: so many times as fast as recorded, above 0 (default 20)\n"
    "  --score FILE    power: a score.json of tickstorm score\n"
    "  --library FILE  the signal library (default: beside this program)\n"
    "  --raw FILE      keeps each sample, one JSON object a line\n"
    "  --json          one JSON object a sample, or a round and a summary, on stdout in place of the table\n"
    "\n"
    "Exit code 0, 2 for usage, 3 for what cannot be used (a library, a tape, a machine with one processor), "
    "6 when\n"
    "results were lost.\n";

static void print_help(void)
{
    fputs(usage, stdout);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        printf("  %-10s %s", parts[i].name, parts[i].what);
        if (parts[i].ticks > 1) {
            printf(" (--ticks %llu)", (unsigned long long)parts[i].ticks);
        }
        putchar('\n');
    }
    fputs(usage_options, stdout);
}

static bool parse_number(const char *text, uint64_t maximum, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0 && *value <= maximum;
}

static int refuse(const char *name, const char *text, const char *wanted)
{
    fprintf(stderr, "tickstorm bench: --%s: %s is not %s\n", name, text, wanted);
    return TS_BENCH_USAGE;
}

static int take_number(struct ts_bench_options *options, int letter, const char *name, const char *text)
{
    struct number {
        char letter;
        uint64_t *target, maximum;
    } numbers[] = {{'r', &options->rounds, TS_BENCH_ROUNDS_MAX},
                   {'t', &options->ticks, 1000000000},
                   {'m', &options->models, TS_BENCH_MODELS_MAX},
                   {'f', &options->factors, TS_BENCH_MODELS_MAX},
                   {'g', &options->gap_us, 1000000000}};
    char wanted[64];
    size_t i = 0;
    while (numbers[i].letter != letter) {
        i++;
    }
    snprintf(wanted, sizeof wanted, "an integer from 1 to %llu", (unsigned long long)numbers[i].maximum);
    return parse_number(text, numbers[i].maximum, numbers[i].target) ? TS_BENCH_OK
                                                                     : refuse(name, text, wanted);
}

static int take_speed(struct ts_bench_options *options, const char *text)
{
    char *end;
    options->speed = strtod(text, &end);
    bool sound = end != text && *end == '\0' && options->speed > 0 && options->speed <= 1e6;
    return sound ? TS_BENCH_OK : refuse("speed", text, "a number above 0, up to 1000000");
}

static int take_option(struct ts_bench_options *options, int letter, const char *name)
{
    switch (letter) {
    case 'h':
        print_help();
        exit(EXIT_SUCCESS);
    case 'j':
        options->json = true;
        return TS_BENCH_OK;
    case '1':
        options->pipeline = TS_PIPELINE_ONE_THREAD;
        return TS_BENCH_OK;
    case 'w':
        options->raw_path = optarg;
        return TS_BENCH_OK;
    case 'l':
        options->library_path = optarg;
        return TS_BENCH_OK;
    case 'T':
        options->tape_path = optarg;
        return TS_BENCH_OK;
    case 'S':
        options->score_path = optarg;
        return TS_BENCH_OK;
    case 's':
        return take_speed(options, optarg);
    case 'M':
        return ts_delivery_mode_parse(optarg, &options->mode) == TS_OK
                   ? TS_BENCH_OK
                   : refuse(name, optarg, "one of direct, locked, guarded, queued");
    case '?':
        fputs("See tickstorm bench --help\n", stderr);
        return TS_BENCH_USAGE;
    default:
        return take_number(options, letter, name, optarg);
    }
}

static int parse_options(int argc, char **argv, struct ts_bench_options *options, const struct part **part)
{
    static const struct option names[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"ticks", required_argument, NULL, 't'},
        {"models", required_argument, NULL, 'm'},
        {"factors", required_argument, NULL, 'f'},
        {"gap-us", required_argument, NULL, 'g'},
        {"library", required_argument, NULL, 'l'},
        {"tape", required_argument, NULL, 'T'},
        {"speed", required_argument, NULL, 's'},
        {"score", required_argument, NULL, 'S'},
        {"mode", required_argument, NULL, 'M'},
        {"one-thread", no_argument, NULL, '1'},
        {"json", no_argument, NULL, 'j'},
        {"raw", required_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter, index = 0;
    while ((letter = getopt_long(argc, argv, "h", names, &index)) != -1) {
        int status = take_option(options, letter, names[index].name);
        if (status != TS_BENCH_OK) {
            return status;
        }
    }
    *part = &parts[0];
    if (optind == argc) {
        return TS_BENCH_OK;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(argv[optind], parts[i].name) == 0) {
            *part = &parts[i];
            optind++;
            break;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "tickstorm bench: there is no part %s (see --help)\n", argv[optind]);
        return TS_BENCH_USAGE;
    }
    return TS_BENCH_OK;
}

/* Becomes the program NAME in the folder bench beside this one; returns only if it cannot. */
static int become(const char *name, char **argv)
{
    char path[PATH_MAX + 32] = "";
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash = length > 0 ? strrchr(path, '/') : NULL;
    if (slash != NULL) {
        snprintf(slash + 1, sizeof path - (size_t)(slash + 1 - path), "bench/%s", name);
        execv(path, argv);
    }
    fprintf(stderr, "tickstorm bench: %s did not start; see ./ci/build\n", path);
    return TS_BENCH_REFUSED;
}

int main(int argc, char **argv)
{
    char library[4096];
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "queues") == 0 || strcmp(name, "coordinator") == 0 || strcmp(name, "history") == 0) {
        return become(name, argv + 1);
    }
    if (strcmp(name, "hybrid") == 0) {
        return ts_bench_hybrid(argc - 1, argv + 1);
    }
    struct ts_bench_options options = {
        .rounds = 7, .models = 1, .factors = 1, .gap_us = 100, .mode = TS_DELIVERY_QUEUED, .speed = 20};
    const struct part *part;
    int status = parse_options(argc, argv, &options, &part);
    if (status != TS_BENCH_OK) {
        return status;
    }
    if (options.ticks == 0) {
        options.ticks = part->ticks;
    }
    if (options.library_path == NULL) {
        ts_bench_default_library(library, sizeof library);
        options.library_path = library;
    }
    return part->run(&options);
}

/*
 * tickstorm-bench: throughput and latency of the engine end to end, from on_data to on_factor, in queued
 * mode.
 *
 * flood    as many Depths as the engine takes, on 64 symbols: ticks a second, and whether memory stayed flat
 * latency  one Depth every so often: time from on_data to on_factor
 * probes   what a probe costs that is compiled in and idle (the engine itself is measured without probes)
 * hybrid   the trader's two paths on the same recordings (hybrid.h)
 * explore  schedules a second of the explorer, with ThreadSanitizer and with a runtime that detects nothing
 * queues   the ring of lib/queue against others (queues/main.c, a program of its own)
 * coordinator  what callbacks that hang cost the other tasks (coordinator_main.c, likewise)
 *
 * Rounds are repeated and reported one by one and as minimum, median and maximum: these machines are noisy,
 * and a single figure hides that. Bare flavour only: a sanitizer's speed says nothing about the product's.
 */
#include "base/clock.h"
#include "bench/bench.h"
#include "bench/engine.h"
#include "bench/explore_speed.h"
#include "bench/hybrid.h"
#include "bench/probe_cost.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: tickstorm bench [flood|latency|engine|probes|explore] [options]\n"
    "       tickstorm bench queues|coordinator [--help]\n"
    "       tickstorm bench hybrid RECORDING... (--help tells the rest)\n"
    "\n"
    "  engine: floods and latencies of each delivery mode by turns, as a table; --raw FILE keeps each round\n"
    "\n"
    "  --rounds N      repetitions (default 7)\n"
    "  --ticks N       Depths a round (default 2000000 for flood, 20000 for latency); probes: turns of a "
    "loop\n"
    "                  (default 50000000); explore: schedules (default 100000)\n"
    "  --models N      models, each of which answers every Depth (default 1)\n"
    "  --factors N     factors, each of which sees every Depth (default 1)\n"
    "  --gap-us N      latency: time between two Depths (default 100)\n"
    "  --library FILE  the signal library (default: beside this program)\n"
    "  --json          one object a round on stdout, and a summary\n"
    "\n"
    "Exit code 0, 2 for usage, 3 for a library that cannot be used, 6 when results were lost.\n";

static int parse_number(const char *text, uint64_t maximum, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0 && *value <= maximum;
}

/* Whether there is a benchmark of this name; the flood is the one without a flag. */
static bool take_name(const char *name, struct ts_bench_options *options)
{
    options->latency = strcmp(name, "latency") == 0;
    options->engine = strcmp(name, "engine") == 0;
    options->probes = strcmp(name, "probes") == 0;
    options->explore = strcmp(name, "explore") == 0;
    return options->latency || options->engine || options->probes || options->explore ||
           strcmp(name, "flood") == 0;
}

static int parse_options(int argc, char **argv, struct ts_bench_options *options)
{
    static const struct option names[] = {
        {"rounds", required_argument, NULL, 'r'}, {"ticks", required_argument, NULL, 't'},
        {"models", required_argument, NULL, 'm'}, {"factors", required_argument, NULL, 'f'},
        {"gap-us", required_argument, NULL, 'g'}, {"library", required_argument, NULL, 'l'},
        {"json", no_argument, NULL, 'j'},         {"raw", required_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    int option, index = 0;
    while ((option = getopt_long(argc, argv, "h", names, &index)) != -1) {
        uint64_t *target = NULL;
        uint64_t maximum = 1000000000;
        switch (option) {
        case 'h':
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        case 'j':
            options->json = true;
            continue;
        case 'w':
            options->raw_path = optarg;
            continue;
        case 'l':
            options->library_path = optarg;
            continue;
        case 'r':
            target = &options->rounds;
            maximum = TS_BENCH_ROUNDS_MAX;
            break;
        case 't':
            target = &options->ticks;
            break;
        case 'm':
            target = &options->models;
            maximum = 16;
            break;
        case 'f':
            target = &options->factors;
            maximum = 16;
            break;
        case 'g':
            target = &options->gap_us;
            break;
        default:
            fputs(usage, stderr);
            return TS_BENCH_USAGE;
        }
        if (!parse_number(optarg, maximum, target)) {
            fprintf(stderr, "tickstorm bench: --%s: %s is not an integer from 1 to %llu\n", names[index].name,
                    optarg, (unsigned long long)maximum);
            return TS_BENCH_USAGE;
        }
    }
    optind += optind < argc && take_name(argv[optind], options);
    if (optind < argc) {
        fprintf(stderr, "tickstorm bench: there is no benchmark %s\n%s", argv[optind], usage);
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
    if (argc > 1 && (strcmp(argv[1], "queues") == 0 || strcmp(argv[1], "coordinator") == 0)) {
        return become(argv[1], argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "hybrid") == 0) {
        return ts_bench_hybrid(argc - 1, argv + 1);
    }
    struct ts_bench_options options = {
        .rounds = 7, .models = 1, .factors = 1, .gap_us = 100, .mode = TS_DELIVERY_QUEUED};
    int status = parse_options(argc, argv, &options);
    if (status != TS_BENCH_OK) {
        return status;
    }
    bool own_ticks = options.ticks == 0;
    if (own_ticks) {
        options.ticks = options.explore   ? 100000
                        : options.probes  ? 50000000
                        : options.latency ? 20000
                                          : 2000000;
    }
    if (options.probes) {
        return ts_bench_probes(&options);
    }
    if (options.explore) {
        return ts_bench_explore(&options);
    }
    if (options.library_path == NULL) {
        ts_bench_default_library(library, sizeof library);
        options.library_path = library;
    }
    if (options.engine) {
        options.ticks = own_ticks ? 300000 : options.ticks;
        return ts_bench_engine(&options);
    }
    return ts_bench_run(&options);
}

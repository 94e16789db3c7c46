#include "bench/explore_speed.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TSAN, EMPTY, RUNTIMES };
enum { RATE, STEPS, STEP_NS, SWITCH_NS, PROGRAM_RATE, FIGURES };

#define PROGRAM_SHARE 100 /* a whole program has so many times fewer schedules */

static const char *const runtimes[RUNTIMES] = {"tsan", "empty"};
static const char *const figures[FIGURES] = {"schedules_per_s", "steps", "step_ns", "switch_ns",
                                             "programs_per_s"};

static bool folder_of_program(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0) {
        return false;
    }
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    return true;
}

static bool take_figure(const char *line, const char *figure, double *value)
{
    char key[32];
    snprintf(key, sizeof key, "\"%s\":", figure);
    const char *found = strstr(line, key);
    if (found != NULL) {
        *value = strtod(found + strlen(key), NULL);
    }
    return found != NULL;
}

/* The line that a command says last. */
static bool run_command(const char *command, char *line, int size)
{
    FILE *output = popen(command, "r");
    bool read = false;
    while (output != NULL && fgets(line, size, output) != NULL) {
        read = true;
    }
    return output != NULL && pclose(output) == 0 && read;
}

/* Schedules inside one process. */
static bool run_round(const char *folder, const char *runtime, uint64_t schedules, double result[FIGURES])
{
    char command[PATH_MAX + 96], line[256] = "";
    snprintf(command, sizeof command, "exec '%s/explore/speed.%s' %llu", folder, runtime,
             (unsigned long long)schedules);
    bool taken = run_command(command, line, sizeof line);
    for (int i = 0; i < PROGRAM_RATE; i++) {
        taken = taken && take_figure(line, figures[i], &result[i]);
    }
    return taken;
}

/* Schedules of a whole program, its start included. */
static bool run_program(const char *folder, const char *runtime, uint64_t schedules, double *rate)
{
    char command[3 * PATH_MAX + 256], line[512] = "", out[] = "/tmp/tickstorm-bench-XXXXXX";
    double ran = 0, seconds = 0;
    if (mkdtemp(out) == NULL) {
        return false;
    }
    snprintf(
        command, sizeof command,
        "exec '%s/tickstorm' explore --json --quiet --strategy random --seed 1 --schedules %llu --out '%s' "
        "-- '%s/explore/program.%s'",
        folder, (unsigned long long)schedules, out, folder, runtime);
    bool taken = run_command(command, line, sizeof line) && take_figure(line, "schedules", &ran) &&
                 take_figure(line, "seconds", &seconds) && seconds > 0;
    rmdir(out); /* nothing is found, so it is empty */
    *rate = taken ? ran / seconds : 0;
    return taken;
}

static int by_size(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static void print_figure(const struct ts_bench_options *options, const char *runtime, const char *figure,
                         double *values)
{
    size_t count = options->rounds;
    qsort(values, count, sizeof *values, by_size);
    printf(options->json
               ? "{\"bench\":\"explore\",\"runtime\":\"%s\",\"figure\":\"%s\",\"min\":%.1f,\"median\":%.1f,"
                 "\"max\":%.1f,\"rounds\":%zu}\n"
               : "%-6s %-16s min %.1f, median %.1f, max %.1f over %zu rounds\n",
           runtime, figure, values[0], values[count / 2], values[count - 1], count);
}

int ts_bench_explore(const struct ts_bench_options *options)
{
    static double values[RUNTIMES][FIGURES][TS_BENCH_ROUNDS_MAX];
    char folder[PATH_MAX];
    if (!folder_of_program(folder, sizeof folder)) {
        fprintf(stderr, "tickstorm bench: where is this program?\n");
        return TS_BENCH_REFUSED;
    }
    for (uint64_t round = 0; round < options->rounds; round++) {
        for (int runtime = 0; runtime < RUNTIMES; runtime++) {
            double result[FIGURES];
            uint64_t whole = options->ticks / PROGRAM_SHARE + 10;
            if (!run_round(folder, runtimes[runtime], options->ticks, result) ||
                !run_program(folder, runtimes[runtime], whole, &result[PROGRAM_RATE])) {
                fprintf(stderr,
                        "tickstorm bench: %s/explore/{speed,program}.%s did not run; see ./ci/build\n",
                        folder, runtimes[runtime]);
                return TS_BENCH_REFUSED;
            }
            for (int i = 0; i < FIGURES; i++) {
                values[runtime][i][round] = result[i];
            }
        }
    }
    for (int runtime = 0; runtime < RUNTIMES; runtime++) {
        for (int i = 0; i < FIGURES; i++) {
            print_figure(options, runtimes[runtime], figures[i], values[runtime][i]);
        }
    }
    return TS_BENCH_OK;
}

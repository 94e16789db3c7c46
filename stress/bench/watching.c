#include "bench/watching.h"

#include "bench/part.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const flavours[] = {"bare", "plain", "asan", "tsan", "explore"};

static bool take(const char *line, const char *key, double *value)
{
    const char *found = strstr(line, key);
    if (found != NULL) {
        *value = strtod(found + strlen(key), NULL);
    }
    return found != NULL;
}

enum { NS, CPU_NS, RSS_KIB, FIGURES };

static const char *const keys[FIGURES] = {"\"ns_a_tick\":", "\"cpu_ns_a_tick\":", "\"rss_kib\":"};
static const char *const groups[FIGURES] = {"ns a tick", "processor ns a tick", "peak memory, KiB"};

static ts_err run_flood(struct ts_part *part, const char *folder, const char *flavour,
                        double figures[FIGURES])
{
    char command[PATH_MAX + 96], line[512] = "";
    snprintf(command, sizeof command, "exec '%s/%s/flood' %llu", folder, flavour,
             (unsigned long long)part->options->ticks);
    FILE *output = popen(command, "re");
    bool read = output != NULL && fgets(line, sizeof line, output) != NULL;
    bool ended = output != NULL && pclose(output) == 0;
    for (int i = 0; i < FIGURES; i++) {
        read = read && take(line, keys[i], &figures[i]);
    }
    if (!read || !ended) {
        return ts_fail(&part->diag, TS_ENVIRONMENT, "flood", flavour,
                       "%s/%s/flood did not run to its end; see ./ci/build", folder, flavour);
    }
    return TS_OK;
}

int ts_bench_watching(const struct ts_bench_options *options)
{
    char folder[PATH_MAX];
    struct ts_part part;
    ts_bench_folder(folder, sizeof folder);
    ts_err error = ts_part_begin(&part, "watching", "as named", options);
    for (uint64_t round = 1; error == TS_OK && round <= options->rounds; round++) {
        for (size_t i = 0; error == TS_OK && i < sizeof flavours / sizeof *flavours; i++) {
            double figures[FIGURES];
            ts_part_progress(&part, round, flavours[i]);
            ts_part_look_before(&part);
            error = run_flood(&part, folder, flavours[i], figures);
            ts_part_look_after(&part);
            for (int k = 0; error == TS_OK && k < FIGURES; k++) {
                ts_part_add(&part, round, groups[k], flavours[i], figures[k]);
            }
        }
    }
    return ts_part_end(&part, "plain", error);
}

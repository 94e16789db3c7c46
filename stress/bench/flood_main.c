/* One flood in this program's flavour, as bench watching runs it: flood TICKS prints one object. */
#include "bench/bench.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
    char folder[PATH_MAX], library[PATH_MAX + 32], line[512], *end = NULL;
    struct ts_bench_figures figures;
    struct ts_diag diag = {0};
    struct rusage usage;
    errno = 0;
    uint64_t ticks = argc == 2 && argv[1][0] >= '1' && argv[1][0] <= '9' ? strtoull(argv[1], &end, 10) : 0;
    if (ticks == 0 || *end != '\0' || errno != 0) {
        fputs("Usage: flood TICKS\n", stderr);
        return TS_BENCH_USAGE;
    }
    ts_bench_folder(folder, sizeof folder);
    snprintf(library, sizeof library, "%s/libsignal.so", folder);
    struct ts_bench_options options = {
        .ticks = ticks, .models = 1, .factors = 1, .mode = TS_DELIVERY_QUEUED, .library_path = library};
    if (ts_bench_figures_of(&options, &figures, &diag) != TS_OK) {
        fprintf(stderr, "flood: %s\n", ts_diag_line(&diag, line, sizeof line));
        return TS_BENCH_REFUSED;
    }
    getrusage(RUSAGE_SELF, &usage);
    double cpu_ns = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
    printf("{\"ns_a_tick\":%.2f,\"cpu_ns_a_tick\":%.2f,\"rss_kib\":%ld,\"ticks\":%llu}\n",
           1e9 / figures.ticks_per_s, cpu_ns / (double)ticks, usage.ru_maxrss, (unsigned long long)ticks);
    return TS_BENCH_OK;
}

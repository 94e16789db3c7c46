#include "bench/part.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

ts_err ts_part_begin(struct ts_part *part, const char *name, const char *unit,
                     const struct ts_bench_options *options)
{
    *part = (struct ts_part){.name = name, .options = options};
    return ts_samples_begin(&part->samples, name, unit, options->json ? "-" : options->raw_path, &part->diag);
}

void ts_part_progress(const struct ts_part *part, uint64_t round, const char *what)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K%s: round %" PRIu64 " of %" PRIu64 ", %s", part->name, round,
                part->options->rounds, what);
    }
}

void ts_part_look_before(struct ts_part *part)
{
    part->rtt_before_ns = ts_placement_look();
}

void ts_part_look_after(struct ts_part *part)
{
    part->rtt_after_ns = ts_placement_look();
}

void ts_part_add(struct ts_part *part, uint64_t round, const char *group, const char *name, double value)
{
    struct ts_sample sample = {.round = round,
                               .value = value,
                               .rtt_before_ns = part->rtt_before_ns,
                               .rtt_after_ns = part->rtt_after_ns};
    snprintf(sample.group, sizeof sample.group, "%s", group);
    snprintf(sample.name, sizeof sample.name, "%s", name);
    ts_samples_add(&part->samples, &sample);
}

int ts_part_end(struct ts_part *part, const char *over, ts_err error)
{
    char line[512];
    if (isatty(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
    if (error == TS_OK && !part->options->json) {
        ts_samples_table_over(&part->samples, over != NULL ? over : "", stdout);
    }
    ts_samples_end(&part->samples);
    if (error != TS_OK) {
        fprintf(stderr, "tickstorm bench %s: %s\n", part->name, ts_diag_line(&part->diag, line, sizeof line));
        return error == TS_END ? TS_BENCH_LOST : TS_BENCH_REFUSED;
    }
    return TS_BENCH_OK;
}

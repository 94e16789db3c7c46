#include "reports/contrast_evidence.h"

#include "reports/figure.h"
#include "reports/statistics.h"

#include <inttypes.h>
#include <string.h>

#define MS_PER_MINUTE 60000.0
#define BYTES_PER_GIB (1024.0 * 1024.0 * 1024.0)

/* The classes, and the words that the source documents have for them. */
static const struct {
    const char *class;
    const char *words;
} documents_words[] = {
    {"pure-virtual-call", "pure virtual method called"},
    {"bus-error", "bus error"},
    {"heap-corruption", "corrupted size vs. prev_size"},
    {"segmentation-violation", "segmentation violation"},
    {"recursive-terminate", "terminate called recursively"},
    {"abort", "none of theirs: any other abort"},
};

#define CLASS_COUNT (sizeof documents_words / sizeof documents_words[0])

static void write_names(FILE *out, const struct ts_record_cell *cell)
{
    ts_write_markdown(out, cell->scenario);
    fputs(", ", out);
    ts_write_markdown(out, cell->mode);
    fputs(", ", out);
    ts_write_markdown(out, cell->flavour);
}

static void write_rule(FILE *out, size_t labels, size_t figures)
{
    fputs("\n|", out);
    for (size_t i = 0; i < labels; i++) {
        fputs("---|", out);
    }
    for (size_t i = 0; i < figures; i++) {
        fputs("---:|", out);
    }
    fputc('\n', out);
}

static void write_count(FILE *out, int64_t value)
{
    struct ts_figure figure;
    fprintf(out, " %s |", ts_figure_count(&figure, value));
}

/* The lives of one crash class in one mode, over all flavours. */
static int64_t class_lives(const struct ts_contrast *contrast, const char *mode, const char *class)
{
    const struct ts_record_cell *cell = NULL;
    int64_t lives = 0;
    while ((cell = ts_contrast_next(contrast, NULL, mode, NULL, cell)) != NULL) {
        lives += ts_record_count_of(&cell->classes, class);
    }
    return lives;
}

static void write_class(FILE *out, const struct ts_contrast *contrast, const char *words, const char *class)
{
    fputs("| ", out);
    ts_write_markdown(out, words);
    fputs(" | ", out);
    ts_write_markdown(out, class);
    fputs(" |", out);
    for (size_t i = 0; i < contrast->modes.count; i++) {
        write_count(out, class_lives(contrast, contrast->modes.names[i], class));
    }
    fputc('\n', out);
}

void ts_evidence_crash_classes(FILE *out, const struct ts_contrast *contrast)
{
    struct ts_tally unnamed = {0};
    struct ts_figure lives;
    fputs("## Crash classes\n\n| in the documents' words | class |", out);
    for (size_t i = 0; i < contrast->modes.count; i++) {
        struct ts_mode_sum sum = ts_contrast_sum(contrast, contrast->modes.names[i], NULL);
        fputc(' ', out);
        ts_write_markdown(out, contrast->modes.names[i]);
        fprintf(out, " (of %s lives) |", ts_figure_count(&lives, sum.lives));
    }
    write_rule(out, 2, contrast->modes.count);
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        write_class(out, contrast, documents_words[i].words, documents_words[i].class);
        ts_tally_add(&unnamed, documents_words[i].class, 0);
    }
    for (size_t i = 0; i < contrast->record->cell_count; i++) {
        const struct ts_record_counts *classes = &contrast->record->cells[i].classes;
        for (size_t j = 0; j < classes->count; j++) {
            ts_tally_add(&unnamed, classes->items[j].name, classes->items[j].value);
        }
    }
    for (size_t i = CLASS_COUNT; i < unnamed.count; i++) {
        write_class(out, contrast, "none of theirs", unnamed.items[i].name);
    }
    fputs("\nLives that died so, over all flavours; a sanitizer ends some lives before they can crash.\n\n",
          out);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Durations and maxima have no meaning as a sum. */
static bool can_be_summed(const char *counter)
{
    static const char *const no_sums[] = {"_ns", "_us", "_ms", "_max", "_min", "_mean"};
    for (size_t i = 0; i < sizeof no_sums / sizeof no_sums[0]; i++) {
        if (ends_with(counter, no_sums[i])) {
            return false;
        }
    }
    return strncmp(counter, "max_", 4) != 0;
}

static int64_t counter_sum(const struct ts_contrast *contrast, const char *mode, const char *counter)
{
    const struct ts_record_cell *cell = NULL;
    int64_t sum = 0;
    while ((cell = ts_contrast_next(contrast, NULL, mode, NULL, cell)) != NULL) {
        sum += ts_record_count_of(&cell->counters, counter);
    }
    return sum;
}

static void write_counters(FILE *out, const struct ts_contrast *contrast)
{
    struct ts_tally totals = {0};
    for (size_t i = 0; i < contrast->record->cell_count; i++) {
        const struct ts_record_counts *counters = &contrast->record->cells[i].counters;
        for (size_t j = 0; j < counters->count; j++) {
            if (can_be_summed(counters->items[j].name)) {
                ts_tally_add(&totals, counters->items[j].name, counters->items[j].value);
            }
        }
    }
    if (totals.count == 0) {
        return;
    }
    fputs("Counters, summed over all cells of a mode:\n\n| counter |", out);
    for (size_t i = 0; i < contrast->modes.count; i++) {
        fputc(' ', out);
        ts_write_markdown(out, contrast->modes.names[i]);
        fputs(" |", out);
    }
    fputs(" sum |", out);
    write_rule(out, 1, contrast->modes.count + 1);
    for (size_t i = 0; i < totals.count; i++) {
        if (totals.items[i].value == 0) {
            continue;
        }
        fputs("| ", out);
        ts_write_code(out, totals.items[i].name);
        fputs(" |", out);
        for (size_t j = 0; j < contrast->modes.count; j++) {
            write_count(out, counter_sum(contrast, contrast->modes.names[j], totals.items[i].name));
        }
        write_count(out, totals.items[i].value);
        fputc('\n', out);
    }
    fputs("\nCounters that stayed 0, durations and maxima are left out.\n\n", out);
}

void ts_evidence_hazards(FILE *out, const struct ts_contrast *contrast)
{
    fputs("## Hazards exercised\n\nA pass says something only where the dangerous situation occurred.\n\n"
          "| scenario | hazard | mode |",
          out);
    for (size_t i = 0; i < contrast->flavours.count; i++) {
        fputc(' ', out);
        ts_write_markdown(out, contrast->flavours.names[i]);
        fputs(" |", out);
    }
    write_rule(out, 3, contrast->flavours.count);
    for (size_t i = 0; i < contrast->scenarios.count; i++) {
        for (size_t j = 0; j < contrast->modes.count; j++) {
            const char *scenario = contrast->scenarios.names[i];
            const char *mode = contrast->modes.names[j];
            const struct ts_record_cell *cell = ts_contrast_next(contrast, scenario, mode, NULL, NULL);
            if (cell == NULL) {
                continue;
            }
            fputs("| ", out);
            ts_write_markdown(out, scenario);
            fputs(" | ", out);
            ts_write_markdown(out, cell->hazard);
            fputs(" | ", out);
            ts_write_markdown(out, mode);
            fputs(" |", out);
            for (size_t k = 0; k < contrast->flavours.count; k++) {
                int64_t count = 0;
                for (cell = NULL; (cell = ts_contrast_next(contrast, scenario, mode,
                                                           contrast->flavours.names[k], cell)) != NULL;) {
                    count += cell->hazard_count;
                }
                write_count(out, count);
            }
            fputc('\n', out);
        }
    }
    fputc('\n', out);
    write_counters(out, contrast);
}

static void write_bound(FILE *out, const char *mode, const char *flavour, const struct ts_mode_sum *sum)
{
    struct ts_figure span, lives, rate, share, ratio;
    double minutes = (double)sum->clean_ms / MS_PER_MINUTE;
    double bound = ts_rate_bound_none(minutes);
    double chance = ts_rate_chance_of_none(TS_SOURCE_RESTARTS_PER_MINUTE, minutes);
    fputs("| ", out);
    ts_write_markdown(out, mode);
    fputs(" | ", out);
    ts_write_markdown(out, flavour);
    fprintf(out, " | %s in %zu cells | %s | below %s a minute | below %s %% | ",
            ts_figure_duration(&span, sum->clean_ms), sum->cells, ts_figure_count(&lives, sum->lives),
            ts_figure_rate_above(&rate, bound),
            ts_figure_percent_above(&share, ts_share_bound_none(sum->lives)));
    if (bound >= TS_SOURCE_RESTARTS_PER_MINUTE) {
        fputs("too short to refute it", out);
    } else {
        fprintf(out, "%s times lower", ts_figure_rate(&ratio, TS_SOURCE_RESTARTS_PER_MINUTE / bound));
    }
    fprintf(out, "; chance of 0 at that rate: %.2g |\n", chance);
}

void ts_evidence_bounds(FILE *out, const struct ts_contrast *contrast)
{
    bool any = false;
    fputs("## Bounds: what the passes do and do not promise\n\n", out);
    for (size_t i = 0; i < contrast->modes.count; i++) {
        const char *mode = contrast->modes.names[i];
        struct ts_mode_sum whole = ts_contrast_sum(contrast, mode, NULL);
        if (whole.passes < whole.cells) {
            continue;
        }
        if (!any) {
            fputs("| mode | flavour | clean for | lives | crash rate, at 95 % | failing lives, at 95 % | "
                  "against the "
                  "documents' 18 a minute |",
                  out);
            write_rule(out, 7, 0);
            any = true;
        }
        for (size_t j = 0; j < contrast->flavours.count; j++) {
            struct ts_mode_sum sum = ts_contrast_sum(contrast, mode, contrast->flavours.names[j]);
            if (sum.cells > 0) {
                write_bound(out, mode, contrast->flavours.names[j], &sum);
            }
        }
    }
    fputs(any ? "\n" : "No mode passed in every cell that ended, so no bound is claimed.\n\n", out);
    for (size_t i = 0; i < contrast->modes.count; i++) {
        struct ts_mode_sum sum = ts_contrast_sum(contrast, contrast->modes.names[i], NULL);
        if (sum.passes < sum.cells) {
            fputs("- No bound for ", out);
            ts_write_markdown(out, contrast->modes.names[i]);
            fprintf(out, ": it passed in %zu of %zu cells.\n", sum.passes, sum.cells);
        }
    }
    fputs(
        "- The source documents counted 18 restarts in one minute with direct callbacks, and 0 over 56-87 s "
        "with "
        "the queue. Only the plain flavour runs at the product's speed; the others bound their own builds.\n"
        "- Scenarios aim for their hazard (a destroy waits up to 2 ms for a callback to be in flight): "
        "restarts "
        "a minute are those of a system under attack, not of a trading day.\n"
        "- A bound pools the scenarios of its row and holds for independent lives at a constant rate, on "
        "this "
        "machine and under this load.\n"
        "- ThreadSanitizer misses a simple race about once in 1,000 runs by design, and sees only the "
        "accesses "
        "that were made: a pass is this bound, never \"no race\".\n\n",
        out);
}

static void write_item(FILE *out, const char *label, const char *text)
{
    fprintf(out, "- %s: ", label);
    ts_write_markdown(out, text[0] != '\0' ? text : "not recorded");
    fputc('\n', out);
}

void ts_evidence_how_it_was_run(FILE *out, const struct ts_record *record)
{
    const struct ts_record_run *run = &record->run;
    struct ts_figure span, lives;
    fputs("## How it was run\n\n- command: ", out);
    ts_write_code(out, run->command);
    fputc('\n', out);
    write_item(out, "tool", run->tool);
    fputs("- commit: ", out);
    ts_write_markdown(out, run->commit);
    fputs(run->dirty ? ", with local changes: the commit alone does not repeat this\n" : "\n", out);
    write_item(out, "toolchain", run->toolchain);
    write_item(out, "processor", run->machine.cpu);
    fprintf(out, "- cores: %" PRId64 "\n", run->machine.cores);
    if (run->machine.memory_bytes != TS_RECORD_NONE) {
        fprintf(out, "- memory: %.1f GiB\n", (double)run->machine.memory_bytes / BYTES_PER_GIB);
    }
    write_item(out, "kernel", run->machine.kernel);
    write_item(out, "system", run->machine.os);
    write_item(out, "source of ticks", run->source);
    write_item(out, "seed", run->seed);
    write_item(out, "started (UTC)", run->started);
    write_item(out, "run", run->id);
    if (run->budget_ms != TS_RECORD_NONE) {
        fprintf(out, "- budget: %s\n", ts_figure_duration(&span, run->budget_ms));
    }
    if (record->has_end) {
        fprintf(out, "- took: %s\n", ts_figure_duration(&span, record->end.elapsed_ms));
    }
    fprintf(out, "- cells: %zu ended of %" PRId64 " planned\n", record->cell_count, run->cells);
    fputs("\n| cell | lives | restarts | lasted | repeats with |\n|---|---:|---:|---:|---|\n", out);
    for (size_t i = 0; i < record->cell_count; i++) {
        const struct ts_record_cell *cell = &record->cells[i];
        fprintf(out, "| %" PRId64 ": ", cell->cell);
        write_names(out, cell);
        fprintf(out, " | %s | %" PRId64 " | %s | ", ts_figure_count(&lives, cell->lives), cell->restarts,
                ts_figure_duration(&span, cell->elapsed_ms));
        ts_write_code(out, cell->command);
        fputs(" |\n", out);
    }
    fputc('\n', out);
}

static bool has_name(const struct ts_axis *axis, const char *name)
{
    for (size_t i = 0; i < axis->count; i++) {
        if (strcmp(axis->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Lives are sorted by cell, so those of one cell that never ended are neighbours. */
static void write_unfinished_cells(FILE *out, const struct ts_record *record)
{
    if ((int64_t)record->cell_count < record->run.cells) {
        fprintf(out, "- %" PRId64 " of %" PRId64 " planned cells did not end and are in no table.\n",
                record->run.cells - (int64_t)record->cell_count, record->run.cells);
    }
    for (size_t i = 0; i < record->life_count;) {
        int64_t cell = record->lives[i].cell;
        size_t lives = 0;
        size_t passes = 0;
        bool ended = false;
        for (; i < record->life_count && record->lives[i].cell == cell; i++) {
            lives++;
            passes += record->lives[i].outcome == TS_RECORD_PASS;
        }
        for (size_t j = 0; j < record->cell_count; j++) {
            ended = ended || record->cells[j].cell == cell;
        }
        if (!ended) {
            fprintf(out, "- Cell %" PRId64 " did not end: %zu of its lives did, %zu of them passed.\n", cell,
                    lives, passes);
        }
    }
}

void ts_evidence_not_checked(FILE *out, const struct ts_contrast *contrast)
{
    const struct ts_record *record = contrast->record;
    struct ts_figure figure;
    fputs("## Not checked\n\n", out);
    write_unfinished_cells(out, record);
    for (size_t i = 0; i < record->cell_count; i++) {
        const struct ts_record_cell *cell = &record->cells[i];
        int64_t unclear = ts_record_count_of(&cell->outcomes, "inconclusive");
        if (cell->outcome != TS_RECORD_INCONCLUSIVE && unclear == 0) {
            continue;
        }
        fputs("- Inconclusive: ", out);
        write_names(out, cell);
        fprintf(out, ", %s of %" PRId64 " lives", ts_figure_count(&figure, unclear), cell->lives);
        fprintf(out, ", hazard %s.\n", ts_figure_count(&figure, cell->hazard_count));
    }
    if (!has_name(&contrast->flavours, "tsan")) {
        fputs("- No cell ran under ThreadSanitizer: races were not looked for.\n", out);
    }
    if (!has_name(&contrast->flavours, "asan")) {
        fputs("- No cell ran under AddressSanitizer: memory errors were seen only where they crashed.\n",
              out);
    }
    if (strcmp(record->run.source, "synthetic") == 0) {
        fputs("- Recorded markets: the ticks were synthetic.\n", out);
    }
    fputs("- Interleavings other than those that occurred: the schedules were the operating system's, not "
          "enumerated.\n"
          "- Memory reorderings that C11 allows and this processor does not make.\n"
          "- Code built without sanitizers: jansson, libc's internals and any plain library loaded into the "
          "process "
          "hide their races and memory errors.\n",
          out);
}

/* A score for a person. */
#include "score/score_write.h"
#include "supervisor/machine.h"

#include <inttypes.h>

void ts_score_sentence(const struct ts_score *score, char *text, size_t size)
{
    struct ts_score_totals t = ts_score_sum(score);
    if (score->options.explored) {
        char last[64] = "";
        if (t.explored_interleaved > 0) {
            snprintf(last, sizeof last, ", the last of them in schedule %" PRId64, t.explored_last);
        }
        snprintf(text, size,
                 "the explorer catches %zu of %zu seeded bugs, of those whose failure depends on an "
                 "interleaving %zu of %zu%s. The clean build: findings beside %zu of %zu bugs, %" PRId64
                 " schedules.",
                 t.explored, t.bugs, t.explored_interleaved, t.interleaved, last, t.clean_failed, t.bugs,
                 t.clean_schedules);
        return;
    }
    snprintf(text, size,
             "%zu of %zu seeded bugs caught, %zu by a detector that was expected; plain native stress "
             "catches %zu, plain "
             "TSan stress %zu, neither of them %zu of those caught; the explorer catches %zu, and %zu of the "
             "%zu whose "
             "failure depends on an interleaving. The clean build: findings "
             "beside %zu of %zu bugs, %" PRId64 " lives, %.1f min, and %" PRId64 " schedules.",
             t.caught, t.bugs, t.by_expected, t.native, t.tsan, t.only_suite, t.explored,
             t.explored_interleaved, t.interleaved, t.clean_failed, t.bugs, t.clean_lives,
             (double)t.clean_ms / 60000, t.clean_schedules);
}

/* "TA 3 lives 1.2 s" or "-". */
static void write_catch(FILE *out, const struct ts_score_catch *result)
{
    char letters[TS_DETECTOR_COUNT + 1];
    if (!result->caught) {
        fprintf(out, " - |");
        return;
    }
    fprintf(out, " %s, %" PRId64 " %s, %.1f s |", ts_detectors_text(result->detectors, letters),
            result->lives, result->lives == 1 ? "life" : "lives", (double)result->elapsed_ms / 1000);
}

static void write_clean(FILE *out, const struct ts_score_catch *result)
{
    if (result->caught) {
        write_catch(out, result);
        return;
    }
    fprintf(out, " %s, %" PRId64 " %s |", result->outcome == TS_RECORD_PASS ? "clean" : "inconclusive",
            result->lives, result->lives == 1 ? "life" : "lives");
}

static void write_explored(FILE *out, const struct ts_score_row *row)
{
    const struct ts_score_catch *explored = &row->columns[TS_SCORE_EXPLORED];
    const struct ts_score_catch *clean = &row->columns[TS_SCORE_CLEAN_EXPLORED];
    char letters[TS_DETECTOR_COUNT + 1];
    if (clean->caught) {
        fprintf(out, " the clean build fails |");
    } else if (explored->caught) {
        fprintf(out, " X %s, schedule %" PRId64 ", %.1f s |", ts_detectors_text(explored->detectors, letters),
                explored->schedules, (double)explored->elapsed_ms / 1000);
    } else {
        fprintf(out, " - (%" PRId64 " schedules) |", explored->schedules);
    }
}

static void write_row(FILE *out, const struct ts_score *score, const struct ts_score_row *row)
{
    const struct ts_seeded_bug *bug = row->bug;
    char expected[TS_DETECTOR_COUNT + 1];
    if (score->options.explored) {
        fprintf(out, "| %u | %s | %s | %s, %s | %s |", bug->id, bug->name, bug->interleaving ? "yes" : "no",
                bug->explored.scenario->name, ts_mode_names[bug->explored.mode],
                ts_score_met(score, row) ? "caught" : "**missed**");
        write_explored(out, row);
        fprintf(out, " %" PRId64 " |\n", row->columns[TS_SCORE_CLEAN_EXPLORED].schedules);
        return;
    }
    fprintf(out, "| %u | %s | %s | %s, %s | %s | %s |", bug->id, bug->name, bug->likelihood,
            bug->scenario->name, ts_mode_names[bug->mode], ts_detectors_text(bug->expected, expected),
            ts_score_caught(row) ? "caught" : "**missed**");
    write_catch(out, &row->columns[TS_SCORE_SUITE]);
    write_catch(out, &row->columns[TS_SCORE_NATIVE]);
    write_catch(out, &row->columns[TS_SCORE_TSAN]);
    write_clean(out, &row->columns[TS_SCORE_CLEAN]);
    write_explored(out, row);
    fprintf(out, "\n");
}

static void write_missed(FILE *out, const struct ts_score *score)
{
    bool first = true;
    for (size_t i = 0; i < score->count; i++) {
        const struct ts_score_row *row = &score->rows[i];
        if (!row->done || ts_score_met(score, row)) {
            continue;
        }
        fprintf(out, "%s- %u %s: %s\n", first ? "\n## Missed\n\n" : "", row->bug->id, row->bug->name,
                row->columns[TS_SCORE_CLEAN].caught || row->columns[TS_SCORE_CLEAN_EXPLORED].caught
                    ? "the clean build fails in the same cells"
                : row->bug->missed[0] != '\0' ? row->bug->missed
                                              : "not explained");
        first = false;
    }
}

void ts_score_markdown(const struct ts_score *score, FILE *out)
{
    const struct ts_score_options *options = &score->options;
    char sentence[512];
    struct ts_machine machine;
    ts_score_sentence(score, sentence, sizeof sentence);
    ts_machine_describe(&machine);
    fprintf(out, "# Seeded bugs: the score\n\n%s\n\n", sentence);
    fprintf(
        out,
        "Each column had %.1f s, lives of at most %.1f s (one life of its own length where a bug's header "
        "names a longer one), and ended with its first failure. N is one column for each bug. Seed 0x%" PRIx64
        ", commit %s%s, %s, %d processors.\n\n",
        (double)options->column_ms / 1000, (double)options->life_ms / 1000, options->seed,
        ts_build_source()->commit, ts_build_source()->dirty ? " (changed)" : "", machine.cpu,
        (int)machine.cores);
    fprintf(out,
            "T ThreadSanitizer, A AddressSanitizer, L LeakSanitizer, U UBSan, I invariant, K deadlock, "
            "W watchdog, "
            "C crash without a report; X before them: met by the explorer, in that schedule of its search. "
            "Likelihood: the estimate that plain native stress finds it (VL < 1 %%, L < 10 %%, M, H, C "
            "certain).\n\n");
    fputs(options->explored
              ? "| id | bug | depends on an interleaving | explored scenario, mode | | explorer | schedules "
                "of the clean build |\n|---|---|---|---|---|---|---|\n"
              : "| id | bug | likelihood | scenario, mode | expected | | suite | native | TSan | clean "
                "build | explorer |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < score->count; i++) {
        if (score->rows[i].done) {
            write_row(out, score, &score->rows[i]);
        }
    }
    write_missed(out, score);
}

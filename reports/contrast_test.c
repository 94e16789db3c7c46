#include "reports/contrast.h"
#include "reports/fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *const as_expected =
    "Direct delivery failed in 9 of 9 cells; locked, guarded and queued passed in "
    "27 of 27.";

/* Both reports of one record, with what they must and must not say. */
struct reports {
    struct fixture fixture;
    struct ts_record *record;
    char *text;
    char *markdown;
};

static void make(struct reports *reports)
{
    struct ts_diag diag;
    cr_assert_eq(fixture_load(&reports->fixture, &reports->record, &diag), TS_OK, "%s", diag.text);
    fixture_remove(&reports->fixture);
    reports->text = fixture_text(reports->record, false);
    reports->markdown = fixture_markdown(reports->record);
}

static void release(struct reports *reports)
{
    free(reports->text);
    free(reports->markdown);
    ts_record_free(reports->record);
}

static void has(const char *report, const char *words)
{
    cr_assert_not_null(strstr(report, words), "\"%s\" is not in:\n%s", words, report);
}

static void has_not(const char *report, const char *words)
{
    cr_assert_null(strstr(report, words), "\"%s\" is in:\n%s", words, report);
}

static void make_contrast(struct reports *reports, const struct fixture_cell *last, const char *verdict)
{
    fixture_open(&reports->fixture);
    fixture_contrast(reports->fixture.file, last);
    fixture_end(reports->fixture.file, verdict, as_expected, false);
    make(reports);
}

Test(contrast, the_table_has_every_figure_with_its_bound)
{
    struct reports reports;
    make_contrast(&reports, NULL, "as-expected");
    has(reports.markdown,
        "| destroy-mid-callback | direct | 66 restarts/min: pure-virtual-call 4, segmentation-violation 4, "
        "heap-corruption 4<br>*11 in 10.0 s; 95 %: 32.9 to 119/min* | heap-use-after-free in 8 of 8 "
        "lives<br>*95 %: "
        "67.6 to 100 % of lives* | race in 5 of 5 lives<br>*95 %: 56.6 to 100 % of lives* |");
    has(reports.markdown, "| depth-flood | queued | pass (12 lives, hazard 1,234)<br>*0 in 9.6 s; 95 %: &lt;"
                          "18.8/min, &lt;22.1 % of lives*");
    has(reports.text, "66 restarts/min:");
    has(reports.text, "segmentation-violation 4,");
    has(reports.text, "race in 5 of 5 lives");
    has(reports.text, "Verdict: as-expected. Direct delivery failed in 9 of 9 cells");
    has_not(reports.text, "PARTIAL");
    has_not(reports.text, "! ");
    has_not(reports.markdown, "contradicts");
    release(&reports);
}

Test(contrast, the_text_fits_and_is_coloured_only_on_request)
{
    struct reports reports;
    make_contrast(&reports, NULL, "as-expected");
    for (const char *line = reports.text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        cr_assert_leq(length, (size_t)TS_CONTRAST_WIDTH_COLUMNS, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    has_not(reports.text, "\x1b");
    char *coloured = fixture_text(reports.record, true);
    has(coloured, "\x1b[31mrace in 5 of 5 lives\x1b[0m");
    has(coloured, "\x1b[32mpass (12 lives, hazard 1,234)\x1b[0m");
    free(coloured);
    release(&reports);
}

Test(contrast, the_verdict_comes_first_in_the_markdown)
{
    struct reports reports;
    make_contrast(&reports, NULL, "as-expected");
    const char *start =
        "# Contrast of callback delivery\n\n**Verdict: as-expected.** Direct delivery failed in 9 of 9";
    cr_assert_eq(strncmp(reports.markdown, start, strlen(start)), 0, "%.300s", reports.markdown);
    release(&reports);
}

Test(contrast, findings_classes_and_counters_are_summed)
{
    struct reports reports;
    make_contrast(&reports, NULL, "as-expected");
    has(reports.markdown, "| race | `host_strategy_destroy / on_factor` | 30 | 15 of 15 | 3 | `tickstorm run "
                          "destroy-mid-callback --mode direct --flavour tsan --for 10s --seed 0x200` |");
    has(reports.markdown, "| memory-error | `on_factor / strategy_release` | 48 | 24 of 24 | 3 |");
    has(reports.markdown,
        "| in the documents' words | class | direct (of 75 lives) | locked (of 108 lives) |");
    has(reports.markdown, "| corrupted size vs. prev\\_size | heap-corruption | 12 | 0 | 0 | 0 |");
    has(reports.markdown, "| bus error | bus-error | 0 | 0 | 0 | 0 |");
    has(reports.markdown, "| `ticks_depth` | 75,000 | 108,000 | 108,000 | 108,000 | 399,000 |");
    has_not(reports.markdown, "latency_max_ns");
    has(reports.markdown,
        "| queue-overflow | callbacks in flight when a strategy was destroyed | guarded | 1,234 | "
        "1,234 | 1,234 |");
    release(&reports);
}

Test(contrast, passes_are_bounds_and_failing_modes_have_none)
{
    struct reports reports;
    make_contrast(&reports, NULL, "as-expected");
    has(reports.markdown,
        "| queued | plain | 28.8 s in 3 cells | 36 | below 6.25 a minute | below 7.99 % | 2.88 times "
        "lower; chance of 0 at that rate: 0.00018 |");
    has(reports.markdown, "- No bound for direct: it passed in 0 of 9 cells.");
    has(reports.markdown, "about once in 1,000 runs by design");
    has_not(reports.markdown, "| direct | plain | 2");
    release(&reports);
}

Test(contrast, how_it_was_run_and_what_was_not_checked_are_said)
{
    struct reports reports;
    make_contrast(&reports, NULL, "as-expected");
    has(reports.markdown, "- command: `tickstorm contrast --for 360s --seed 0x1`\n");
    has(reports.markdown, "- memory: 24.0 GiB\n");
    has(reports.markdown, "- cells: 36 ended of 36 planned\n");
    has(reports.markdown,
        "| 35: depth-flood, queued, tsan | 12 | 0 | 10.0 s | `tickstorm run depth-flood --mode queued "
        "--flavour tsan --for 10s --seed 0x2300` |");
    has(reports.markdown, "- Recorded markets: the ticks were synthetic.\n");
    has_not(reports.markdown, "did not end");
    has_not(reports.markdown, "Inconclusive:");
    has_not(reports.markdown, "races were not looked for");
    release(&reports);
}

Test(contrast, an_unexpected_finding_in_a_queued_cell_is_loud)
{
    static const struct fixture_cell race = {"depth-flood", "queued", "tsan", TS_RECORD_RACE, 4, 50,
                                             "pass",        false};
    struct reports reports;
    make_contrast(&reports, &race, "unexpected");
    has(reports.text, "! race in 4 of 4 lives");
    has(reports.markdown, "**! unexpected:** race in 4 of 4 lives<br>*95 %: 51 to 100 % of lives*");
    has(reports.markdown,
        "- depth-flood, queued, tsan: expected to pass, came out as race. `tickstorm run depth-flood "
        "--mode queued --flavour tsan");
    has(reports.markdown, "- No bound for queued: it passed in 8 of 9 cells.");
    has_not(reports.markdown, "| queued | plain | 28.8 s");
    has(reports.markdown, "| locked | plain | 28.8 s");
    has_not(reports.markdown, "contradicts");
    release(&reports);

    make_contrast(&reports, &race, "as-expected");
    has(reports.text, "its verdict is as-expected, 1 of its cells are not");
    has(reports.markdown, "> The record contradicts itself: its verdict is as-expected");
    release(&reports);
}

Test(contrast, an_inconclusive_cell_bounds_nothing)
{
    static const struct fixture_cell idle = {"depth-flood", "queued", "tsan", TS_RECORD_INCONCLUSIVE, 12, 0,
                                             "pass",        false};
    struct reports reports;
    make_contrast(&reports, &idle, "inconclusive");
    has(reports.text, "! inconclusive (12 lives,");
    has(reports.markdown, "inconclusive (12 lives, hazard 0)<br>*no bound*");
    has(reports.markdown, "- Inconclusive: depth-flood, queued, tsan, 12 of 12 lives, hazard 0.");
    has(reports.markdown, "- No bound for queued: it passed in 8 of 9 cells.");
    char *coloured = fixture_text(reports.record, true);
    has(coloured, "\x1b[33m! inconclusive");
    free(coloured);
    release(&reports);
}

Test(contrast, a_partial_record_is_titled_so_and_has_no_verdict)
{
    static const struct fixture_cell pass = {
        "destroy-mid-callback", "queued", "plain", TS_RECORD_PASS, 3, 7, "pass", true};
    struct reports reports;
    fixture_open(&reports.fixture);
    fixture_run(reports.fixture.file, 36);
    fixture_cell(reports.fixture.file, 0, &pass);
    fprintf(reports.fixture.file,
            "{\"type\":\"life\",\"cell\":4,\"life\":0,\"seed\":\"0x1\",\"started_ms\":0,"
            "\"duration_ms\":5,\"outcome\":\"crash\"}\n{\"type\":\"li");
    make(&reports);
    has(reports.text,
        "PARTIAL RECORD, NOT A WHOLE ONE. The record has no end line: 1 of 36 cells ended, 6 whole lines, "
        "the last line cut in the middle");
    has(reports.text, "No verdict: the record is partial.");
    cr_assert_eq(strncmp(reports.markdown, "# PARTIAL RECORD: ", 18), 0);
    has(reports.markdown, "> **This record is not whole.** The record has no end line: 1 of 36 cells ended");
    has(reports.markdown, "**No verdict**");
    has_not(reports.markdown, "Verdict:");
    has(reports.markdown, "- 35 of 36 planned cells did not end");
    has(reports.markdown, "- Cell 4 did not end: 1 of its lives did, 0 of them passed.");
    has(reports.markdown, "No cell ran under ThreadSanitizer: races were not looked for.");
    release(&reports);
}

Test(contrast, an_interrupted_run_is_titled_so)
{
    static const struct fixture_cell pass = {
        "destroy-mid-callback", "queued", "plain", TS_RECORD_PASS, 3, 7, "pass", true};
    struct reports reports;
    fixture_open(&reports.fixture);
    fixture_run(reports.fixture.file, 2);
    fixture_cell(reports.fixture.file, 0, &pass);
    fixture_end(reports.fixture.file, "interrupted", "Stopped after 1 of 2 cells.", true);
    make(&reports);
    has(reports.text, "INTERRUPTED RUN, NOT A WHOLE RECORD. The run ended early: 1 of 2 cells ended.");
    cr_assert_eq(strncmp(reports.markdown, "# INTERRUPTED RUN: ", 19), 0);
    has(reports.markdown, "**Verdict: interrupted.** Stopped after 1 of 2 cells.");
    release(&reports);
}

Test(contrast, a_race_is_not_hidden_by_the_crash_that_followed)
{
    struct reports reports;
    fixture_open(&reports.fixture);
    fixture_run(reports.fixture.file, 1);
    for (int life = 0; life < 2; life++) {
        fprintf(
            reports.fixture.file,
            "{\"type\":\"life\",\"cell\":0,\"life\":%d,\"seed\":\"0x1\",\"started_ms\":0,\"duration_ms\":5,"
            "\"signal\":11,\"outcome\":\"crash\",\"class\":\"bus-error\",\"reports\":[{\"kind\":\"race\","
            "\"title\":\"a / b\",\"count\":1}],\"violations\":[{\"name\":\"accounting\"},"
            "{\"name\":\"accounting\"}]}\n",
            life);
    }
    fprintf(reports.fixture.file,
            "{\"type\":\"cell\",\"cell\":0,\"scenario\":\"s\",\"mode\":\"direct\",\"flavour\":\"tsan\","
            "\"seed\":\"0x1\","
            "\"lives\":2,\"restarts\":0,\"elapsed_ms\":1000,\"outcome\":\"crash\",\"outcomes\":{\"crash\":1},"
            "\"classes\":{\"bus-error\":2},\"hazard_count\":3,\"command\":\"c\"}\n");
    make(&reports);
    has(reports.markdown, "race in 2 of 2 lives; crash in 2 of 2 lives: bus-error 2");
    has(reports.markdown, "| invariant | `accounting` | 4 | 2 of 2 | 1 | `c` |");
    has(reports.markdown, "contradicts itself: cell 0 counts 2 lives, its outcomes add up to 1.");
    release(&reports);
}

Test(contrast, a_full_disk_is_an_error)
{
    struct reports reports;
    FILE *full = fopen("/dev/full", "w");
    make_contrast(&reports, NULL, "as-expected");
    cr_assert_not_null(full);
    cr_assert_neq(ts_contrast_markdown(reports.record, full), TS_OK);
    cr_assert_neq(ts_contrast_text(reports.record, full, false, TS_CONTRAST_WIDTH_COLUMNS), TS_OK);
    fclose(full);
    release(&reports);
}

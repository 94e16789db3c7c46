#include "reports/contrast.h"
#include "reports/fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *const as_expected =
    "Direct delivery failed in 9 of 9 cells; locked, guarded and queued passed in "
    "27 of 27.";

/* The table of one record, with what it must and must not say. */
struct reports {
    struct fixture fixture;
    struct ts_record *record;
    char *text;
};

static void make(struct reports *reports)
{
    struct ts_diag diag;
    cr_assert_eq(fixture_load(&reports->fixture, &reports->record, &diag), TS_OK, "%s", diag.text);
    fixture_remove(&reports->fixture);
    reports->text = fixture_text(reports->record, false);
}

static void release(struct reports *reports)
{
    free(reports->text);
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
    has(reports.text, "66 restarts/min:");
    has(reports.text, "segmentation-violation 4,");
    has(reports.text, "race in 5 of 5 lives");
    has(reports.text, "Verdict: as-expected. Direct delivery failed in 9 of 9 cells");
    has_not(reports.text, "PARTIAL");
    has_not(reports.text, "! ");
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

Test(contrast, an_unexpected_finding_in_a_queued_cell_is_loud)
{
    static const struct fixture_cell race = {"depth-flood", "queued", "tsan", TS_RECORD_RACE, 4, 50,
                                             "pass",        false};
    struct reports reports;
    make_contrast(&reports, &race, "unexpected");
    has(reports.text, "! race in 4 of 4 lives");
    release(&reports);

    make_contrast(&reports, &race, "as-expected");
    has(reports.text, "its verdict is as-expected, 1 of its cells are not");
    release(&reports);
}

Test(contrast, an_inconclusive_cell_bounds_nothing)
{
    static const struct fixture_cell idle = {"depth-flood", "queued", "tsan", TS_RECORD_INCONCLUSIVE, 12, 0,
                                             "pass",        false};
    struct reports reports;
    make_contrast(&reports, &idle, "inconclusive");
    has(reports.text, "! inconclusive (12 lives,");
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
    has(reports.text, "race in 2 of 2 lives");
    has(reports.text, "bus-error 2");
    has(reports.text, "cell 0 counts 2 lives, its outcomes add up to 1.");
    release(&reports);
}

Test(contrast, a_full_disk_is_an_error)
{
    struct reports reports;
    FILE *full = fopen("/dev/full", "w");
    make_contrast(&reports, NULL, "as-expected");
    cr_assert_not_null(full);
    cr_assert_neq(ts_contrast_text(reports.record, full, false, TS_CONTRAST_WIDTH_COLUMNS), TS_OK);
    fclose(full);
    release(&reports);
}

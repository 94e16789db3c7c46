#include "supervisor/record_writer.h"

#include "reports/record.h"
#include "supervisor/record_lines.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static struct ts_record_writer writer;
static struct ts_diag diag;
static size_t echoed;

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/ts_record_XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void tear_down(void)
{
    ts_record_writer_abandon(&writer);
    unlink(writer.partial_path);
    unlink(writer.path);
    rmdir(folder);
}

static void echo(const char *line, size_t size, void *user_data)
{
    (void)user_data;
    cr_assert_eq(line[size - 1], '\n');
    echoed += size;
}

static void write_lines(void)
{
    static struct ts_snapshot board = {.report_count = 1, .violation_count = 1};
    static struct ts_cell_tally tally;
    struct ts_machine machine;
    struct ts_verdict verdict = {
        .outcome = TS_RECORD_RACE, .class = TS_CRASH_ABORT, .detail = "went \"down\""};
    struct ts_cell cell = {.scenario = &ts_scenario_catalog[0], .seed = UINT64_MAX, .set = ""};
    board.reports[0] = (struct ts_snapshot_report){"race", "data-race", "a / b", "0x1", 4};
    snprintf(board.violations[0].name, sizeof board.violations[0].name, "order");
    memset(&tally, 0, sizeof tally);
    ts_tally_life(&tally, &board, &verdict, "");
    ts_machine_describe(&machine);
    static const struct ts_environment_check checks[2] = {{"gdb", "/usr/bin/gdb \xff", "", true, false},
                                                          {"processors", "1", "give it two", false, false}};
    struct ts_run_line run = {.id = "id",
                              .kind = "run",
                              .command = "tickstorm run \xff",
                              .started = "2026-01-01T00:00:00Z",
                              .seed = 7,
                              .plan = UINT64_C(0xfedcba9876543210),
                              .machine = &machine,
                              .source = "synthetic",
                              .checks = checks,
                              .check_count = 2,
                              .budget_ms = 9,
                              .cells = 1};
    struct ts_life_line life = {.seed = 5,
                                .duration_ms = 8,
                                .signal = 6,
                                .verdict = &verdict,
                                .board = &board,
                                .finding = "",
                                .log = "lives/0-0.log"};
    struct ts_cell_line line = {&cell, &tally, 60000, false, "tickstorm run x", "", NULL};
    cr_assert_eq(ts_record_writer_line(&writer, ts_record_run_line(&run), &diag), TS_OK);
    cr_assert_eq(ts_record_writer_line(&writer, ts_record_life_line(&life), &diag), TS_OK);
    cr_assert_eq(ts_record_writer_line(&writer, ts_record_cell_line(&line), &diag), TS_OK);
    cr_assert_eq(ts_record_writer_line(&writer, ts_record_end_line("findings", "One.", false, 10), &diag),
                 TS_OK);
}

Test(record_writer, writes_what_the_reader_reads, .init = set_up, .fini = tear_down)
{
    struct ts_record *record = NULL;
    cr_assert_eq(ts_record_writer_init(&writer, folder, echo, NULL, &diag), TS_OK);
    write_lines();
    cr_assert_neq(access(writer.path, F_OK), 0, "not before it is whole");
    cr_assert_eq(ts_record_writer_finish(&writer, &diag), TS_OK);
    cr_assert_neq(access(writer.partial_path, F_OK), 0);
    cr_assert_eq(ts_record_load(writer.path, &record, &diag), TS_OK, "%s: %s", diag.subject, diag.text);
    cr_assert(record->has_end);
    cr_assert_eq(record->lives[0].signal, 6);
    cr_assert_eq(record->lives[0].exit_code, TS_RECORD_NONE);
    cr_assert_eq(record->lives[0].report_count, 1);
    cr_assert_str_eq(record->lives[0].detail, "went \"down\"");
    cr_assert_str_eq(record->run.command, "tickstorm run ?", "what is no UTF-8 is replaced");
    cr_assert_str_eq(record->run.plan, "0xfedcba9876543210");
    cr_assert_eq(record->run.check_count, 2);
    cr_assert(record->run.checks[0].ok && !record->run.checks[1].ok);
    cr_assert_str_eq(record->run.checks[0].found, "/usr/bin/gdb ?");
    cr_assert_str_eq(record->run.checks[1].mend, "give it two");
    cr_assert_str_eq(record->cells[0].seed, "0xffffffffffffffff");
    cr_assert_eq(record->cells[0].outcome, TS_RECORD_RACE);
    cr_assert_eq(record->cells[0].finding_count, 2);
    cr_assert_gt(echoed, 500);
    ts_record_free(record);
}

static const char *text_in(const json_t *line, const char *member)
{
    const char *text = json_string_value(json_object_get(line, member));
    return text == NULL ? "" : text;
}

/* A plain run expects nothing, but a canary is one whoever runs it. */
Test(record_writer, a_cell_of_a_canary_is_judged_in_a_plain_run)
{
    static const struct {
        const char *scenario, *mode;
        ts_record_outcome outcome;
        const char *role, *expect, *judgement;
    } rows[] = {
        {"canary-hang", "direct", TS_RECORD_HANG, "canary", "fail", "met"},
        {"canary-hang", "direct", TS_RECORD_PASS, "canary", "fail", "missed"},
        {"canary-hang", "direct", TS_RECORD_LEAK, "canary", "fail", "violated"},
        {"canary-hang", "queued", TS_RECORD_PASS, "twin", "pass", "met"},
        {"canary-hang", "queued", TS_RECORD_HANG, "twin", "pass", "violated"},
        {"canary-race", "direct", TS_RECORD_HANG, "may-fail", "any", "met"}, /* plain does not see it */
        {"quiet-feed", "direct", TS_RECORD_HANG, "", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct ts_cell_tally tally;
        struct ts_cell cell = {.scenario = &ts_scenario_catalog[ts_scenario_find(rows[i].scenario)],
                               .mode = (enum ts_mode)ts_mode_find(rows[i].mode),
                               .set = ""};
        cell.expectation = ts_expectation_of(cell.scenario, cell.mode, cell.flavour);
        memset(&tally, 0, sizeof tally);
        tally.lives = tally.hazard = tally.outcomes[rows[i].outcome] = 1;
        struct ts_cell_line line = {&cell, &tally, 1, false, "", "", NULL};
        json_t *written = ts_record_cell_line(&line);
        cr_expect_str_eq(text_in(written, "role"), rows[i].role, "row %zu", i);
        cr_expect_str_eq(text_in(written, "expect"), rows[i].expect, "row %zu", i);
        cr_expect_str_eq(text_in(written, "judgement"), rows[i].judgement, "row %zu", i);
        bool good = rows[i].judgement[0] == '\0' || strcmp(rows[i].judgement, "met") == 0;
        cr_expect_eq(json_is_true(json_object_get(written, "as_expected")), good, "row %zu", i);
        cr_expect_eq(json_is_array(json_object_get(written, "welcome")), rows[i].role[0] != '\0');
        json_decref(written);
    }
}

Test(record_writer, tells_a_full_disk, .init = set_up, .fini = tear_down)
{
    cr_assert_eq(ts_record_writer_init(&writer, folder, NULL, NULL, &diag), TS_OK);
    cr_assert_eq(ts_record_writer_line(&writer, json_pack("{ss}", "type", "x"), &diag), TS_OK);
    int full = open("/dev/full", O_WRONLY);
    cr_assert_geq(full, 0);
    cr_assert_geq(dup2(full, writer.file), 0);
    close(full);
    cr_assert_eq(ts_record_writer_line(&writer, json_pack("{ss}", "type", "y"), &diag), TS_NO_SPACE);
    cr_assert_str_eq(diag.subject, writer.partial_path);
    ts_record_writer_abandon(&writer);
    cr_assert_eq(access(writer.partial_path, F_OK), 0, "what was gathered stays");
    cr_assert_neq(access(writer.path, F_OK), 0);
}

Test(record_writer, refuses_a_folder_with_a_record, .init = set_up, .fini = tear_down)
{
    struct ts_record_writer second;
    cr_assert_eq(ts_record_writer_init(&writer, folder, NULL, NULL, &diag), TS_OK);
    cr_assert_eq(ts_record_writer_init(&second, folder, NULL, NULL, &diag), TS_LIMIT, "while it grows");
    cr_assert_eq(ts_record_writer_finish(&writer, &diag), TS_OK);
    cr_assert_eq(ts_record_writer_init(&second, folder, NULL, NULL, &diag), TS_LIMIT, "when it is whole");
}

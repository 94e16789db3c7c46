#include "reports/fixture.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static const struct fixture_cell crash = {
    "destroy-mid-callback", "direct", "plain", TS_RECORD_CRASH, 12, 1234, "fail", true};
static const struct fixture_cell pass = {
    "destroy-mid-callback", "queued", "plain", TS_RECORD_PASS, 3, 7, "pass", true};

/* Number and lives. */
#define CELL_LINE                                                                                            \
    "{\"type\":\"cell\",\"cell\":%d,\"scenario\":\"s\",\"mode\":\"direct\",\"flavour\":\"tsan\",\"seed\":"   \
    "\"0x1\","                                                                                               \
    "\"lives\":%d,\"restarts\":0,\"elapsed_ms\":9,\"outcome\":\"pass\",\"outcomes\":{},\"hazard_count\":1,"  \
    "\"command\":\"c\"}\n"
#define LIFE_LINE                                                                                            \
    "{\"type\":\"life\",\"cell\":%d,\"life\":%d,\"seed\":\"0x1\",\"started_ms\":0,\"duration_ms\":5,"        \
    "\"outcome\":\"pass\"}\n"

static const char *const end_sentence = "36 of 36 cells came out as expected.";

/* Loads what must be refused, and hands back the diag's line. */
static ts_err refused(struct fixture *fixture, char *line, size_t size)
{
    struct ts_diag diag = {0};
    struct ts_record *record = (struct ts_record *)fixture;
    ts_err err = fixture_load(fixture, &record, &diag);
    cr_assert_null(record);
    cr_assert_eq(err, diag.code);
    ts_diag_line(&diag, line, size);
    cr_assert_not_null(strstr(line, fixture->path), "the file is not named: %s", line);
    fixture_remove(fixture);
    return err;
}

Test(record, a_whole_record_comes_back_member_by_member)
{
    struct fixture fixture;
    struct ts_record *record;
    struct ts_diag diag;
    fixture_open(&fixture);
    fixture_run(fixture.file, 2);
    fixture_cell(fixture.file, 1, &pass);
    fixture_cell(fixture.file, 0, &crash);
    fixture_end(fixture.file, "as-expected", end_sentence, false);
    cr_assert_eq(fixture_load(&fixture, &record, &diag), TS_OK, "%s", diag.text);
    cr_assert(record->has_end && !record->cut);
    cr_assert_eq(record->line_count, 1u + 15 + 2 + 1);
    cr_assert_str_eq(record->run.machine.kernel, "Linux 6.18.44");
    cr_assert_eq(record->run.machine.memory_bytes, 25769803776);
    cr_assert_eq(record->cell_count, 2u);
    const struct ts_record_cell *cell = &record->cells[1];
    cr_assert_str_eq(cell->mode, "direct");
    cr_assert_eq(cell->restarts, 11);
    cr_assert_eq(cell->restarts_per_minute, 66.0);
    cr_assert_eq(ts_record_count_of(&cell->outcomes, "crash"), 12);
    cr_assert_eq(ts_record_count_of(&cell->classes, "heap-corruption"), 4);
    cr_assert_eq(ts_record_count_of(&cell->classes, "bus-error"), 0);
    cr_assert_eq(cell->life_line_count, 12u);
    for (size_t i = 0; i < cell->life_line_count; i++) {
        cr_assert_eq(cell->life_lines[i].cell, 0);
        cr_assert_eq(cell->life_lines[i].life, (int64_t)i);
    }
    cr_assert_eq(cell->life_lines[0].signal, 6);
    cr_assert_eq(cell->life_lines[0].exit_code, TS_RECORD_NONE);
    cr_assert_str_eq(record->cells[0].class, "");
    cr_assert_eq(record->cells[0].life_lines[2].signal, TS_RECORD_NONE);
    cr_assert_str_eq(record->end.sentence, end_sentence);
    ts_record_free(record);
    fixture_remove(&fixture);
}

Test(record, lives_of_cells_that_ran_side_by_side_are_sorted_out)
{
    static const int order[][2] = {{1, 1}, {0, 0}, {1, 0}, {0, 1}, {1, 2}};
    struct fixture fixture;
    struct ts_record *record;
    struct ts_diag diag;
    fixture_open(&fixture);
    fixture_run(fixture.file, 2);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        fprintf(fixture.file, LIFE_LINE, order[i][0], order[i][1]);
    }
    fprintf(fixture.file, CELL_LINE, 1, 3);
    cr_assert_eq(fixture_load(&fixture, &record, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(record->cells[0].life_line_count, 3u);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(record->cells[0].life_lines[i].cell, 1);
        cr_assert_eq(record->cells[0].life_lines[i].life, (int64_t)i);
    }
    cr_assert_eq(record->life_count, 5u);
    ts_record_free(record);
    fixture_remove(&fixture);
}

Test(record, reports_of_a_life_and_findings_of_a_cell_are_read)
{
    struct fixture fixture;
    struct ts_record *record;
    struct ts_diag diag;
    struct fixture_cell race = crash;
    race.outcome = TS_RECORD_RACE;
    race.lives = 5;
    fixture_open(&fixture);
    fixture_run(fixture.file, 1);
    fixture_cell(fixture.file, 0, &race);
    cr_assert_eq(fixture_load(&fixture, &record, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(record->cells[0].finding_count, 1u);
    cr_assert_eq(record->cells[0].findings[0].count, 10);
    cr_assert_eq(record->cells[0].life_lines[4].report_count, 1u);
    cr_assert_str_eq(record->cells[0].life_lines[4].reports[0].description, "data-race");
    ts_record_free(record);
    fixture_remove(&fixture);
}

Test(record, checks_of_the_machine_are_read_and_those_of_a_run_that_went_on)
{
    static const char checks[] = "\"checks\":[{\"name\":\"gdb\",\"ok\":true,\"found\":\"gdb 13\",\"mend\":"
                                 "\"\"},{\"name\":\"processors\",\"ok\":%s,\"found\":\"%d\"}]}\n";
    struct fixture fixture;
    struct ts_record *record;
    struct ts_diag diag;
    fixture_open(&fixture);
    fixture_run(fixture.file, 1);
    fseek(fixture.file, -2, SEEK_CUR); /* into the run's object */
    fputc(',', fixture.file);
    fprintf(fixture.file, checks, "true", 2);
    fputs("{\"type\":\"resume\",\"started\":\"2026-11-21T10:16:00Z\",\"at_ms\":5}\n", fixture.file);
    fputs("{\"type\":\"resume\",\"started\":\"2026-11-21T10:17:00Z\",\"at_ms\":9,", fixture.file);
    fprintf(fixture.file, checks, "false", 1);
    cr_assert_eq(fixture_load(&fixture, &record, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(record->resume_count, 2u);
    cr_assert_eq(record->run.check_count, 3u, "gdb said the same again");
    cr_assert(record->run.checks[0].ok && record->run.checks[1].ok && !record->run.checks[2].ok);
    cr_assert_str_eq(record->run.checks[1].found, "2");
    cr_assert_str_eq(record->run.checks[2].found, "1");
    cr_assert_str_eq(record->run.checks[2].mend, "");
    ts_record_free(record);
    fixture_remove(&fixture);
}

/* More than helpers are given at once, so that some lines are parsed by others and some by the reader. */
#define MANY 5000

static void write_many(struct fixture *fixture)
{
    fixture_open(fixture);
    fixture_run(fixture->file, 1);
    for (int i = 0; i < MANY; i++) {
        fprintf(fixture->file, LIFE_LINE, 0, i);
    }
}

Test(record, many_lines_come_in_the_order_of_the_file)
{
    struct fixture fixture;
    struct ts_record *record;
    struct ts_diag diag;
    write_many(&fixture);
    fprintf(fixture.file, CELL_LINE, 0, MANY);
    cr_assert_eq(fixture_load(&fixture, &record, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(record->line_count, MANY + 2u);
    cr_assert_eq(record->cells[0].life_line_count, (size_t)MANY);
    ts_record_free(record);
    fixture_remove(&fixture);
}

Test(record, a_broken_line_far_into_the_file_is_named)
{
    struct fixture fixture;
    char line[512];
    write_many(&fixture);
    fputs("{\"type\":\"life\",]\n", fixture.file);
    for (int i = 0; i < MANY; i++) {
        fprintf(fixture.file, LIFE_LINE, 0, MANY + i);
    }
    cr_assert_eq(refused(&fixture, line, sizeof line), TS_MALFORMED);
    cr_assert_not_null(strstr(line, "line 5002, column 16"), "%s", line);
}

Test(record, without_an_end_line_it_is_partial)
{
    struct fixture fixture;
    struct ts_record *record;
    struct ts_diag diag;
    fixture_open(&fixture);
    fixture_run(fixture.file, 2);
    fixture_cell(fixture.file, 0, &pass);
    cr_assert_eq(fixture_load(&fixture, &record, &diag), TS_OK);
    cr_assert(!record->has_end && !record->cut);
    cr_assert_eq(record->line_count, 5u);
    ts_record_free(record);
    fixture_remove(&fixture);
}

Test(record, a_last_line_cut_anywhere_leaves_what_was_whole)
{
    struct fixture fixture;
    struct ts_record *record;
    struct ts_diag diag;
    fixture_open(&fixture);
    fixture_run(fixture.file, 1);
    fixture_cell(fixture.file, 0, &pass);
    long before_end = ftell(fixture.file);
    fixture_end(fixture.file, "clean", "3 lives passed.", false);
    long whole = ftell(fixture.file);
    fclose(fixture.file);
    for (long length = whole - 2; length > before_end; length--) {
        cr_assert_eq(truncate(fixture.path, length), 0);
        cr_assert_eq(ts_record_load(fixture.path, &record, &diag), TS_OK, "at %ld: %s", length, diag.text);
        cr_assert(record->cut && !record->has_end, "at %ld", length);
        cr_assert_eq(record->line_count, 5u);
        ts_record_free(record);
    }
    fixture_remove(&fixture);
}

Test(record, only_the_newline_of_the_end_line_may_be_missing)
{
    struct fixture fixture;
    struct ts_record *record;
    struct ts_diag diag;
    fixture_open(&fixture);
    fixture_run(fixture.file, 0);
    fixture_end(fixture.file, "clean", "Nothing ran.", false);
    fflush(fixture.file);
    cr_assert_eq(ftruncate(fileno(fixture.file), ftell(fixture.file) - 1), 0);
    cr_assert_eq(fixture_load(&fixture, &record, &diag), TS_OK);
    cr_assert(record->has_end && !record->cut);
    ts_record_free(record);
    fixture_remove(&fixture);
}

Test(record, a_broken_line_in_the_middle_is_refused_with_its_number)
{
    struct fixture fixture;
    char line[600];
    fixture_open(&fixture);
    fixture_run(fixture.file, 1);
    fprintf(fixture.file, "{\"type\":\"life\",\"cell\":0,\n");
    fixture_cell(fixture.file, 0, &pass);
    cr_assert_eq(refused(&fixture, line, sizeof line), TS_MALFORMED);
    cr_assert_not_null(strstr(line, "line 2"), "%s", line);
}

Test(record, what_breaks_the_format_is_refused)
{
    static const struct {
        const char *text;
        ts_err code;
        const char *says;
    } bad[] = {
        {"{\"type\":\"end\",\"verdict\":\"clean\",\"sentence\":\"\",\"interrupted\":0,\"elapsed_ms\":1}\n",
         TS_MALFORMED, "end.interrupted is neither"},
        {"{\"type\":\"end\",\"verdict\":\"clean\",\"sentence\":\"\",\"interrupted\":false}\n", TS_MALFORMED,
         "end.elapsed_ms is missing"},
        {"{\"type\":\"end\",\"verdict\":7,\"sentence\":\"\",\"interrupted\":false,\"elapsed_ms\":1}\n",
         TS_MALFORMED, "end.verdict is no string"},
        {"{\"type\":\"end\",\"verdict\":\"\",\"sentence\":\"\",\"interrupted\":false,\"elapsed_ms\":-1}\n",
         TS_MALFORMED, "end.elapsed_ms is no count"},
        {"{\"type\":\"rumour\"}\n", TS_MALFORMED, "none of run"},
        {"{\"type\":\"run\"}\n", TS_MALFORMED, "the run line must be the first"},
        {"[]\n", TS_MALFORMED, "no object"},
        {"\n", TS_MALFORMED, "line 2"},
        {"{\"type\":\"life\",\"cell\":9,\"life\":0,\"seed\":\"\",\"started_ms\":0,\"duration_ms\":0,"
         "\"outcome\":\"pass\"}\n",
         TS_MALFORMED, "never planned"},
        {"{\"type\":\"life\",\"cell\":0,\"life\":0,\"seed\":\"\",\"started_ms\":0,\"duration_ms\":0,"
         "\"outcome\":\"fine\"}\n",
         TS_MALFORMED, "life.outcome is no known outcome"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fixture fixture;
        char line[600];
        fixture_open(&fixture);
        fixture_run(fixture.file, 1);
        fputs(bad[i].text, fixture.file);
        cr_assert_eq(refused(&fixture, line, sizeof line), bad[i].code, "%s", bad[i].text);
        cr_assert(strstr(line, bad[i].says) != NULL && strstr(line, "line 2") != NULL, "%s", line);
    }
}

Test(record, order_is_part_of_the_format)
{
    struct fixture fixture;
    char line[600];
    fixture_open(&fixture);
    fixture_run(fixture.file, 2);
    fixture_cell(fixture.file, 0, &pass);
    fixture_cell(fixture.file, 0, &pass);
    cr_assert_eq(refused(&fixture, line, sizeof line), TS_MALFORMED);
    cr_assert_not_null(strstr(line, "line 6: a life of a cell that has ended"), "%s", line);

    fixture_open(&fixture);
    fixture_run(fixture.file, 1);
    fixture_end(fixture.file, "clean", "", false);
    fprintf(fixture.file, "{\"ty");
    cr_assert_eq(refused(&fixture, line, sizeof line), TS_MALFORMED);

    fixture_open(&fixture);
    fixture_end(fixture.file, "clean", "", false);
    cr_assert_eq(refused(&fixture, line, sizeof line), TS_MALFORMED);
}

Test(record, lives_are_told_once_and_counted_right)
{
    struct fixture fixture;
    char line[600];
    static const int counted[] = {1, 3, -2};
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        fixture_open(&fixture);
        fixture_run(fixture.file, 2);
        fprintf(fixture.file, LIFE_LINE LIFE_LINE LIFE_LINE CELL_LINE, 0, 0, 1, 0, 0, 1, 0, counted[i]);
        cr_assert_eq(refused(&fixture, line, sizeof line), TS_MALFORMED);
        cr_assert_not_null(
            strstr(line, counted[i] < 0 ? "cell.lives is no count" : "2 life lines stand before it"), "%s",
            line);
    }

    /* Also in a cell that has not ended. */
    fixture_open(&fixture);
    fixture_run(fixture.file, 2);
    fprintf(fixture.file, LIFE_LINE LIFE_LINE LIFE_LINE, 1, 4, 0, 4, 1, 4);
    cr_assert_eq(refused(&fixture, line, sizeof line), TS_MALFORMED);
    cr_assert_not_null(strstr(line, "cell 1 has two lives of number 4"), "%s", line);
}

Test(record, another_format_an_empty_file_and_no_file_are_told_apart)
{
    struct fixture fixture;
    char line[600];
    fixture_open(&fixture);
    fprintf(fixture.file, "{\"type\":\"run\",\"format\":3}\n");
    cr_assert_eq(refused(&fixture, line, sizeof line), TS_MISMATCH);

    fixture_open(&fixture);
    cr_assert_eq(refused(&fixture, line, sizeof line), TS_TRUNCATED);

    fixture_open(&fixture);
    fprintf(fixture.file, "{\"type\":\"ru");
    cr_assert_eq(refused(&fixture, line, sizeof line), TS_TRUNCATED);

    struct ts_record *record;
    struct ts_diag diag;
    cr_assert_eq(ts_record_load("/nonexistent/record.jsonl", &record, &diag), TS_NOT_FOUND);
    cr_assert_eq(ts_record_load("/tmp", &record, &diag), TS_IO);
}

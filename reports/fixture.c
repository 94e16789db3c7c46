#include "reports/fixture.h"

#include "reports/contrast.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIFE_MS 800
#define CELL_MS 10000

static const char *const crash_classes[] = {"pure-virtual-call", "segmentation-violation", "heap-corruption"};

#define CRASH_CLASSES 3

void fixture_open(struct fixture *fixture)
{
    strcpy(fixture->folder, "/tmp/ts-reports-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/record.jsonl", fixture->folder);
    fixture->file = fopen(fixture->path, "w");
    cr_assert_not_null(fixture->file);
}

ts_err fixture_load(struct fixture *fixture, struct ts_record **record, struct ts_diag *diag)
{
    cr_assert_eq(fclose(fixture->file), 0);
    return ts_record_load(fixture->path, record, diag);
}

void fixture_remove(struct fixture *fixture)
{
    cr_assert_eq(unlink(fixture->path), 0);
    cr_assert_eq(rmdir(fixture->folder), 0);
}

void fixture_run(FILE *file, int cells)
{
    fprintf(file,
            "{\"type\":\"run\",\"format\":2,\"id\":\"20261121T101500Z-1f3a\",\"tool\":\"tickstorm 0.1.0\","
            "\"kind\":\"contrast\",\"command\":\"tickstorm contrast --for 360s --seed 0x1\","
            "\"started\":\"2026-11-21T10:15:00Z\",\"seed\":\"0x1\",\"commit\":\"abc1234\",\"dirty\":false,"
            "\"machine\":{\"cpu\":\"AMD EPYC\",\"cores\":2,\"memory_bytes\":25769803776,"
            "\"kernel\":\"Linux 6.18.44\",\"os\":\"Debian GNU/Linux 12 (bookworm)\",\"unknown\":[1]},"
            "\"toolchain\":\"clang 19.1.7\",\"source\":\"synthetic\",\"budget_ms\":360000,\"cells\":%d}\n",
            cells);
}

static const char *report_title(ts_record_outcome outcome)
{
    return outcome == TS_RECORD_RACE ? "host_strategy_destroy / on_factor" : "on_factor / strategy_release";
}

static void write_life(FILE *file, int number, int life, const struct fixture_cell *cell)
{
    bool crash = cell->outcome == TS_RECORD_CRASH;
    const char *outcome = ts_record_outcome_name(cell->outcome);
    fprintf(
        file,
        "{\"type\":\"life\",\"cell\":%d,\"life\":%d,\"seed\":\"0x%x\",\"started_ms\":%d,\"duration_ms\":%d,"
        "\"exit_code\":%s,\"signal\":%s,\"outcome\":\"%s\",",
        number, life, 256 * number + life, number * CELL_MS + life * LIFE_MS, LIFE_MS, crash ? "null" : "0",
        crash ? "6" : "null", outcome);
    if (crash) {
        fprintf(file, "\"class\":\"%s\",\"detail\":\"died\",", crash_classes[life % CRASH_CLASSES]);
    } else {
        fprintf(file, "\"class\":null,\"detail\":\"\",");
    }
    if (cell->outcome == TS_RECORD_RACE || cell->outcome == TS_RECORD_MEMORY_ERROR) {
        fprintf(file, "\"reports\":[{\"kind\":\"%s\",\"title\":\"%s\",\"description\":\"%s\",\"count\":2}],",
                outcome, report_title(cell->outcome),
                cell->outcome == TS_RECORD_RACE ? "data-race" : "heap-use-after-free");
    } else {
        fprintf(file, "\"reports\":[],");
    }
    fprintf(file, "\"violations\":[],\"counters\":{\"ticks_depth\":1000},\"log\":\"lives/%d-%d.log\"}\n",
            number, life);
}

static void write_classes(FILE *file, const struct fixture_cell *cell)
{
    int counts[CRASH_CLASSES] = {0};
    for (int i = 0; cell->outcome == TS_RECORD_CRASH && i < cell->lives; i++) {
        counts[i % CRASH_CLASSES]++;
    }
    const char *separator = "";
    fprintf(file, "\"classes\":{");
    for (int i = 0; i < CRASH_CLASSES; i++) {
        if (counts[i] > 0) {
            fprintf(file, "%s\"%s\":%d", separator, crash_classes[i], counts[i]);
            separator = ",";
        }
    }
    fprintf(file, "},");
}

void fixture_cell(FILE *file, int number, const struct fixture_cell *cell)
{
    for (int life = 0; life < cell->lives; life++) {
        write_life(file, number, life, cell);
    }
    const char *outcome = ts_record_outcome_name(cell->outcome);
    bool crash = cell->outcome == TS_RECORD_CRASH;
    int restarts = crash ? cell->lives - 1 : 0;
    fprintf(file,
            "{\"type\":\"cell\",\"cell\":%d,\"scenario\":\"%s\",\"mode\":\"%s\",\"flavour\":\"%s\","
            "\"seed\":\"0x%x\",\"lives\":%d,\"restarts\":%d,\"elapsed_ms\":%d,\"restarts_per_minute\":%.1f,"
            "\"outcome\":\"%s\",\"class\":%s,\"outcomes\":{\"%s\":%d},",
            number, cell->scenario, cell->mode, cell->flavour, 256 * number, cell->lives, restarts, CELL_MS,
            restarts * 6.0, outcome, crash ? "\"pure-virtual-call\"" : "null", outcome, cell->lives);
    write_classes(file, cell);
    fprintf(file, "\"expect\":\"%s\",\"as_expected\":%s,", cell->expect,
            cell->as_expected ? "true" : "false");
    fprintf(file,
            "\"hazard\":\"callbacks in flight when a strategy was destroyed\",\"hazard_count\":%d,"
            "\"counters\":{\"ticks_depth\":%d,\"latency_max_ns\":77},",
            cell->hazard_count, 1000 * cell->lives);
    if (cell->outcome == TS_RECORD_RACE || cell->outcome == TS_RECORD_MEMORY_ERROR) {
        fprintf(file, "\"findings\":[{\"kind\":\"%s\",\"title\":\"%s\",\"lives\":%d,\"count\":%d}],", outcome,
                report_title(cell->outcome), cell->lives, 2 * cell->lives);
    } else {
        fprintf(file, "\"findings\":[],");
    }
    fprintf(file, "\"command\":\"tickstorm run %s --mode %s --flavour %s --for 10s --seed 0x%x\"}\n",
            cell->scenario, cell->mode, cell->flavour, 256 * number);
}

void fixture_end(FILE *file, const char *verdict, const char *sentence, bool interrupted)
{
    fprintf(file,
            "{\"type\":\"end\",\"verdict\":\"%s\",\"sentence\":\"%s\",\"interrupted\":%s,\"elapsed_ms\":"
            "360123}\n",
            verdict, sentence, interrupted ? "true" : "false");
}

void fixture_contrast(FILE *file, const struct fixture_cell *instead_of_last)
{
    static const char *const scenarios[] = {"destroy-mid-callback", "queue-overflow", "depth-flood"};
    static const char *const modes[] = {"direct", "locked", "guarded", "queued"};
    static const char *const flavours[] = {"plain", "asan", "tsan"};
    static const ts_record_outcome failures[] = {TS_RECORD_CRASH, TS_RECORD_MEMORY_ERROR, TS_RECORD_RACE};
    static const int failing_lives[] = {12, 8, 5};
    fixture_run(file, 36);
    for (int i = 0; i < 36; i++) {
        int flavour = i % 3;
        bool direct = i / 3 % 4 == 0;
        struct fixture_cell cell = {.scenario = scenarios[i / 12],
                                    .mode = modes[i / 3 % 4],
                                    .flavour = flavours[flavour],
                                    .outcome = direct ? failures[flavour] : TS_RECORD_PASS,
                                    .lives = direct ? failing_lives[flavour] : 12,
                                    .hazard_count = 1234,
                                    .expect = direct ? "fail" : "pass",
                                    .as_expected = true};
        fixture_cell(file, i, i == 35 && instead_of_last != NULL ? instead_of_last : &cell);
    }
}

char *fixture_text(const struct ts_record *record, bool colour)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_not_null(stream);
    cr_assert_eq(ts_contrast_text(record, stream, colour, TS_CONTRAST_WIDTH_COLUMNS), TS_OK);
    fclose(stream);
    return text;
}

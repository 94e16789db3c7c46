#include "reports/stability_build.h"
#include "reports/stability_write.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A small record with something for every section, and what the report must say of it, byte for byte.
 * TS_GOLDEN_WRITE=1 writes that anew; the difference is then to be read. */
#define GOLDEN(name) TS_GOLDEN_FOLDER "/" name

struct made {
    struct ts_record *record;
    struct ts_baseline *baseline;
    json_t *score, *trend, *modes, *findings;
    struct ts_stability *report;
};

static json_t *json_of(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    cr_assert_not_null(value, "%s", text);
    return value;
}

static struct made made_of(bool alone)
{
    static const char *const folder = TS_GOLDEN_FOLDER;
    struct ts_diag diag = {0};
    struct made made = {0};
    cr_assert_eq(ts_record_load(GOLDEN("record.jsonl"), &made.record, &diag), TS_OK, "%s", diag.text);
    struct ts_stability_input input = {
        .records = (const struct ts_record *const *)&made.record, .folders = &folder, .record_count = 1};
    if (!alone) {
        cr_assert_eq(ts_baseline_load(GOLDEN("known.yaml"), &made.baseline, &diag), TS_OK, "%s", diag.text);
        made.score = json_load_file(GOLDEN("score.json"), 0, NULL);
        made.trend = json_of(
            "[{\"id\":\"20310102T030405Z-000000000001\",\"started\":\"2031-01-02T03:04:05Z\",\"commit\":"
            "\"0123456789ab\","
            "\"kind\":\"gate\",\"verdict\":\"unexpected\",\"dirty\":true,\"lives\":16,\"findings\":5},"
            "{\"id\":\"r2\",\"started\":\"2031-01-01T00:00:00Z\",\"commit\":\"c2\",\"kind\":\"repro\","
            "\"verdict\":\"clean\","
            "\"dirty\":false,\"lives\":1,\"findings\":0},"
            "{\"id\":\"r1\",\"started\":\"2030-12-31T00:00:00Z\",\"commit\":\"c1\",\"kind\":\"gate\","
            "\"verdict\":null,"
            "\"dirty\":false,\"lives\":9,\"findings\":1}]");
        made.modes = json_of("[{\"run\":\"r1\",\"mode\":\"queued\",\"lives\":9,\"failed\":0}]");
        made.findings =
            json_of("[{\"signature\":\"0x00000000000000a2\",\"first_seen\":\"2030-11-01T00:00:00Z\","
                    "\"last_seen\":\"2031-01-02T03:04:05Z\",\"runs\":3}]");
        input.baseline = made.baseline;
        input.baseline_file = "ci/known.yaml";
        input.score = made.score;
        input.score_file = "score.json";
        input.history_file = "runs/history.db";
        input.trend = made.trend;
        input.trend_modes = made.modes;
        input.sightings = made.findings;
    }
    cr_assert_eq(ts_stability_build(&input, &made.report, &diag), TS_OK, "%s", diag.text);
    return made;
}

static void release(struct made *made)
{
    ts_stability_free(made->report);
    ts_baseline_free(made->baseline);
    json_decref(made->score);
    json_decref(made->trend);
    json_decref(made->modes);
    json_decref(made->findings);
    ts_record_free(made->record);
}

static char *text_of(const struct ts_stability *report,
                     ts_err (*write)(const struct ts_stability *, FILE *, struct ts_diag *))
{
    char *text = NULL;
    size_t size = 0;
    struct ts_diag diag = {0};
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    cr_assert_eq(write(report, out, &diag), TS_OK, "%s", diag.text);
    fclose(out);
    return text;
}

static void is_golden(const char *text, const char *path)
{
    bool write = getenv("TS_GOLDEN_WRITE") != NULL;
    FILE *file = fopen(path, write ? "w" : "r");
    cr_assert_not_null(file, "%s", path);
    if (write) {
        cr_assert_geq(fputs(text, file), 0);
    } else {
        char *golden = NULL;
        size_t room = 0;
        size_t same = 0;
        cr_assert_gt(getdelim(&golden, &room, '\0', file), 0);
        while (text[same] != '\0' && text[same] == golden[same]) {
            same++;
        }
        cr_expect_eq(text[same], golden[same], "%s from byte %zu: \"%.80s\", not \"%.80s\"", path, same,
                     text + same, golden + same);
        free(golden);
    }
    fclose(file);
}

Test(stability_build, the_same_record_gives_the_same_bytes)
{
    for (int i = 0; i < 2; i++) {
        struct made made = made_of(false);
        char *markdown = text_of(made.report, ts_stability_markdown);
        char *json = text_of(made.report, ts_stability_json);
        is_golden(markdown, GOLDEN("record.md"));
        is_golden(json, GOLDEN("record.json"));
        free(markdown);
        free(json);
        release(&made);
    }
}

Test(stability_build, the_verdict_names_what_failed)
{
    struct made made = made_of(false);
    const struct ts_stability *report = made.report;
    cr_expect_eq(report->head.verdict, TS_STABILITY_FAIL);
    cr_expect_eq(report->findings.of_standing[TS_STABILITY_NEW], 1);
    cr_expect_eq(report->findings.of_standing[TS_STABILITY_KNOWN], 1);
    cr_expect_eq(report->findings.of_standing[TS_STABILITY_EXPIRED], 1, "by the day that the run began");
    cr_expect_eq(report->findings.of_standing[TS_STABILITY_EXPECTED], 1,
                 "the canary's finding is no other's");
    cr_expect_eq(report->findings.unmatched, 1);
    cr_expect_str_eq(report->findings.items[0].first_seen, "2030-11-01T00:00:00Z");
    cr_expect_str_eq(report->findings.items[0].faults, "spsc.push: 5%delay");
    cr_expect_not_null(strstr(report->head.sentence, "1 planned cell did not run"), "%s",
                       report->head.sentence);
    release(&made);
}

/* What is told of the canary of the record, had its cell another role, and its finding. */
static struct ts_stability_canary canary_as(struct made *made, const char *role, const char *judgement,
                                            int64_t *new_findings)
{
    struct ts_stability_canary canary = {.scenario = ""};
    const struct ts_record *const records[] = {made->record};
    const struct ts_stability_input input = {.records = records, .record_count = 1};
    struct ts_stability *report = NULL;
    struct ts_diag diag = {0};
    struct ts_record_cell *cell = &made->record->cells[4];
    cr_assert_str_eq(cell->scenario, "canary-race");
    cell->canary = true;
    cell->role = role;
    cell->judgement = judgement;
    cr_assert_eq(ts_stability_build(&input, &report, &diag), TS_OK, "%s", diag.text);
    for (size_t i = 0; i < report->tests.canary_count; i++) {
        if (strcmp(report->tests.canaries[i].scenario, "canary-race") == 0) {
            canary = report->tests.canaries[i];
        }
    }
    bool told = false;
    for (size_t i = 0; i < report->limit_count; i++) {
        told = told || strncmp(report->limits[i].text, "No canary ran whose defect", 26) == 0;
    }
    cr_expect_eq(told, strcmp(role, "canary") != 0, "%s", role);
    *new_findings = report->findings.of_standing[TS_STABILITY_NEW];
    cr_expect_eq(report->tests.canaries_run, strcmp(role, "canary") == 0, "%s", role);
    cr_expect_eq(report->tests.twins_run, 1 + (strcmp(role, "twin") == 0), "%s", role);
    ts_stability_free(report);
    return canary;
}

Test(stability_build, a_canary_is_what_its_cell_was_held_to)
{
    struct made made = made_of(true);
    int64_t before, with;
    struct ts_stability_canary canary = canary_as(&made, "canary", "met", &before);
    cr_expect(canary.judged && canary.met && !canary.twin);
    canary = canary_as(&made, "may-fail", "met", &with); /* its flavour need not see it */
    cr_expect(canary.scenario[0] != '\0' && !canary.judged && !canary.twin);
    cr_expect_eq(with, before, "a planted defect that shows itself is no news");
    made.record->cells[4].welcome_count = 0;
    canary = canary_as(&made, "twin", "violated", &with);
    cr_expect(canary.judged && !canary.met && canary.twin, "the twin is accused");
    cr_expect_eq(with, before + 1);
    canary = canary_as(&made, "", "", &with); /* of a record that does not say */
    cr_expect(canary.scenario[0] != '\0' && !canary.judged, "neither caught nor missed");
    cr_expect_eq(with, before + 1);
    canary = canary_as(&made, "protected", "violated", &with); /* by a plan's own lights */
    cr_expect_str_eq(canary.scenario, "", "a cell like others, as for the gate");
    struct ts_record_cell *cell = &made.record->cells[4];
    cell->welcome_count = 1;
    for (size_t i = 0; i < made.record->finding_count; i++) {
        bool own = strcmp(made.record->findings[i].signature, cell->findings[0].signature) == 0;
        made.record->findings[i].stack_count = own ? 0 : made.record->findings[i].stack_count;
    }
    canary = canary_as(&made, "canary", "met", &with);
    cr_expect(canary.judged && !canary.met, "a catch that names no function tells no defect from another");
    release(&made);
}

Test(stability_build, survivors_are_censored_and_the_median_is_between)
{
    struct made made = made_of(true);
    const struct ts_stability_mode *direct = &made.report->contrast.modes[0];
    cr_assert_str_eq(direct->name, "direct");
    cr_expect_eq(direct->survival.lives, 7);
    cr_expect_eq(direct->survival.crashes, 6);
    cr_expect_eq(direct->survival.censored_count, 1);
    cr_expect_eq(direct->survival.median_ms.value, 200); /* 80, 90, 120, 200, 200: 2 of 7 are left */
    cr_expect_eq(direct->restarts.events, 6);
    const struct ts_stability_mode *queued = &made.report->contrast.modes[3];
    cr_expect(isinf(queued->survival.median_ms.value));
    cr_expect_eq(queued->latency.samples, 500000);
    cr_expect_eq(queued->latency.quantiles[0].ns, 1023);
    cr_expect_eq(queued->latency.quantiles[5].ns, 91234);
    cr_expect_eq(queued->depth_max, 10);
    cr_expect_not(made.report->contrast.modes[1].ran, "its only cell is of a scenario that nothing else ran");
    release(&made);
}

/* What the report says was delivered in queued mode, made anew of a record that was changed. */
static int64_t delivered(struct made *made)
{
    struct ts_stability_input input = {.records = (const struct ts_record *const *)&made->record,
                                       .record_count = 1};
    ts_stability_free(made->report);
    made->report = NULL;
    cr_assert_eq(ts_stability_build(&input, &made->report, NULL), TS_OK);
    return made->report->contrast.modes[3].delivered;
}

Test(stability_build, what_a_record_does_not_say_is_not_nothing)
{
    struct made made = made_of(true);
    struct ts_record *record = made.record;
    cr_expect_gt(delivered(&made), 0);
    for (size_t i = 0; i < record->cell_count; i++) {
        record->cells[i].counters.count = 0;
    }
    cr_expect_eq(delivered(&made), 0, "a counter that a line leaves out is 0");
    for (size_t i = 0; i < record->cell_count; i++) {
        record->cells[i].counters.items = NULL;
    }
    cr_expect_eq(delivered(&made), TS_STABILITY_UNKNOWN, "a line without counters says nothing of them");
    release(&made);
}

Test(stability_build, what_a_life_measured_of_itself_is_told)
{
    struct made made = made_of(true);
    cr_expect_str_eq(made.report->contrast.modes[3].latency.gaps, "3 calls beside these could not be timed");
    cr_assert_eq(made.report->resources.soak_count, 1);
    const struct ts_stability_soak *soak = &made.report->resources.soaks[0];
    cr_expect(isinf(soak->slope.low) && soak->slope.high == 40.25);
    cr_expect_eq(soak->heart.missed, 1);
    cr_expect_eq(soak->witness.beats, 99);
    release(&made);
}

Test(stability_build, of_lives_that_soaked_the_longest_is_first)
{
    struct made made = made_of(true);
    const struct ts_record *const records[] = {made.record};
    const struct ts_stability_input input = {.records = records, .record_count = 1};
    struct ts_stability *report = NULL;
    struct ts_diag diag = {0};
    cr_assert(made.record->lives[0].soak.stretch_ms == 0 && made.record->lives[0].duration_ms < 1000);
    made.record->lives[0].soak = (struct ts_record_soak){.stretch_ms = 1};
    cr_assert_eq(ts_stability_build(&input, &report, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(report->resources.soak_count, 2);
    cr_expect_gt(report->resources.soaks[0].duration_ms, report->resources.soaks[1].duration_ms);
    ts_stability_free(report);
    made.record->lives[0].soak.slope_low = made.record->lives[0].soak.slope_high = NAN;
    cr_assert_eq(ts_stability_build(&input, &report, &diag), TS_OK, "%s", diag.text);
    cr_expect(isnan(report->resources.soaks[1].slope.value), "growth without a bound tells nothing");
    ts_stability_free(report);
    release(&made);
}

Test(stability_build, waits_point_at_their_holders)
{
    struct made made = made_of(true);
    cr_assert_eq(made.report->hangs.count, 1);
    const struct ts_stability_hang *hang = &made.report->hangs.items[0];
    cr_assert_eq(hang->wait_count, 3);
    cr_expect_eq(hang->waits[0].holder, 1);
    cr_expect_eq(hang->waits[1].holder, 0);
    cr_expect_eq(hang->waits[2].holder, 0);
    cr_expect_str_eq(hang->waits[1].what, "mutex b_lock");
    release(&made);
}

Test(stability_build, what_a_canary_hung_by_is_a_hang_and_no_finding)
{
    struct made made = made_of(true);
    struct ts_record *record = made.record;
    const struct ts_record *const records[] = {record};
    const struct ts_stability_input input = {.records = records, .record_count = 1};
    struct ts_stability *report = NULL;
    struct ts_diag diag = {0};
    for (size_t i = 0; i < record->finding_count; i++) {
        if (strcmp(record->findings[i].signature, "0x00000000000000a4") == 0) {
            record->findings[i].kind = "hang";
        }
    }
    const char *welcome = "hang";
    record->cells[4].welcome = &welcome;
    record->cells[4].welcome_count = 1;
    cr_assert_eq(ts_stability_build(&input, &report, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(report->hangs.count, 2);
    cr_expect(!report->hangs.items[0].planted && report->hangs.items[1].planted, "the code's are first");
    cr_expect_str_eq(report->hangs.items[1].scenario, "canary-race");
    cr_expect_eq(report->hangs.items[1].lives, 1);
    for (size_t i = 0; i < report->findings.count; i++) {
        cr_expect_str_neq(report->findings.items[i].finding->signature, "0x00000000000000a4");
    }
    ts_stability_free(report);
    release(&made);
}

/* One cell that nobody said may fail, and that did: then "as it must" is not told of its mode. */
Test(stability_build, a_mode_fails_as_it_must_where_each_cell_that_failed_may)
{
    struct made made = made_of(true);
    const struct ts_record *const records[] = {made.record};
    const struct ts_stability_input input = {.records = records, .record_count = 1};
    struct ts_diag diag = {0};
    for (int asked = 1; asked >= 0; asked--) {
        struct ts_stability *report = NULL;
        made.record->cells[3].mode = "direct";
        made.record->cells[3].role = asked ? "may-fail" : "";
        cr_assert_eq(ts_stability_build(&input, &report, &diag), TS_OK, "%s", diag.text);
        cr_expect_str_eq(report->head.lines[0].mode, "direct");
        cr_expect_eq(report->head.lines[0].must_fail, asked);
        ts_stability_free(report);
    }
    release(&made);
}

/* Once, however many runs say so. */
static bool limits_say(const struct ts_stability *report, const char *words)
{
    size_t times = 0;
    for (size_t i = 0; i < report->limit_count; i++) {
        times += strstr(report->limits[i].text, words) != NULL;
    }
    cr_expect_leq(times, 1u, "%s", words);
    return times > 0;
}

Test(stability_build, what_was_checked_of_the_machine_is_told)
{
    struct made made = made_of(true);
    struct ts_record twin = *made.record;
    const struct ts_record *const records[] = {made.record, &twin};
    const struct ts_stability_input input = {.records = records, .record_count = 2};
    struct ts_diag diag = {0};
    twin.run.id = "twin";
    for (size_t checks = 0; checks <= 4; checks += 2) { /* none, what a run needs, all */
        struct ts_stability *report = NULL;
        made.record->run.check_count = twin.run.check_count = checks;
        cr_assert_eq(ts_stability_build(&input, &report, &diag), TS_OK, "%s", diag.text);
        cr_expect_eq(limits_say(report, "is not recorded."), checks == 0);
        cr_expect_eq(limits_say(report, "Whether a debugger shows"), checks == 2);
        cr_expect_eq(limits_say(report, "did not pass the check of gdb (none in"), checks == 4);
        cr_expect_eq(report->runs[0].checks_failed, checks == 4);
        ts_stability_free(report);
    }
    release(&made);
}

Test(stability_build, one_run_twice_is_refused)
{
    struct ts_diag diag = {0};
    struct made made = made_of(true);
    const struct ts_record *twice[] = {made.record, made.record};
    struct ts_stability_input input = {.records = twice, .record_count = 2};
    struct ts_stability *report = NULL;
    cr_expect_eq(ts_stability_build(&input, &report, &diag), TS_INVALID);
    cr_expect_null(report);
    cr_expect_not_null(strstr(diag.text, "twice"));
    input.record_count = 0;
    cr_expect_eq(ts_stability_build(&input, &report, &diag), TS_INVALID);
    release(&made);
}

/* What a full disk does to a report is told. */
Test(stability_build, a_stream_that_fails_is_an_error)
{
    struct ts_diag diag = {0};
    struct made made = made_of(true);
    FILE *full = fopen("/dev/full", "w");
    cr_assert_not_null(full);
    cr_expect_eq(ts_stability_markdown(made.report, full, &diag), TS_NO_SPACE);
    clearerr(full);
    cr_expect_eq(ts_stability_json(made.report, full, &diag), TS_NO_SPACE);
    fclose(full);
    release(&made);
}

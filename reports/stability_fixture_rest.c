#include "reports/stability_fixture_parts.h"

#include <math.h>

static void make_tests(const struct maker *maker)
{
    struct ts_stability_tests *tests = &maker->report->tests;
    struct ts_stability_canary canaries[] = {
        {"canary-race", "queued", "tsan", false, true, true, ts_stability_share_of(1, 1),
         maker_foreign(maker, "writer / reader")},
        {"canary-race-twin", "queued", "tsan", true, true, true, ts_stability_share_of(0, 1), ""},
        {"canary-leak", "queued", "asan", false, true, false, ts_stability_share_of(0, 1),
         maker_foreign(maker, "caught nothing")},
    };
    struct ts_stability_hazard hazards[] = {
        {maker_foreign(maker, "destroy-mid-callback"),
         maker_foreign(maker, "strategies destroyed while a callback was in flight"), 12, 12, 40112},
        {"quiet-feed", "ticks that came after a pause", 12, 9, 88},
    };
    struct ts_stability_probe probes[] = {{maker_foreign(maker, "table.factor.chosen"), 12, 40112, 2007},
                                          {"spsc.push.full", 12, 0, 0}};
    struct ts_stability_count detectors[] = {{"race", 31}, {"memory-error", 14}, {"invariant", 9}};
    const char *missed[] = {maker_foreign(maker, "17-late-wakeup"), "44-torn-counter"};
    KEEP(maker, tests->canaries, tests->canary_count, canaries);
    KEEP(maker, tests->hazards, tests->hazard_count, hazards);
    KEEP(maker, tests->probes, tests->probe_count, probes);
    tests->canary_total = tests->canary_count;
    tests->hazard_total = tests->hazard_count;
    tests->probe_total = tests->probe_count;
    tests->canaries_run = 2;
    tests->canaries_caught = 1;
    tests->twins_run = tests->twins_clean = 1;
    tests->score = (struct ts_stability_score){.file = maker_foreign(maker, "score/score.json"),
                                               .bugs = 58,
                                               .caught = 54,
                                               .by_expected = 50,
                                               .explained = 2,
                                               .native = 21,
                                               .tsan = 33,
                                               .only_suite = 17};
    KEEP(maker, tests->score.detectors, tests->score.detector_count, detectors);
    KEEP(maker, tests->score.missed, tests->score.missed_count, missed);
}

static void make_faults(const struct maker *maker)
{
    struct ts_stability_fault faults[] = {
        {.plan = "", .lives = 9000, .outcomes = {[TS_RECORD_PASS] = 5100, [TS_RECORD_CRASH] = 3900}},
        {.plan = maker_foreign(maker, "swarm: 30%; *: 1%delay"),
         .lives = 216,
         .outcomes = {[TS_RECORD_PASS] = 200,
                      [TS_RECORD_RACE] = 2,
                      [TS_RECORD_HANG] = 1,
                      [TS_RECORD_INCONCLUSIVE] = 13},
         .fired = 90210},
    };
    KEEP(maker, maker->report->faults.items, maker->report->faults.count, faults);
    maker->report->faults.total = maker_many(maker, COUNT(faults), 512);
}

static void make_resources(const struct maker *maker)
{
    size_t count = maker_many(maker, 60, TS_STABILITY_CURVE);
    struct ts_stability_resource lives[] = {
        {.scenario = maker_foreign(maker, "coordinator-memory"),
         .mode = "queued",
         .flavour = "plain",
         .cell = 17,
         .duration_ms = 60000,
         .rss_bytes = maker_series(maker, "RSS", count, 60000.0 / (double)count, 7e6, 1.5, 1e5),
         .fds = maker_series(maker, "descriptors", count, 60000.0 / (double)count, 12, 0, 0),
         .threads = maker_series(maker, "threads", count, 60000.0 / (double)count, 9, 0, 1),
         .rss_slope = {90000, 80000, 100000},
         .fds_slope = {0, 0, 0},
         .threads_slope = {0, -0.02, 0.02},
         .rss_peak_bytes = 7590000},
        {.scenario = "quiet-feed",
         .mode = "queued",
         .flavour = "plain",
         .cell = 21,
         .duration_ms = 400,
         .rss_bytes = maker_series(maker, "RSS", 4, 100, 7e6, 0, 1e4),
         .fds = maker_series(maker, "descriptors", 4, 100, 12, 0, 0),
         .threads = maker_series(maker, "threads", 4, 100, 9, 0, 0),
         .rss_slope = {NAN, NAN, NAN},
         .fds_slope = {NAN, NAN, NAN},
         .threads_slope = {NAN, NAN, NAN},
         .rss_peak_bytes = 7030000},
    };
    KEEP(maker, maker->report->resources.items, maker->report->resources.count, lives);
    maker->report->resources.total = maker_many(maker, COUNT(lives), 9216);
    struct ts_stability_soak soaks[] = {
        {.scenario = maker_foreign(maker, "trader-soak"),
         .mode = "queued",
         .flavour = "plain",
         .cell = 18,
         .duration_ms = 7200000,
         .slope = {12, -30, 55},
         .heart = {500, 14398, 2, 500.1, 501.3, 1502.4},
         .witness = {500, 14399, 1, 500.1, 501.2, 1001.5}},
        {.scenario = "trader-soak",
         .mode = "queued",
         .flavour = "plain",
         .cell = 19,
         .duration_ms = 9000,
         .slope = {NAN, -INFINITY, INFINITY},
         .heart = {500, 17, 0, 500.2, 501, 501.1},
         .witness = {500, 17, 0, 500.1, 500.9, 501}},
    };
    KEEP(maker, maker->report->resources.soaks, maker->report->resources.soak_count, soaks);
    maker->report->resources.soak_total = COUNT(soaks);
}

static void make_hangs(const struct maker *maker)
{
    struct ts_stability_wait waits[] = {
        {maker_foreign(maker, "'scan'"), maker_foreign(maker, "'scan' waits for mutex 0x12 held by 'sender'"),
         "mutex 0x12", 1},
        {"'sender'", "'sender' waits for mutex 0x34 held by 'scan'", "mutex strategy_table.lock + 40", 0},
        {"main", "main waits for thread 'scan' to end", "", 0},
        {"'feed'", "'feed' waits for a condition variable", "condition variable", SIZE_MAX},
    };
    struct ts_stability_hang hangs[] = {
        {.signature = "0x00000000000000aa",
         .kind = maker_foreign(maker, "deadlock"),
         .scenario = maker_foreign(maker, "two-engines"),
         .mode = "locked",
         .flavour = "plain",
         .detail =
             maker_foreign(maker, "no progress for 5000 ms; deadlock: 'scan' waits for 'sender' and back"),
         .lives = 3,
         .command = maker_foreign(maker, "tickstorm repro 0xaa")},
    };
    KEEP(maker, hangs[0].waits, hangs[0].wait_count, waits);
    KEEP(maker, maker->report->hangs.items, maker->report->hangs.count, hangs);
    maker->report->hangs.total = COUNT(hangs);
}

static void make_trends(const struct maker *maker)
{
    size_t count = maker_many(maker, 6, TS_STABILITY_ROWS);
    struct ts_stability_trends *trends = &maker->report->trends;
    trends->items = ts_stability_keep(maker->report, count, sizeof *trends->items);
    trends->file = maker_foreign(maker, "runs/history.db");
    for (size_t i = 0; trends->items != NULL && i < count; i++) {
        struct ts_stability_mode_share modes[] = {
            {"direct", ts_stability_share_of(390 + (int64_t)(i % 7), 400)},
            {"queued", ts_stability_share_of(i % 4 == 3 ? 2 : 0, 100)},
        };
        trends->items[i] = (struct ts_stability_trend){
            .run = maker_foreign(maker, "20261127T180629Z-28dfd419ec83"),
            .started = ts_stability_text(maker->report, "2026-11-%02zuT18:06:29Z", 1 + i % 27),
            .commit = maker_foreign(maker, ts_stability_text(maker->report, "%012zx", 0xafc6ee + i)),
            .kind = "gate",
            .verdict = maker_foreign(maker, i % 4 == 3 ? "unexpected" : "as-expected"),
            .dirty = i % 3 == 0,
            .of_report = i + 1 == count,
            .lives = 500,
            .findings = 39 + (int64_t)(i % 4),
        };
        KEEP(maker, trends->items[i].modes, trends->items[i].mode_count, modes);
        trends->count = trends->total = i + 1;
    }
}

void maker_rest(const struct maker *maker)
{
    struct ts_stability_limit limits[] = {
        {TS_STABILITY_NOT_DONE, "12 of 163 planned cells did not run: the run was interrupted."},
        {TS_STABILITY_NOT_DONE, "Mode locked was not contrasted."},
        {TS_STABILITY_NOT_INSTRUMENTED,
         "jansson and libc are built without a sanitizer; races inside them stay hidden."},
        {TS_STABILITY_ASSUMED, "Lives are independent, and their rate of failure is constant."},
    };
    const char *contradictions[] = {maker_foreign(maker, "cell 3 counts 12 lives and 11 outcomes")};
    make_tests(maker);
    make_faults(maker);
    make_resources(maker);
    make_hangs(maker);
    make_trends(maker);
    KEEP(maker, maker->report->limits, maker->report->limit_count, limits);
    KEEP(maker, maker->report->contradictions, maker->report->contradiction_count, contradictions);
}

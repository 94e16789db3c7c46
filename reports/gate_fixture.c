#include "reports/gate_fixture.h"

static char *text(const char *literal)
{
    return (char *)(uintptr_t)literal;
}

void gate_fixture_init(struct gate_fixture *f)
{
    *f = (struct gate_fixture){0};
    static const ts_cell_role roles[] = {TS_CELL_PROTECTED, TS_CELL_PROTECTED, TS_CELL_CANARY, TS_CELL_TWIN,
                                         TS_CELL_MUST_FAIL};
    static const char *const modes[] = {"guarded", "queued", "broken", "mended", "direct"};
    for (int i = 0; i < FIXTURE_CELLS; i++) {
        bool fails = roles[i] == TS_CELL_CANARY || roles[i] == TS_CELL_MUST_FAIL;
        f->cells[i] = (struct ts_gate_cell){"gate",
                                            i < 2 ? "unregister" : "canary-order",
                                            modes[i],
                                            "tsan",
                                            roles[i],
                                            fails ? "race" : "pass",
                                            TS_CELL_MET,
                                            200,
                                            fails ? 200 : 0,
                                            1500,
                                            4000,
                                            "detail",
                                            "tickstorm run --seed 0x1",
                                            "cells/0/life.log"};
    }
    f->checks[0] = (struct ts_grounds_check){"compiler", true, "clang-19", "install clang-19"};
    f->input = (struct ts_gate_input){.id = "run-1",
                                      .tool = "tickstorm 0.1.0",
                                      .command = "tickstorm gate",
                                      .commit = "abc123",
                                      .repository_url = "https://tickstorm.example/source",
                                      .machine = "2 cores",
                                      .seed = "0x1",
                                      .elapsed_ms = 163000,
                                      .cells = f->cells,
                                      .cell_count = FIXTURE_CELLS,
                                      .findings = f->seen,
                                      .checks = f->checks,
                                      .check_count = 1};
    f->baseline.known = f->known;
    for (int i = 0; i < 2; i++) {
        f->frames[i][0] = (struct ts_frame){"memcpy", "interceptors.inc", 827, "worker", "0x10", false};
        f->frames[i][1] =
            (struct ts_frame){i == 0 ? "book_apply" : "book_best", "book.c", 42 + i, "worker", "0x20", true};
        f->frames[i][2] = (struct ts_frame){"start_thread", "", 0, "libc.so.6", "0x30", false};
        f->stacks[i] = (struct ts_stack){
            "access", i == 0 ? "write of 8 bytes by T1" : "read of 8 bytes by T2", "T1", f->frames[i], 3,
            NULL};
    }
    f->finding = (struct ts_finding){"0x0123456789abcdef",
                                     "race",
                                     "book_apply / book_best",
                                     "data-race",
                                     "heap block of 96 bytes",
                                     false,
                                     f->stacks,
                                     2,
                                     0,
                                     0,
                                     "tickstorm repro 0x01"};
    f->other = (struct ts_finding){.signature = "0xfedcba9876543210",
                                   .kind = "leak",
                                   .title = "book_new",
                                   .description = "leak",
                                   .location = "",
                                   .command = "tickstorm repro 0xfe"};
    f->sightings[0] = (struct ts_gate_sighting){FIXTURE_PROTECTED, 3, 5, false};
    f->sightings[1] = (struct ts_gate_sighting){FIXTURE_PROTECTED_2, 1, 1, false};
    f->seen[0] = (struct ts_gate_finding){&f->finding, &f->sightings[0], 1};
    f->seen[1] = (struct ts_gate_finding){&f->other, &f->sightings[1], 1};
}

void gate_fixture_race(struct gate_fixture *f)
{
    f->input.finding_count = 1;
    f->cells[FIXTURE_PROTECTED].judgement = TS_CELL_VIOLATED;
    f->cells[FIXTURE_PROTECTED].outcome = "race";
    f->cells[FIXTURE_PROTECTED].failing_lives = 3;
}

void gate_fixture_known(struct gate_fixture *f, const char *signature, const char *expiry)
{
    f->known[f->baseline.known_count++] =
        (struct ts_known){text(signature),     text("a title"), text("jo"), text("https://tracker.example/1"),
                          text("mended soon"), text(expiry)};
}

void gate_fixture_hostile(struct gate_fixture *f)
{
    static const char hostile[] =
        "q\"'<b>&amp;]]>`|*%\r\n::error::x\x01\x1b[31m\xff\xc0\xaf\xed\xa0\x80\xef\xbf\xbe end";
    gate_fixture_race(f);
    f->input.finding_count = 2;
    f->finding.title = hostile;
    f->finding.description = hostile;
    f->finding.location = hostile;
    f->finding.command = hostile;
    f->stacks[0].text = hostile;
    f->frames[0][1].function = hostile;
    f->frames[0][1].file = "a b,c:d%\xff\n.c";
    f->other.kind = hostile;
    f->cells[FIXTURE_TWIN].scenario = hostile;
    f->cells[FIXTURE_TWIN].mode = hostile;
    f->cells[FIXTURE_TWIN].outcome = hostile;
    f->cells[FIXTURE_TWIN].detail = hostile;
    f->cells[FIXTURE_TWIN].command = hostile;
    f->cells[FIXTURE_TWIN].judgement = TS_CELL_VIOLATED;
    f->checks[0] = (struct ts_grounds_check){hostile, false, hostile, hostile};
    f->input.machine = hostile;
    f->input.command = hostile;
}

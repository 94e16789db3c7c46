#include "score/detector.h"

#include <criterion/criterion.h>

static const char *caught_by(const struct ts_record_life *life, bool asserted)
{
    static char text[TS_DETECTOR_COUNT + 1];
    return ts_detectors_text(ts_detectors_of(life, asserted), text);
}

Test(detector, letters_are_read_and_written_in_one_order)
{
    char text[TS_DETECTOR_COUNT + 1];
    ts_detectors set = 0;
    cr_assert(ts_detectors_parse("WAT", &set));
    cr_assert_str_eq(ts_detectors_text(set, text), "TAW");
    cr_assert_not(ts_detectors_parse("X", &set));
    cr_assert_not(ts_detectors_parse("TT", &set));
    cr_assert_not(ts_detectors_parse("", &set));
    cr_assert_str_eq(ts_detectors_text(set, text), "TAW", "untouched on error");
}

Test(detector, each_outcome_has_its_letter)
{
    static struct ts_record_report reports[] = {
        {.kind = "race", .title = ""},     {.kind = "memory-error", .title = ""},
        {.kind = "leak", .title = ""},     {.kind = "undefined", .title = ""},
        {.kind = "deadlock", .title = ""}, {.kind = "thread-leak", .title = ""}};
    static const ts_record_outcome outcomes[] = {TS_RECORD_RACE,     TS_RECORD_MEMORY_ERROR,
                                                 TS_RECORD_LEAK,     TS_RECORD_MEMORY_ERROR,
                                                 TS_RECORD_DEADLOCK, TS_RECORD_RACE};
    static const char *const letters[] = {"T", "A", "L", "U", "K", "T"};
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        struct ts_record_life life = {
            .outcome = outcomes[i], .class = "", .detail = "", .reports = &reports[i], .report_count = 1};
        cr_assert_str_eq(caught_by(&life, false), letters[i]);
    }
}

Test(detector, what_no_sanitizer_reported)
{
    struct ts_record_violation violation = {.name = "order", .detail = ""};
    struct ts_record_life hang = {.outcome = TS_RECORD_HANG, .class = "", .detail = ""};
    struct ts_record_life deadlock = {.outcome = TS_RECORD_DEADLOCK, .class = "", .detail = ""};
    struct ts_record_life broken = {.outcome = TS_RECORD_INVARIANT,
                                    .class = "",
                                    .detail = "",
                                    .violations = &violation,
                                    .violation_count = 1};
    struct ts_record_life crash = {.outcome = TS_RECORD_CRASH, .class = "abort", .detail = ""};
    cr_assert_str_eq(caught_by(&hang, false), "W");
    cr_assert_str_eq(caught_by(&deadlock, false), "K");
    cr_assert_str_eq(caught_by(&broken, false), "I");
    cr_assert_str_eq(caught_by(&crash, false), "C");
    cr_assert_str_eq(caught_by(&crash, true), "I", "an assertion of lib is an invariant");
}

Test(detector, a_refused_library_is_caught_and_a_refused_setting_is_not)
{
    struct ts_record_life library = {.outcome = TS_RECORD_INCONCLUSIVE,
                                     .class = "",
                                     .detail = "refused: load signal library: x.so: its Depth has 400 bytes"};
    struct ts_record_life setting = {.outcome = TS_RECORD_INCONCLUSIVE,
                                     .class = "",
                                     .detail = "refused: scenario setting: order: x is not both"};
    struct ts_record_life pass = {.outcome = TS_RECORD_PASS, .class = "", .detail = ""};
    cr_assert_str_eq(caught_by(&library, false), "I");
    cr_assert_str_eq(caught_by(&setting, false), "");
    cr_assert_str_eq(caught_by(&pass, false), "");
}

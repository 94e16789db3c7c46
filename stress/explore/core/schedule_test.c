#include "explore/core/schedule.h"

#include <criterion/criterion.h>
#include <string.h>

static struct ts_deviation room[4];

static struct ts_schedule parsed(const char *text, bool *valid, size_t *place)
{
    struct ts_schedule schedule = {.deviations = room};
    *valid = ts_schedule_parse(text, &schedule, 4, place);
    return schedule;
}

Test(schedule, text_and_back)
{
    const char *const texts[] = {"ts1.a.-.-", "ts1.s.0:1-2.00000001",
                                 "ts1.m.2:15-3,3:9=1,255:1152921504606846975-65535.9f3a2c11"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[256];
        bool valid;
        size_t place;
        struct ts_schedule schedule = parsed(texts[i], &valid, &place);
        cr_assert(valid, "%s at %zu", texts[i], place);
        cr_assert(ts_schedule_text(&schedule, text, sizeof text));
        cr_assert_str_eq(text, texts[i]);
        cr_assert_lt(strlen(text), ts_schedule_text_size(&schedule));
        cr_assert(ts_schedule_text(&schedule, text, ts_schedule_text_size(&schedule)), "room for %s",
                  texts[i]);
    }
}

Test(schedule, what_a_deviation_says)
{
    bool valid;
    size_t place;
    struct ts_schedule schedule = parsed("ts1.a.2:15-3,3:9=1.9f3a2c11", &valid, &place);
    cr_assert(valid);
    cr_assert_eq(schedule.points, TS_POINTS_ATOMIC);
    cr_assert_eq(schedule.count, 2);
    cr_assert_eq(room[0].thread, 2);
    cr_assert_eq(room[0].at, 15);
    cr_assert_eq(room[0].value, 3);
    cr_assert_eq(room[0].choice, 0);
    cr_assert_eq(room[1].choice, 1);
    cr_assert_eq(schedule.checksum, 0x9f3a2c11u);
}

Test(schedule, refuses_and_says_where)
{
    static const struct {
        const char *text;
        size_t place;
    } bad[] = {{"", 0},
               {"ts2.a.-.-", 2},
               {"ts1.x.-.-", 4},
               {"ts1.a.1:2.-", 9},
               {"ts1.a.-", 7},
               {"ts1.a.-.9f3a2c1", 15},
               {"ts1.a.-.9F3a2c11", 9},
               {"ts1.a.-.- ", 9},
               {"ts1.a.70000:1-2.-", 11}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool valid;
        size_t place;
        (void)parsed(bad[i].text, &valid, &place);
        cr_assert(!valid, "%s", bad[i].text);
        cr_assert_eq(place, bad[i].place, "%s: stopped at %zu", bad[i].text, place);
    }
}

Test(schedule, more_deviations_than_room)
{
    bool valid;
    size_t place;
    (void)parsed("ts1.a.1:1-0,1:2-0,1:3-0,1:4-0,1:5-0.-", &valid, &place);
    cr_assert(!valid);
}

Test(schedule, text_too_small)
{
    char text[40];
    struct ts_deviation one = {.at = 1, .thread = 1, .value = 2};
    struct ts_schedule schedule = {.count = 1, .deviations = &one};
    cr_assert(!ts_schedule_text(&schedule, text, sizeof text));
    cr_assert(!ts_schedule_text(&schedule, text, 3));
}

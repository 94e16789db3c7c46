#include "explore/core/excerpt.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct ts_run_result *result; /* too large for a stack */

struct taken {
    struct ts_excerpt_step steps[256];
    uint32_t count;
};

static void take(const struct ts_excerpt_step *step, void *user_data)
{
    struct taken *taken = user_data;
    cr_assert_lt(taken->count, 256);
    taken->steps[taken->count++] = *step;
}

static void begin(void)
{
    result = calloc(1, sizeof *result);
    cr_assert_not_null(result);
    result->end = TS_RUN_DONE;
}

static void finish(void)
{
    free(result);
}

TestSuite(excerpt, .init = begin, .fini = finish);

static struct ts_step *add(uint16_t thread, uint64_t event)
{
    struct ts_step *step = &result->step[result->step_count++];
    *step = (struct ts_step){
        .thread = thread, .event = event, .kind = TS_OP_LOAD, .opener = TS_STEP_NONE, .holder = UINT16_MAX};
    return step;
}

static const char access_place; /* what the finding names */

static bool named_pc(const struct ts_step *step, void *user_data)
{
    (void)user_data;
    return step->pc == &access_place;
}

static struct taken excerpt(uint32_t max)
{
    static struct taken taken;
    taken.count = 0;
    cr_assert_eq(ts_excerpt(result, max, named_pc, take, &taken), taken.count);
    cr_assert_leq(taken.count, max);
    return taken;
}

Test(excerpt, a_short_schedule_is_whole)
{
    add(0, 1);
    add(0, 2)->preempted = 1;
    add(1, 1);
    struct ts_step *waited = add(0, 2);
    waited->waited = 1;
    waited->holder = 1;
    waited->opener = 2;
    struct taken taken = excerpt(64);
    cr_assert_eq(taken.count, 4);
    cr_expect_eq(taken.steps[1].mark, TS_EXCERPT_STOPPED);
    cr_expect_eq(taken.steps[1].number, 2);
    cr_expect_eq(taken.steps[2].number, 2);
    cr_expect_eq(taken.steps[3].number, 3);
    cr_expect_eq(taken.steps[3].opener, 2, "the step's number, not its index");
    cr_expect_eq(taken.steps[3].holder, 1);
}

Test(excerpt, of_a_long_one_the_end_and_what_is_near_switches)
{
    for (uint64_t i = 1; i <= 1000; i++) {
        if (i == 300) {
            add(0, i)->preempted = 1;
        }
        add(i < 300 ? 0 : 1, i);
    }
    struct taken taken = excerpt(100);
    bool stopped = false;
    for (uint32_t i = 0; i < taken.count; i++) {
        stopped = stopped || taken.steps[i].mark == TS_EXCERPT_STOPPED;
        cr_expect(i == 0 || taken.steps[i].number >= taken.steps[i - 1].number);
    }
    cr_expect(stopped);
    cr_expect_eq(taken.steps[0].number, 294);
    cr_expect_eq(taken.steps[taken.count - 1].number, 1000);
    cr_expect_eq(taken.steps[taken.count - 50].number, 951, "half of the room is the end's");
}

/* Of accesses in loops, where one thread's follow another's. */
Test(excerpt, of_a_long_one_what_a_finding_names)
{
    for (uint64_t i = 1; i <= 1000; i++) {
        struct ts_step *step = add(i <= 300 ? 0 : 1, i);
        step->pc = i % 10 == 0 && i <= 600 ? &access_place : NULL;
    }
    struct taken taken = excerpt(100);
    uint64_t named[4] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < taken.count; i++) {
        if (taken.steps[i].named && count < 4) {
            named[count++] = taken.steps[i].number;
        }
    }
    cr_expect_eq(count, 2);
    cr_expect(named[0] == 300 && named[1] == 310);
    cr_expect_eq(taken.steps[0].number, 294, "with what is near");
    cr_expect_eq(taken.steps[taken.count - 50].number, 951, "and the end as ever");
}

Test(excerpt, tells_what_the_schedule_chose)
{
    struct ts_deviation deviations[] = {{.at = 2, .thread = 0, .value = 2},
                                        {.at = 1, .thread = 2, .value = 3, .choice = 1},
                                        {.at = 9, .thread = 1, .value = 0}};
    memcpy(result->deviations, deviations, sizeof deviations);
    result->deviation_count = 3;
    add(0, 1);
    add(2, 1);
    add(1, 1);
    struct taken taken = excerpt(64);
    cr_expect(!taken.steps[0].picked);
    cr_expect(taken.steps[1].picked, "thread 0 had to stop at its event 2, and 2 was to go on");
    cr_expect_eq(taken.steps[1].choice, 3);
    cr_expect(!taken.steps[2].picked);
    cr_expect_eq(taken.steps[2].choice, 0);
}

Test(excerpt, of_a_deadlock_tells_where_each_thread_stands)
{
    result->end = TS_RUN_DEADLOCK;
    result->threads = 3;
    for (uint64_t i = 1; i <= 40; i++) {
        add(0, i);
    }
    for (int i = 0; i < 3; i++) {
        result->states[i] = (struct ts_thread_state){.used = true,
                                                     .ended = i == 1,
                                                     .holder = i == 0 ? 2 : -1,
                                                     .object_id = 7,
                                                     .op = {.kind = TS_OP_LOCK}};
    }
    struct taken taken = excerpt(20);
    cr_assert_geq(taken.count, 2);
    const struct ts_excerpt_step *last = &taken.steps[taken.count - 1];
    cr_expect(last->mark == TS_EXCERPT_STUCK && last->thread == 2 && last->holder == UINT16_MAX);
    cr_expect(last[-1].mark == TS_EXCERPT_STUCK && last[-1].thread == 0 && last[-1].holder == 2);
    cr_expect_eq(last[-1].object, 7);
    cr_expect_eq(last[-2].mark, TS_EXCERPT_DONE);
}

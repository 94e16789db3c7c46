#include "faults/shrink.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Fails when every needed point is there, with at least its number of firings; each would fire 100 times. */
struct model {
    struct {
        int point;
        uint32_t firings;
    } needed[4];
    int needed_count;
    bool needs_swarm; /* fails only where points are left out */
    int tests, stop_after;
    char orders[8192];
};

static enum ts_shrink_answer run(const struct ts_fault_spec *spec, void *user_data)
{
    struct model *model = user_data;
    static char text[TS_FAULT_TEXT_MAX];
    if (model->tests++ == model->stop_after) {
        return TS_SHRINK_STOP;
    }
    size_t used = strlen(model->orders);
    snprintf(model->orders + used, sizeof model->orders - used, "%.60s|",
             ts_fault_spec_text(spec, text, sizeof text));
    if (model->needs_swarm && spec->swarm_ppm == TS_FAULT_ALWAYS_PPM) {
        return TS_SHRINK_PASSES;
    }
    for (int i = 0; i < model->needed_count; i++) {
        bool met = false;
        for (uint32_t j = 0; j < spec->rule_count; j++) {
            const struct ts_fault_rule *rule = &spec->rules[j];
            met = met || (rule->point == model->needed[i].point &&
                          (rule->limit == 0 || rule->limit >= model->needed[i].firings));
        }
        if (!met) {
            return TS_SHRINK_PASSES;
        }
    }
    return TS_SHRINK_FAILS;
}

static uint64_t fired(int point, void *user_data)
{
    (void)point;
    (void)user_data;
    return 100;
}

static ts_err shrink(const char *text, struct model *model, char *smallest, size_t size)
{
    static struct ts_fault_spec spec;
    struct ts_diag diag;
    struct ts_shrink_test test = {.run = run, .fired = fired, .user_data = model};
    model->stop_after = model->stop_after == 0 ? -1 : model->stop_after;
    ts_fault_spec_begin(&spec);
    cr_assert_eq(ts_fault_spec_parse(text, &spec, &diag), TS_OK, "%s", diag.text);
    ts_err error = ts_fault_shrink(&spec, &test);
    ts_fault_spec_text(&spec, smallest, size);
    return error;
}

Test(shrink, leaves_one_rule_of_all_with_its_firings)
{
    char smallest[512];
    struct model model = {.needed = {{TS_PROBE_QUEUE_PUSH_FULL, 5}}, .needed_count = 1};
    cr_assert_eq(shrink("swarm: 50%; *: 10%delay", &model, smallest, sizeof smallest), TS_OK);
    cr_assert_str_eq(smallest, "queue.push.full: 10%5*delay");
    cr_assert_lt(model.tests, 40, "%d tests", model.tests);
}

Test(shrink, leaves_two_rules_that_need_each_other)
{
    char smallest[512];
    struct model model = {.needed = {{TS_PROBE_BROADCAST_OPEN_FULL, 1}, {TS_PROBE_STRATEGY_FINI_BASE, 99}},
                          .needed_count = 2};
    cr_assert_eq(shrink("*: delay", &model, smallest, sizeof smallest), TS_OK);
    cr_assert_str_eq(smallest, "broadcast.open.full: 1*delay; strategy.fini.base: delay");
}

Test(shrink, keeps_a_swarm_without_which_nothing_fails)
{
    char smallest[512];
    struct model model = {.needed = {{TS_PROBE_QUEUE_PUSH_FULL, 2}}, .needed_count = 1, .needs_swarm = true};
    cr_assert_eq(shrink("swarm: 50%; queue.*: delay", &model, smallest, sizeof smallest), TS_OK);
    cr_assert_str_eq(smallest, "swarm: 50%; queue.push.full: 2*delay");
}

Test(shrink, takes_the_same_steps_each_time)
{
    char smallest[512];
    static struct model first, second;
    first = (struct model){.needed = {{TS_PROBE_QUEUE_POP_TAKEN, 7}, {TS_PROBE_THREAD_JOIN_ENTER, 1}},
                           .needed_count = 2};
    second = first;
    shrink("*: 10%delay", &first, smallest, sizeof smallest);
    shrink("*: 10%delay", &second, smallest, sizeof smallest);
    cr_assert_str_eq(first.orders, second.orders);
}

Test(shrink, without_any_fault_nothing_is_left)
{
    char smallest[512];
    struct model model = {.needed_count = 0};
    cr_assert_eq(shrink("*: delay", &model, smallest, sizeof smallest), TS_OK);
    cr_assert_str_eq(smallest, "");
    cr_assert_eq(model.tests, 2);
}

Test(shrink, what_does_not_fail_is_not_shrunk)
{
    char smallest[512];
    struct model model = {.needed = {{TS_PROBE_QUEUE_POP_TAKEN, 1}}, .needed_count = 1};
    cr_assert_eq(shrink("queue.push.full: return", &model, smallest, sizeof smallest), TS_NOT_FOUND);
    cr_assert_str_eq(smallest, "queue.push.full: return");
    cr_assert_eq(model.tests, 1);
}

Test(shrink, stops_with_what_it_has)
{
    char smallest[512];
    struct model model = {.needed = {{TS_PROBE_QUEUE_PUSH_FULL, 1}}, .needed_count = 1, .stop_after = 4};
    cr_assert_eq(shrink("queue.*: delay", &model, smallest, sizeof smallest), TS_CLOSED);
    cr_assert_eq(model.tests, 5);
    cr_assert_not_null(strstr(smallest, "queue.push.full: delay"), "%s", smallest);
}

#include "host/removal_list.h"

#include "base/thread.h"

#include <criterion/criterion.h>
#include <string.h>

/* Takes one out, 0 when there is none, as the owner does. */
static uint64_t take(struct ts_removal_list *list)
{
    for (uint32_t i = 0; i < TS_REMOVALS_MAX; i++) {
        uint64_t epoch = ts_removal_list_at(list, i);
        if (epoch != 0) {
            cr_assert(ts_removal_list_has(list, epoch), "it stays until it is cleared");
            ts_removal_list_clear(list, i);
            return epoch;
        }
    }
    return 0;
}

Test(removal_list, asking_twice_is_asking_once)
{
    struct ts_removal_list list = {0};
    cr_assert_eq(ts_removal_list_ask(&list, 7), TS_OK);
    cr_assert_eq(ts_removal_list_ask(&list, 7), TS_EMPTY);
    cr_assert(ts_removal_list_has(&list, 7));
    cr_assert_eq(take(&list), 7);
    cr_assert_eq(take(&list), 0);
    cr_assert_not(ts_removal_list_has(&list, 7));
}

Test(removal_list, a_full_list_says_so_and_loses_nothing)
{
    struct ts_removal_list list = {0};
    for (uint64_t epoch = 1; epoch <= TS_REMOVALS_MAX; epoch++) {
        cr_assert_eq(ts_removal_list_ask(&list, epoch), TS_OK);
    }
    cr_assert_eq(ts_removal_list_ask(&list, 1000), TS_FULL);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < TS_REMOVALS_MAX; i++) {
        sum += take(&list);
    }
    cr_assert_eq(sum, TS_REMOVALS_MAX * (TS_REMOVALS_MAX + 1) / 2);
    cr_assert_eq(take(&list), 0);
}

#define ASKS 20000u

static void ask_on(void *argument)
{
    struct ts_removal_list *list = argument;
    for (uint64_t epoch = 1; epoch <= ASKS;) {
        epoch += ts_removal_list_ask(list, epoch) != TS_FULL;
    }
}

/* One who asks and one who takes: each epoch comes out once. */
Test(removal_list, each_is_taken_once, .timeout = 60)
{
    static struct ts_removal_list list;
    static unsigned char taken[ASKS + 1];
    struct ts_thread asker = {0};
    cr_assert_eq(ts_thread_start(&asker, "asker", ask_on, &list, NULL), TS_OK);
    for (uint32_t count = 0; count < ASKS;) {
        uint64_t epoch = take(&list);
        if (epoch != 0) {
            cr_assert(epoch <= ASKS && taken[epoch]++ == 0, "%llu", (unsigned long long)epoch);
            count++;
        }
    }
    ts_thread_join(&asker);
    cr_assert_eq(take(&list), 0);
}

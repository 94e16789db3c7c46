/* Each case is a stream of numbers, and what each is taken for. */
#include "market/trade_numbers.h"

#include <criterion/criterion.h>
#include <inttypes.h>

#define REACH    TS_TRADE_REACH
#define NEXT     TS_TRADE_NEXT
#define GAP      TS_TRADE_AFTER_GAP
#define REPEATED TS_TRADE_REPEATED
#define ASTRAY   TS_TRADE_ASTRAY
#define CONNECT  (-1)

struct step {
    int64_t number; /* or CONNECT */
    enum ts_trade_place place;
    int64_t missing;
};

static struct ts_trade_numbers numbers;

static void run(const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t missing = 77;
        if (steps[i].number == CONNECT) {
            ts_trade_numbers_connect(&numbers);
            continue;
        }
        enum ts_trade_place place = ts_trade_numbers_take(&numbers, steps[i].number, &missing);
        cr_assert(place == steps[i].place && missing == steps[i].missing,
                  "step %zu, number %" PRId64 ": %d, %" PRId64 " missing", i, steps[i].number, (int)place,
                  missing);
    }
}

#define RUN(...)                                                                                             \
    do {                                                                                                     \
        static const struct step steps_[] = {__VA_ARGS__};                                                   \
        numbers = (struct ts_trade_numbers){0};                                                              \
        run(steps_, sizeof steps_ / sizeof *steps_);                                                         \
    } while (0)

Test(trade_numbers, follow_one_another)
{
    RUN({7, GAP, 0}, {8, NEXT, 0}, {8, REPEATED, 0}, {9, NEXT, 0}, {7, REPEATED, 0}, {10, NEXT, 0});
    RUN({0, GAP, 0}, {1, NEXT, 0});
}

Test(trade_numbers, of_a_small_gap_are_missing_at_once)
{
    RUN({7, GAP, 0}, {8, NEXT, 0}, {11, GAP, 2}, {12, NEXT, 0}, {12 + REACH, GAP, REACH - 1});
}

Test(trade_numbers, an_enormous_one_is_refused_and_changes_nothing)
{
    RUN({7, GAP, 0}, {INT64_MAX, ASTRAY, 0}, {8, NEXT, 0}, {9, NEXT, 0}, {INT64_MAX, ASTRAY, 0},
        {10, NEXT, 0}, {12, GAP, 1});
    RUN({7, GAP, 0}, {8 + REACH, ASTRAY, 0}, {8, NEXT, 0}, {9, NEXT, 0});
}

Test(trade_numbers, an_enormous_one_does_not_outlive_its_connection)
{
    RUN({7, GAP, 0}, {INT64_MAX - 5, ASTRAY, 0}, {CONNECT, 0, 0}, {INT64_MAX, ASTRAY, 0}, {8, NEXT, 0},
        {9, NEXT, 0});
}

Test(trade_numbers, a_large_gap_is_believed_by_the_second_word)
{
    RUN({7, GAP, 0}, {2 * REACH, ASTRAY, 0}, {2 * REACH + 1, GAP, 2 * REACH - 7}, {2 * REACH + 2, NEXT, 0},
        {2 * REACH, REPEATED, 0});
    /* Across connections as well, and with a hole behind it. */
    RUN({7, GAP, 0}, {CONNECT, 0, 0}, {2 * REACH, ASTRAY, 0}, {2 * REACH + 5, GAP, 2 * REACH - 3},
        {2 * REACH + 6, NEXT, 0});
}

Test(trade_numbers, two_that_do_not_follow_one_another_prove_nothing)
{
    RUN({7, GAP, 0}, {2 * REACH, ASTRAY, 0}, {4 * REACH, ASTRAY, 0}, {2 * REACH + 1, ASTRAY, 0}, {8, NEXT, 0},
        {2 * REACH + 2, ASTRAY, 0}, {9, NEXT, 0});
}

Test(trade_numbers, a_first_one_that_is_bogus_is_contradicted_by_the_stream)
{
    RUN({INT64_MAX, GAP, 0}, {7, ASTRAY, 0}, {8, GAP, 0}, {9, NEXT, 0});
    RUN({500, GAP, 0}, {7, ASTRAY, 0}, {8, GAP, 0}, {9, NEXT, 0});
    RUN({INT64_MAX, GAP, 0}, {CONNECT, 0, 0}, {7, ASTRAY, 0}, {8, GAP, 0}, {9, NEXT, 0});
}

Test(trade_numbers, a_leap_within_reach_is_contradicted_by_the_stream)
{
    /* 108 was bogus: 8 is lost, what was told as missing above it comes. */
    RUN({7, GAP, 0}, {108, GAP, 100}, {8, ASTRAY, 0}, {9, GAP, 1 - 100}, {10, NEXT, 0}, {108, GAP, 97},
        {109, NEXT, 0});
    /* And without anything lost before it. */
    RUN({7, GAP, 0}, {8, NEXT, 0}, {100, GAP, 91}, {9, ASTRAY, 0}, {8, REPEATED, 0}, {10, GAP, 1 - 91});
}

Test(trade_numbers, a_hole_that_the_stream_went_on_behind_is_no_longer_in_question)
{
    RUN({7, GAP, 0}, {10, GAP, 2}, {11, NEXT, 0}, {8, REPEATED, 0}, {9, REPEATED, 0}, {12, NEXT, 0});
}

Test(trade_numbers, a_server_that_lags_behind_repeats)
{
    /* Even what an honest gap left out: it would be followed by what was seen already. */
    RUN({7, GAP, 0}, {10, GAP, 2}, {11, NEXT, 0}, {CONNECT, 0, 0}, {8, REPEATED, 0}, {9, REPEATED, 0},
        {10, REPEATED, 0}, {11, REPEATED, 0}, {12, NEXT, 0});
}

Test(trade_numbers, a_leap_within_reach_that_ends_its_connection_costs_no_more_than_the_reach)
{
    int64_t missing;
    numbers = (struct ts_trade_numbers){0};
    ts_trade_numbers_take(&numbers, 7, &missing);
    ts_trade_numbers_take(&numbers, 7 + REACH, &missing);
    ts_trade_numbers_connect(&numbers);
    for (int64_t number = 8; number <= 7 + REACH; number++) {
        cr_assert_eq(ts_trade_numbers_take(&numbers, number, &missing), REPEATED, "%" PRId64, number);
    }
    cr_assert_eq(ts_trade_numbers_take(&numbers, 8 + REACH, &missing), NEXT);
}

Test(trade_numbers, an_exchange_that_begins_to_count_anew_is_followed)
{
    RUN({5 * REACH, GAP, 0}, {CONNECT, 0, 0}, {1, ASTRAY, 0}, {2, GAP, 0}, {3, NEXT, 0}, {1, REPEATED, 0});
}

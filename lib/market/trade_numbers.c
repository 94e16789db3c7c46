#include "market/trade_numbers.h"

void ts_trade_numbers_connect(struct ts_trade_numbers *numbers)
{
    numbers->holed = false;
    numbers->strayed = false;
}

/* Above `number`, and near it. No two numbers of 0 or more are too far apart to be subtracted. */
static bool follows(int64_t next, int64_t number)
{
    return next > number && next - number <= TS_TRADE_REACH;
}

static bool in_hole(const struct ts_trade_numbers *numbers, int64_t number)
{
    return numbers->holed && number > numbers->before_hole && number < numbers->after_hole;
}

static void set_hole(struct ts_trade_numbers *numbers, int64_t before, int64_t after, int64_t missing)
{
    numbers->holed = after > before + 1;
    numbers->before_hole = before;
    numbers->after_hole = after;
    numbers->hole_missing = missing;
}

static int64_t go_on(struct ts_trade_numbers *numbers, int64_t number)
{
    int64_t missing = number - numbers->last - 1;
    set_hole(numbers, numbers->last, number, missing);
    return missing;
}

/* Into the hole: what was told as missing above the number may still come. */
static int64_t go_back(struct ts_trade_numbers *numbers, int64_t number)
{
    int64_t told = numbers->hole_missing;
    int64_t missing = told > 0 ? number - numbers->before_hole - 1 : 0;
    set_hole(numbers, numbers->before_hole, number, missing);
    return missing - told;
}

enum ts_trade_place ts_trade_numbers_take(struct ts_trade_numbers *numbers, int64_t number, int64_t *missing)
{
    int64_t last = numbers->last;
    bool near = numbers->begun && follows(number, last);
    *missing = 0;
    if (!numbers->begun) {
        numbers->begun = true;
        set_hole(numbers, -1, number, 0);
    } else if (near) {
        *missing = go_on(numbers, number);
    } else {
        bool back = in_hole(numbers, number);
        if (number == last || (follows(last, number) && !back)) {
            return TS_TRADE_REPEATED;
        }
        if (!numbers->strayed || !follows(number, numbers->stray)) {
            numbers->strayed = true;
            numbers->stray = number;
            return TS_TRADE_ASTRAY;
        }
        if (back) {
            *missing = go_back(numbers, number);
        } else if (number > last) {
            *missing = go_on(numbers, number);
        } else {
            numbers->holed = false; /* it counts otherwise now, and nothing is known of before */
        }
    }
    numbers->last = number;
    numbers->strayed = false;
    return near && *missing == 0 ? TS_TRADE_NEXT : TS_TRADE_AFTER_GAP;
}

#include "explore/core/strategy.h"

#include <stddef.h>

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    (void)state;
    return ts_mask_nth(view->candidates, (uint32_t)ts_random_below(&run->random, view->count));
}

const struct ts_explore_strategy ts_strategy_random = {
    .name = "random",
    .text = "every thread that can go on is as likely as any other, at each step",
    .source = "random walk",
    .pick = pick,
};

#include "explore/core/strategy.h"

#include <stddef.h>

/* The priority of what each thread will do next; higher first. 0: gives way. */
struct pos {
    uint64_t priority[TS_EXPLORE_THREADS];
};

static uint64_t draw(struct ts_strategy_run *run)
{
    return ts_random_next(&run->random) | 1;
}

static bool begin(void *state, struct ts_strategy_run *run)
{
    struct pos *pos = state;
    pos->priority[0] = draw(run);
    return true;
}

static void created(void *state, struct ts_strategy_run *run, uint32_t index, uint32_t parent)
{
    struct pos *pos = state;
    (void)parent;
    pos->priority[index] = draw(run);
}

static void yielded(void *state, struct ts_strategy_run *run, uint32_t index)
{
    struct pos *pos = state;
    (void)run;
    pos->priority[index] = 0;
}

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    const struct pos *pos = state;
    uint32_t best = ts_mask_next(view->candidates, 0);
    (void)run;
    TS_MASK_EACH(i, view->candidates)
    {
        best = pos->priority[i] > pos->priority[best] ? i : best;
    }
    return best;
}

/* The thread's next operation is a new event; those that race with this one are drawn anew. Without that a
 * race between more than two would favour orders. */
static void stepped(void *state, struct ts_strategy_run *run, uint32_t index, const struct ts_op *op,
                    const struct ts_op *const *ops, const struct ts_mask *live)
{
    struct pos *pos = state;
    pos->priority[index] = draw(run);
    if (op->object == NULL) {
        return;
    }
    TS_MASK_EACH(i, live)
    {
        if (ops[i]->object == op->object && i != index && (op->writes || ops[i]->writes)) {
            pos->priority[i] = draw(run);
        }
    }
}

const struct ts_explore_strategy ts_strategy_pos = {
    .name = "pos",
    .text = "a random priority for each event, drawn anew for those that race: spreads over partial orders",
    .source = "Yuan, Yang, Gu: Partial Order Aware Concurrency Sampling, CAV 2018",
    .begin = begin,
    .pick = pick,
    .created = created,
    .yielded = yielded,
    .stepped = stepped,
};

#include "explore/shrink_rounds.h"

#include "base/clock.h"

#include <stdlib.h>

#define SHARE_LEAST_MS 1000
#define FIRST_LEAST                                                                                          \
    UINT64_C(200) /* schedules; what several findings have by this is above the budget of all */
#define FURTHER_LEAST  UINT64_C(50)

#define LIMIT_LEAST_MS 20000
#define LIMIT_MOST_MS  300000
#define LIMIT_NONE_MS  60000

int64_t ts_shrink_limit_ms(int64_t asked_ms, int64_t search_ms)
{
    int64_t limit_ms = search_ms == 0 ? LIMIT_MOST_MS : search_ms;
    limit_ms = limit_ms < LIMIT_LEAST_MS ? LIMIT_LEAST_MS : limit_ms;
    limit_ms = limit_ms > LIMIT_MOST_MS ? LIMIT_MOST_MS : limit_ms;
    return asked_ms > 0 ? asked_ms : limit_ms;
}

struct state {
    const struct ts_shrink_rounds *rounds;
    struct ts_shrink_item *items;
    size_t count;
    int64_t until_ns;
    bool first;
};

static int64_t time_left_ms(const struct state *state)
{
    int64_t left_ms = (state->until_ns - ts_clock_ns()) / TS_NS_PER_MS;
    return left_ms > 0 ? left_ms : 0;
}

static uint64_t tries_left(const struct state *state)
{
    uint64_t spent = 0;
    for (size_t i = 0; i < state->count; i++) {
        spent += state->items[i].tries;
    }
    return spent < state->rounds->tries_all ? state->rounds->tries_all - spent : 0;
}

/* In this round; a finding that has had its own budget has no more to gain. */
static bool takes_part(const struct state *state, const struct ts_shrink_item *item)
{
    bool may = item->end == TS_SHRUNK_TIME || item->end == TS_SHRUNK_TRIES;
    return !item->settled && (state->first ? !item->begun : item->begun && may) &&
           item->tries < state->rounds->tries_each;
}

/* The one with most left; in the first round, in their order. `done` are those of this round so far. */
static size_t next_of(const struct state *state, const bool *done)
{
    size_t next = state->count;
    for (size_t i = 0; i < state->count; i++) {
        if (!done[i] && takes_part(state, &state->items[i]) &&
            (next == state->count || (!state->first && state->items[i].left > state->items[next].left))) {
            next = i;
        }
    }
    return next;
}

static size_t count_parts(const struct state *state, const bool *done)
{
    size_t parts = 0;
    for (size_t i = 0; i < state->count; i++) {
        parts += !done[i] && takes_part(state, &state->items[i]);
    }
    return parts;
}

static uint64_t share_of_tries(const struct state *state, const struct ts_shrink_item *item, size_t parts)
{
    uint64_t own = state->rounds->tries_each - item->tries, share = tries_left(state) / parts;
    uint64_t least = state->first ? FIRST_LEAST : 0;
    share = share > least ? share : least;
    return share < own ? share : own;
}

/* False: no further round. */
static bool run_round(const struct state *state, bool *done)
{
    bool better = state->first;
    for (size_t parts; (parts = count_parts(state, done)) > 0;) {
        size_t index = next_of(state, done);
        struct ts_shrink_item *item = &state->items[index];
        int64_t left_ms = time_left_ms(state), share_ms = left_ms / (int64_t)parts;
        share_ms = share_ms > SHARE_LEAST_MS ? share_ms : SHARE_LEAST_MS;
        share_ms = share_ms < left_ms ? share_ms : left_ms;
        uint64_t tries = share_of_tries(state, item, parts);
        bool worth = state->first ? share_ms > 0 : share_ms >= SHARE_LEAST_MS && tries >= FURTHER_LEAST;
        done[index] = true;
        if (worth) {
            if (!state->rounds->part(index, tries, share_ms, state->rounds->user_data)) {
                return false;
            }
            better = better || item->better;
        }
    }
    return better;
}

void ts_shrink_rounds(const struct ts_shrink_rounds *rounds, struct ts_shrink_item *items, size_t count)
{
    struct state state = {.rounds = rounds,
                          .items = items,
                          .count = count,
                          .until_ns = ts_clock_ns() + rounds->limit_ms * TS_NS_PER_MS,
                          .first = true};
    bool goes_on = true;
    while (goes_on) {
        bool *done = calloc(count + 1, sizeof *done);
        goes_on = done != NULL && run_round(&state, done);
        free(done);
        state.first = false;
    }
}

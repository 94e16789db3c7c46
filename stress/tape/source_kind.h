/*
 * Inside of a tick source: what each kind implements. Not for users of source.h.
 *
 * A kind embeds struct ts_source as its first member and sets its operations; source.c dispatches and counts.
 */
#ifndef TS_TAPE_SOURCE_KIND_H
#define TS_TAPE_SOURCE_KIND_H

#include "tape/source.h"

struct ts_source_operations {
    ts_err (*next)(struct ts_source *source, struct ts_tick *tick);
    void (*destroy)(struct ts_source *source);
};

struct ts_source {
    const struct ts_source_operations *operations;
    struct ts_tick_counts counts;
};

static inline void ts_tick_counts_add(struct ts_tick_counts *counts, uint32_t type)
{
    switch (type) {
    case WINGCHUN_DEPTH:
        counts->depth++;
        break;
    case WINGCHUN_TICKER:
        counts->ticker++;
        break;
    case WINGCHUN_TRADE:
        counts->trade++;
        break;
    default:
        counts->index_price++;
        break;
    }
}

#endif

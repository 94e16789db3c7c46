/* Every contestant that was built: the ring, the plain queue, and, with TS_PEERS, the packaged peers. */
#ifndef TS_BENCH_QUEUES_CONTESTANTS_H
#define TS_BENCH_QUEUES_CONTESTANTS_H

#include "bench/queues/contest.h"

#include <stdbool.h>

struct ts_entrant {
    const struct ts_contestant *queue;
    bool peer;  /* packaged: what a user would take instead */
    bool burst; /* made to look at its queue once for many records, as the ring's writer does */
};

/* The first is the ring. */
extern const struct ts_entrant ts_entrants[];
extern const unsigned ts_entrant_count;

#endif

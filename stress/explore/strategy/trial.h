/*
 * Searches of the strategies' tests, each in a process of its own, since a deadlock ends it.
 *
 * Threads: main thread. Ownership: what a search leaves is that of the latest. Errors: counted, and printed.
 */
#ifndef TS_EXPLORE_STRATEGY_TRIAL_H
#define TS_EXPLORE_STRATEGY_TRIAL_H

#include "explore/core/scheduler.h"

#define ORDERS_MAX 4096u

/* What a search leaves behind, shared with the process that runs it. */
struct shared {
    uint64_t found; /* schedules up to and with the first failure; 0: none */
    uint64_t run;
    bool replayed;      /* the last schedule, with the same events */
    uint32_t different; /* orders, or schedules */
    uint32_t order_count[ORDERS_MAX];
    uint64_t order[ORDERS_MAX];
    struct ts_arena arena;
};

struct search {
    const struct ts_strategy_choice *mix;
    uint32_t mix_count;
    void (*body)(unsigned threads);
    unsigned threads;
    uint64_t seed;
    uint64_t schedules;
    bool by_order;  /* count orders, else schedules */
    bool skip_half; /* leave out the schedules in which surw takes half the objects */
    bool to_failure;
};

extern struct shared *shared; /* of the latest search */
extern unsigned failures;

/* Nothing is left of the latest search. */
void renew_shared(void);

void check(bool holds, const char *what);

/* 100,000 schedules of two threads. */
struct search counting(const struct ts_strategy_choice *choice, void (*body)(unsigned), bool by_order);

/* The search, and then its last schedule once more, followed. */
void run(const struct search *search);

#endif

/* The loops of loops.h for one payload; included by it alone, once for each. */

ALWAYS_INLINE void LOOPS(put_one)(QUEUE_OF(LOOPS_SLOT) * queue, const struct ts_contest_plan *plan,
                                  uint64_t number, enum ts_wait wait)
{
    uint32_t turns = 1;
    while (!put(queue, number, LOOPS_SIZE(number), LOOPS_SLOT, plan)) {
        put_end(queue);
        turns = back_off(wait, turns);
    }
}

ALWAYS_INLINE void LOOPS(get_one)(QUEUE_OF(LOOPS_SLOT) * queue, const struct ts_contest_plan *plan,
                                  uint64_t number, struct ts_contest_sink *sink, enum ts_wait wait)
{
    uint32_t turns = 1;
    (void)plan;
    (void)number;
    while (!get(queue, LOOPS_SIZE(number), LOOPS_SLOT, sink)) {
        get_end(queue);
        turns = back_off(wait, turns);
    }
}

ALWAYS_INLINE void LOOPS(produce)(void *self, const struct ts_contest_plan *plan, enum ts_wait wait)
{
    QUEUE_OF(LOOPS_SLOT) *queue = (QUEUE_OF(LOOPS_SLOT) *)self;
    for (uint64_t i = 0; i < plan->records; i++) {
        LOOPS(put_one)(queue, plan, i, wait);
    }
    put_end(queue);
}

ALWAYS_INLINE void LOOPS(consume)(void *self, const struct ts_contest_plan *plan,
                                  struct ts_contest_sink *result, enum ts_wait wait)
{
    QUEUE_OF(LOOPS_SLOT) *queue = (QUEUE_OF(LOOPS_SLOT) *)self;
    struct ts_contest_sink sink = *result;
    for (uint64_t i = 0; i < plan->records; i++) {
        LOOPS(get_one)(queue, plan, i, &sink, wait);
    }
    get_end(queue);
    *result = sink;
}

ALWAYS_INLINE void LOOPS(ask)(void *out, void *in, const struct ts_contest_plan *plan,
                              struct ts_contest_sink *result, enum ts_wait wait)
{
    struct ts_contest_sink sink = *result;
    for (uint64_t i = 0; i < plan->records; i++) {
        LOOPS(put_one)((QUEUE_OF(LOOPS_SLOT) *)out, plan, i, wait);
        put_end((QUEUE_OF(LOOPS_SLOT) *)out);
        LOOPS(get_one)((QUEUE_OF(LOOPS_SLOT) *)in, plan, i, &sink, wait);
    }
    *result = sink;
}

ALWAYS_INLINE void LOOPS(answer)(void *out, void *in, const struct ts_contest_plan *plan,
                                 struct ts_contest_sink *result, enum ts_wait wait)
{
    struct ts_contest_sink sink = *result;
    for (uint64_t i = 0; i < plan->records; i++) {
        LOOPS(get_one)((QUEUE_OF(LOOPS_SLOT) *)in, plan, i, &sink, wait);
        LOOPS(put_one)((QUEUE_OF(LOOPS_SLOT) *)out, plan, i, wait);
        put_end((QUEUE_OF(LOOPS_SLOT) *)out);
    }
    *result = sink;
}

#define LOOPS_JOIN(name, way) name##way
#define LOOPS_WAY(name, way)  LOOPS_JOIN(name, way)
#define LOOPS_FOR(way, policy)                                                                               \
    static void LOOPS_WAY(LOOPS(produce), way)(void *queue, const struct ts_contest_plan *plan)              \
    {                                                                                                        \
        LOOPS(produce)(queue, plan, policy);                                                                 \
    }                                                                                                        \
    static void LOOPS_WAY(LOOPS(consume), way)(void *queue, const struct ts_contest_plan *plan,              \
                                               struct ts_contest_sink *sink)                                 \
    {                                                                                                        \
        LOOPS(consume)(queue, plan, sink, policy);                                                           \
    }                                                                                                        \
    static void LOOPS_WAY(LOOPS(ask), way)(void *out, void *in, const struct ts_contest_plan *plan,          \
                                           struct ts_contest_sink *sink)                                     \
    {                                                                                                        \
        LOOPS(ask)(out, in, plan, sink, policy);                                                             \
    }                                                                                                        \
    static void LOOPS_WAY(LOOPS(answer), way)(void *out, void *in, const struct ts_contest_plan *plan,       \
                                              struct ts_contest_sink *sink)                                  \
    {                                                                                                        \
        LOOPS(answer)(out, in, plan, sink, policy);                                                          \
    }

LOOPS_FOR(_tight, TS_WAIT_TIGHT)
LOOPS_FOR(_hard, TS_WAIT_HARD)
LOOPS_FOR(_relaxed, TS_WAIT_RELAXED)

#undef LOOPS_FOR
#undef LOOPS_WAY
#undef LOOPS_JOIN
#undef LOOPS
#undef LOOPS_SIZE
#undef LOOPS_SLOT

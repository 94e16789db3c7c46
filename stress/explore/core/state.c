#include "explore/core/state.h"

#define OPS_ENTRY(id, name) [TS_OP_##id] = name,
const char *const ts_op_names[TS_OP_COUNT] = {TS_OPS(OPS_ENTRY)};

__thread struct ts_sthread *ts_self __attribute__((tls_model("initial-exec")));
enum ts_points ts_sched_points;
void (*ts_sched_on_fail)(const struct ts_run_result *result);
struct ts_sched ts_sched;
uint32_t ts_mask_words = TS_MASK_WORDS;
struct ts_sthread ts_sched_threads[TS_EXPLORE_THREADS];
const struct ts_op *ts_sched_ops[TS_EXPLORE_THREADS];

struct ts_sched_range ts_sched_ignored[TS_SCHED_IGNORED];

int64_t ts_sched_now(void)
{
    return ts_sched_time();
}

struct ts_sthread *ts_sched_thread(uint32_t index)
{
    return &ts_sched_threads[index];
}

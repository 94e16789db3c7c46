#include "scenario/checker.h"

#include <string.h>

void ts_checker_begin(struct ts_checker *checker, struct ts_board *board, enum ts_delivery_mode mode,
                      uint64_t engine_id, uint32_t models)
{
    TS_ASSERT(models <= TS_CALCULATORS_MAX);
    *checker = (struct ts_checker){
        .board = board, .mode = mode, .engine_id = engine_id, .models = models, .owner = pthread_self()};
}

static void check_order(struct ts_checker *checker, uint32_t model, uint64_t sequence)
{
    uint64_t last = checker->last_sequence[model];
    if (sequence <= last) {
        ts_board_violation(checker->board, "order", "model %u: result %llu came after %llu", model,
                           (unsigned long long)sequence, (unsigned long long)last);
        return;
    }
    checker->holes += sequence - last - 1;
    checker->last_sequence[model] = sequence;
}

void ts_checker_on_result(struct ts_checker *checker, const char *symbol, int64_t timestamp_ns,
                          const double *values, int count)
{
    char key[WINGCHUN_SYMBOL_SIZE] = {0};
    checker->seen++;
    if (count != TS_CHECKED_VALUES) {
        ts_board_violation(checker->board, "values", "%d values instead of %d", count, TS_CHECKED_VALUES);
        return;
    }
    memcpy(key, symbol, strnlen(symbol, sizeof key));
    if (values[TS_CHECKED_SUM] != ts_checked_sum(key, timestamp_ns, values)) {
        ts_board_violation(checker->board, "values", "checksum of result %.0f of %.32s is wrong",
                           values[TS_CHECKED_SEQUENCE], symbol);
        return;
    }
    if ((unsigned char)symbol[0] == TS_CHECKER_POISON) {
        ts_board_violation(checker->board, "poison", "result %.0f was made of a tick that was given back",
                           values[TS_CHECKED_SEQUENCE]);
    }
    if (values[TS_CHECKED_SIGNAL] != 1.0 || values[TS_CHECKED_CONFIDENCE] != 0.8) {
        ts_board_violation(checker->board, "values",
                           "pred_signal %g and pred_confidence %g instead of 1.0 and 0.8",
                           values[TS_CHECKED_SIGNAL], values[TS_CHECKED_CONFIDENCE]);
    }
    if ((uint64_t)values[TS_CHECKED_ENGINE] != checker->engine_id ||
        values[TS_CHECKED_MODEL] >= checker->models) {
        ts_board_violation(checker->board, "engine-epoch",
                           "a result of engine %.0f reached the host of engine %llu",
                           values[TS_CHECKED_ENGINE], (unsigned long long)checker->engine_id);
        return;
    }
    if (checker->mode == TS_DELIVERY_QUEUED && !checker->any_thread &&
        !pthread_equal(pthread_self(), checker->owner)) {
        ts_board_violation(checker->board, "thread", "a queued result was executed on a foreign thread");
    }
    check_order(checker, (uint32_t)values[TS_CHECKED_MODEL], (uint64_t)values[TS_CHECKED_SEQUENCE]);
}

struct identity {
    const char *name;
    const char *text;
    uint64_t left, right;
};

void ts_checker_end(struct ts_checker *checker, const struct ts_runner_stats *runner,
                    const struct signal_stats *engine)
{
    uint64_t tail = 0; /* results after the last one seen, for each model */
    for (uint32_t i = 0; i < checker->models; i++) {
        tail += engine->depth_accepted - checker->last_sequence[i];
    }
    uint64_t dropped =
        engine->results_dropped_newest + engine->results_dropped_oldest + engine->results_unregistered;
    const struct identity identities[] = {
        {"accounting-ticks", "ticks fed = accepted + dropped + rejected", runner->ticks_fed,
         engine->ticks_accepted + engine->ticks_dropped + engine->ticks_rejected},
        {"accounting-offered", "results offered = accepted + rejected", engine->results_offered,
         engine->results_accepted + engine->results_rejected},
        {"accounting", "accepted = executed + dropped + pending", engine->results_accepted,
         engine->results_executed + dropped + engine->results_pending},
        {"accounting-pipeline", "Depth accepted * models = offered + in pipeline",
         engine->depth_accepted * checker->models, engine->results_offered + engine->in_pipeline},
        {"accounting-seen", "callbacks seen by the host = executed", checker->seen, engine->results_executed},
        {"accounting-holes", "sequence numbers missing = dropped + rejected + pending + in pipeline",
         checker->holes + tail,
         dropped + engine->results_rejected + engine->results_pending + engine->in_pipeline},
    };
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
        ts_board_add(checker->board, TS_COUNTER_checks, 1);
        if (identities[i].left != identities[i].right) {
            ts_board_violation(checker->board, identities[i].name, "%s: %llu is not %llu", identities[i].text,
                               (unsigned long long)identities[i].left,
                               (unsigned long long)identities[i].right);
        }
    }
}

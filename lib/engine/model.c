#include "engine/model.h"

#include "engine/factor.h"

#include <stddef.h>

static void compute_test0000(const struct ts_row *row, const struct ts_model_identity *identity,
                             double *outputs)
{
    (void)row;
    (void)identity;
    outputs[0] = 1.0;
    outputs[1] = 0.8;
}

static void compute_checked(const struct ts_row *row, const struct ts_model_identity *identity,
                            double *outputs)
{
    outputs[TS_CHECKED_SIGNAL] = 1.0;
    outputs[TS_CHECKED_CONFIDENCE] = 0.8;
    outputs[TS_CHECKED_ENGINE] = (double)identity->engine_id;
    outputs[TS_CHECKED_MODEL] = identity->model_index;
    outputs[TS_CHECKED_SEQUENCE] = (double)row->sequence;
    outputs[TS_CHECKED_SPREAD] = row->values[TS_FACTOR_SPREAD];
    outputs[TS_CHECKED_MID] = row->values[TS_FACTOR_MID];
    outputs[TS_CHECKED_SUM] = ts_checked_sum(row->symbol, row->timestamp_ns, outputs);
}

static const struct ts_model models[] = {
    {.name = "test0000", .outputs = 2, .compute = compute_test0000},
    {.name = "checked", .outputs = TS_CHECKED_VALUES, .compute = compute_checked},
};

const struct ts_model *ts_model_find(const char *name)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        if (strcmp(models[i].name, name) == 0) {
            return &models[i];
        }
    }
    return NULL;
}

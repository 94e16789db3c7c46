/*
 * Fuzz target: the engine's configuration (ts_engine_config_parse).
 *
 * Input: a JSON text. Held against it: what is accepted lies within the bounds that config.h documents, and
 * what is refused is told with the code that is returned and a text.
 */
#include "engine/config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool is_power_of_two(uint32_t value)
{
    return value > 0 && (value & (value - 1)) == 0;
}

static void check(const struct ts_engine_config *config)
{
    const uint32_t most = 1u << 20;
    TS_ASSERT((unsigned)config->mode < TS_DELIVERY_COUNT);
    TS_ASSERT((unsigned)config->queue_policy < TS_OVERFLOW_COUNT);
    TS_ASSERT(is_power_of_two(config->queue_capacity) && config->queue_capacity <= most);
    TS_ASSERT(config->poll_budget >= 1 && config->poll_budget <= most);
    TS_ASSERT(is_power_of_two(config->ingress_capacity));
    TS_ASSERT(config->ingress_capacity >= 128 && config->ingress_capacity <= most);
    TS_ASSERT(config->ingress_policy == TS_OVERFLOW_DROP_NEWEST ||
              config->ingress_policy == TS_OVERFLOW_BLOCK);
    TS_ASSERT(config->ingress_timeout_ms >= 1 && config->ingress_timeout_ms <= 60000);
    TS_ASSERT(config->factor_count >= 1 && config->factor_count <= TS_CALCULATORS_MAX);
    TS_ASSERT(config->model_count >= 1 && config->model_count <= TS_CALCULATORS_MAX);
    TS_ASSERT(config->engine_id <= UINT64_C(1) << 53);
    for (uint32_t i = 0; i < config->factor_count; i++) {
        TS_ASSERT(config->factors[i] != NULL);
    }
    for (uint32_t i = 0; i < config->model_count; i++) {
        TS_ASSERT(config->models[i] != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ts_engine_config config;
    struct ts_diag diag = {0};
    char *text = malloc(size + 1);
    TS_ASSERT(text != NULL);
    memcpy(text, bytes, size);
    text[size] = '\0';
    ts_err error = ts_engine_config_parse(text, &config, &diag);
    TS_ASSERT(diag.code == error);
    if (error == TS_OK) {
        check(&config);
    } else {
        TS_ASSERT(diag.text[0] != '\0');
    }
    free(text);
    return 0;
}

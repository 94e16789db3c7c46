#include "engine/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const mode_names[TS_DELIVERY_COUNT] = {
    [TS_DELIVERY_DIRECT] = "direct",
    [TS_DELIVERY_LOCKED] = "locked",
    [TS_DELIVERY_GUARDED] = "guarded",
    [TS_DELIVERY_QUEUED] = "queued",
};

const char *ts_delivery_mode_name(enum ts_delivery_mode mode)
{
    return (unsigned)mode < TS_DELIVERY_COUNT ? mode_names[mode] : "unknown";
}

ts_err ts_delivery_mode_parse(const char *name, enum ts_delivery_mode *mode)
{
    for (int i = 0; i < TS_DELIVERY_COUNT; i++) {
        if (strcmp(name, mode_names[i]) == 0) {
            *mode = (enum ts_delivery_mode)i;
            return TS_OK;
        }
    }
    return TS_UNKNOWN;
}

static ts_err refuse(struct ts_diag *diag, ts_err code, const char *key, json_t *value, const char *wanted)
{
    char *shown = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    ts_fail(diag, code, "engine config", key, "%.120s is not %s", shown != NULL ? shown : "the value",
            wanted);
    free(shown);
    return code;
}

static ts_err read_integer(json_t *value, const char *key, uint64_t minimum, uint64_t maximum,
                           uint64_t *result, struct ts_diag *diag)
{
    char wanted[80];
    snprintf(wanted, sizeof wanted, "an integer from %llu to %llu", (unsigned long long)minimum,
             (unsigned long long)maximum);
    if (!json_is_integer(value)) {
        return refuse(diag, TS_INVALID, key, value, wanted);
    }
    json_int_t number = json_integer_value(value);
    if (number < 0 || (uint64_t)number < minimum || (uint64_t)number > maximum) {
        return refuse(diag, TS_INVALID, key, value, wanted);
    }
    *result = (uint64_t)number;
    return TS_OK;
}

static ts_err read_u32(json_t *value, const char *key, uint32_t minimum, uint32_t maximum, uint32_t *result,
                       struct ts_diag *diag)
{
    uint64_t wide = 0;
    ts_err error = read_integer(value, key, minimum, maximum, &wide, diag);
    if (error == TS_OK) {
        *result = (uint32_t)wide;
    }
    return error;
}

static ts_err read_power_of_two(json_t *value, const char *key, uint32_t minimum, uint32_t maximum,
                                uint32_t *result, struct ts_diag *diag)
{
    ts_err error = read_u32(value, key, minimum, maximum, result, diag);
    if (error == TS_OK && (*result & (*result - 1)) != 0) {
        error = refuse(diag, TS_INVALID, key, value, "a power of two");
    }
    return error;
}

/* The string of a value, or "" for a value of another type, which no name equals. */
static const char *text_of(json_t *value)
{
    return json_is_string(value) ? json_string_value(value) : "";
}

static bool put_factor(struct ts_engine_config *config, size_t index, const char *name)
{
    return (config->factors[index] = ts_factor_find(name)) != NULL;
}

static bool put_model(struct ts_engine_config *config, size_t index, const char *name)
{
    return (config->models[index] = ts_model_find(name)) != NULL;
}

typedef bool (*put_name)(struct ts_engine_config *config, size_t index, const char *name);

static ts_err read_names(json_t *value, const char *key, put_name put, struct ts_engine_config *config,
                         uint32_t *count, struct ts_diag *diag)
{
    if (!json_is_array(value) || json_array_size(value) < 1 || json_array_size(value) > TS_CALCULATORS_MAX) {
        return refuse(diag, TS_INVALID, key, value, "a list of 1 to 16 names");
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *name = json_array_get(value, i);
        if (!put(config, i, text_of(name))) {
            return refuse(diag, TS_UNKNOWN, key, name, "a name this library has");
        }
    }
    *count = (uint32_t)json_array_size(value);
    return TS_OK;
}

static ts_err read_policy(json_t *value, const char *key, bool ingress, enum ts_overflow_policy *policy,
                          struct ts_diag *diag)
{
    enum ts_overflow_policy read;
    bool known = ts_overflow_policy_parse(text_of(value), &read) == TS_OK;
    if (known && ingress) {
        known = read == TS_OVERFLOW_DROP_NEWEST || read == TS_OVERFLOW_BLOCK;
    }
    if (!known) {
        return refuse(diag, TS_UNKNOWN, key, value,
                      ingress ? "one of drop-newest, block"
                              : "one of drop-newest, drop-oldest, block, reject");
    }
    *policy = read;
    return TS_OK;
}

/* The place of a word in a list of two. */
static ts_err read_either(json_t *value, const char *key, const char *const words[2], int *place,
                          struct ts_diag *diag)
{
    char wanted[80];
    for (*place = 0; *place < 2; ++*place) {
        if (strcmp(text_of(value), words[*place]) == 0) {
            return TS_OK;
        }
    }
    snprintf(wanted, sizeof wanted, "one of %s, %s", words[0], words[1]);
    return refuse(diag, TS_UNKNOWN, key, value, wanted);
}

static ts_err read_pipeline(json_t *value, const char *key, struct ts_engine_config *config,
                            struct ts_diag *diag)
{
    static const char *const words[] = {"threads", "one-thread"};
    int place;
    ts_err error = read_either(value, key, words, &place, diag);
    config->pipeline = place == 0 ? TS_PIPELINE_THREADS : TS_PIPELINE_ONE_THREAD;
    return error;
}

static ts_err read_waiting(json_t *value, const char *key, struct ts_engine_config *config,
                           struct ts_diag *diag)
{
    static const char *const words[] = {"sleep", "spin"};
    int place;
    ts_err error = read_either(value, key, words, &place, diag);
    config->waiting = place == 0 ? TS_WAITING_SLEEP : TS_WAITING_SPIN;
    return error;
}

static ts_err read_key(const char *key, json_t *value, struct ts_engine_config *config, struct ts_diag *diag)
{
    if (strcmp(key, "mode") == 0) {
        return ts_delivery_mode_parse(text_of(value), &config->mode) == TS_OK
                   ? TS_OK
                   : refuse(diag, TS_UNKNOWN, key, value, "one of direct, locked, guarded, queued");
    }
    if (strcmp(key, "queue_capacity") == 0) {
        return read_power_of_two(value, key, 1, 1u << 20, &config->queue_capacity, diag);
    }
    if (strcmp(key, "queue_policy") == 0) {
        return read_policy(value, key, false, &config->queue_policy, diag);
    }
    if (strcmp(key, "poll_budget") == 0) {
        return read_u32(value, key, 1, 1u << 20, &config->poll_budget, diag);
    }
    if (strcmp(key, "ingress_capacity") == 0) {
        return read_power_of_two(value, key, 128, 1u << 20, &config->ingress_capacity, diag);
    }
    if (strcmp(key, "ingress_policy") == 0) {
        return read_policy(value, key, true, &config->ingress_policy, diag);
    }
    if (strcmp(key, "ingress_timeout_ms") == 0) {
        return read_u32(value, key, 1, 60000, &config->ingress_timeout_ms, diag);
    }
    if (strcmp(key, "factors") == 0) {
        return read_names(value, key, put_factor, config, &config->factor_count, diag);
    }
    if (strcmp(key, "models") == 0) {
        return read_names(value, key, put_model, config, &config->model_count, diag);
    }
    if (strcmp(key, "pipeline") == 0) {
        return read_pipeline(value, key, config, diag);
    }
    if (strcmp(key, "waiting") == 0) {
        return read_waiting(value, key, config, diag);
    }
    if (strcmp(key, "engine_id") == 0) {
        return read_integer(value, key, 0, UINT64_C(1) << 53, &config->engine_id, diag);
    }
    return ts_fail(diag, TS_UNKNOWN, "engine config", key, "there is no such key");
}

ts_err ts_engine_config_parse(const char *json, struct ts_engine_config *config, struct ts_diag *diag)
{
    *config = (struct ts_engine_config){
        .mode = TS_DELIVERY_QUEUED,
        .queue_capacity = 4096,
        .queue_policy = TS_OVERFLOW_DROP_NEWEST,
        .poll_budget = 1024,
        .ingress_capacity = 4096,
        .ingress_policy = TS_OVERFLOW_DROP_NEWEST,
        .ingress_timeout_ms = 1000,
        .factor_count = 1,
        .factors = {ts_factor_find("test0000")},
        .model_count = 1,
        .models = {ts_model_find("test0000")},
    };
    json_error_t where;
    if (json == NULL) {
        return ts_fail(diag, TS_INVALID, "engine config", NULL, "NULL is not a JSON text");
    }
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &where);
    if (root == NULL) {
        return ts_fail(diag, TS_MALFORMED, "engine config", NULL, "line %d, column %d: %s", where.line,
                       where.column, where.text);
    }
    ts_err error = TS_OK;
    if (!json_is_object(root)) {
        error = ts_fail(diag, TS_MALFORMED, "engine config", NULL, "the text is not a JSON object");
    }
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        error = read_key(key, value, config, diag);
        if (error != TS_OK) {
            break;
        }
    }
    json_decref(root);
    return error;
}

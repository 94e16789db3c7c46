#include "engine/config.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(config, an_empty_object_gives_the_documents_defaults)
{
    struct ts_engine_config config;
    cr_assert_eq(ts_engine_config_parse("{}", &config, NULL), TS_OK);
    cr_assert_eq(config.mode, TS_DELIVERY_QUEUED);
    cr_assert_eq(config.queue_capacity, 4096);
    cr_assert_eq(config.queue_policy, TS_OVERFLOW_DROP_NEWEST);
    cr_assert(config.pipeline == TS_PIPELINE_THREADS && config.waiting == TS_WAITING_SLEEP);
    cr_assert(config.factor_count == 1 && strcmp(config.factors[0]->name, "test0000") == 0);
    cr_assert(config.model_count == 1 && strcmp(config.models[0]->name, "test0000") == 0);
}

Test(config, every_key_is_read)
{
    struct ts_engine_config c;
    cr_assert_eq(
        ts_engine_config_parse("{\"mode\":\"locked\",\"queue_capacity\":2,\"queue_policy\":\"block\","
                               "\"poll_budget\":7,\"ingress_capacity\":256,\"ingress_policy\":\"block\","
                               "\"ingress_timeout_ms\":5,\"factors\":[\"test0000\",\"test0000\"],"
                               "\"models\":[\"checked\",\"test0000\",\"checked\"],\"engine_id\":99,"
                               "\"pipeline\":\"one-thread\",\"waiting\":\"spin\"}",
                               &c, NULL),
        TS_OK);
    cr_assert(c.mode == TS_DELIVERY_LOCKED && c.queue_capacity == 2 && c.queue_policy == TS_OVERFLOW_BLOCK);
    cr_assert(c.poll_budget == 7 && c.ingress_capacity == 256 && c.ingress_policy == TS_OVERFLOW_BLOCK);
    cr_assert(c.ingress_timeout_ms == 5 && c.factor_count == 2 && c.model_count == 3 && c.engine_id == 99);
    cr_assert_str_eq(c.models[2]->name, "checked");
    cr_assert(c.pipeline == TS_PIPELINE_ONE_THREAD && c.waiting == TS_WAITING_SPIN);
    cr_assert_eq(ts_engine_config_parse("{\"pipeline\":\"threads\",\"waiting\":\"sleep\"}", &c, NULL), TS_OK);
    cr_assert(c.pipeline == TS_PIPELINE_THREADS && c.waiting == TS_WAITING_SLEEP);
}

/* Each bad text, the code, and what the error must name. */
Test(config, each_error_names_key_and_value)
{
    static const struct {
        const char *json;
        ts_err code;
        const char *key, *shown;
    } cases[] = {
        {"{\"mode\":\"fast\"}", TS_UNKNOWN, "mode", "\"fast\""},
        {"{\"mode\":3}", TS_UNKNOWN, "mode", "3"},
        {"{\"queue_capacity\":\"many\"}", TS_INVALID, "queue_capacity", "\"many\""},
        {"{\"queue_capacity\":0}", TS_INVALID, "queue_capacity", "0"},
        {"{\"queue_capacity\":-4}", TS_INVALID, "queue_capacity", "-4"},
        {"{\"queue_capacity\":3}", TS_INVALID, "queue_capacity", "power of two"},
        {"{\"queue_capacity\":4.0}", TS_INVALID, "queue_capacity", "4.0"},
        {"{\"queue_capacity\":2097152}", TS_INVALID, "queue_capacity", "2097152"},
        {"{\"queue_policy\":\"drop\"}", TS_UNKNOWN, "queue_policy", "\"drop\""},
        {"{\"ingress_policy\":\"reject\"}", TS_UNKNOWN, "ingress_policy", "\"reject\""},
        {"{\"poll_budget\":0}", TS_INVALID, "poll_budget", "0"},
        {"{\"factors\":[]}", TS_INVALID, "factors", "[]"},
        {"{\"factors\":[\"alpha\"]}", TS_UNKNOWN, "factors", "\"alpha\""},
        {"{\"models\":[1]}", TS_UNKNOWN, "models", "1"},
        {"{\"models\":\"test0000\"}", TS_INVALID, "models", "\"test0000\""},
        {"{\"engine_id\":18014398509481984}", TS_INVALID, "engine_id", "18014398509481984"},
        {"{\"pipeline\":\"stepped\"}", TS_UNKNOWN, "pipeline", "one of threads, one-thread"},
        {"{\"waiting\":1}", TS_UNKNOWN, "waiting", "1 is not one of sleep, spin"},
        {"{\"threads\":4}", TS_UNKNOWN, "threads", "no such key"},
        {"{\"mode\":\"direct\",\"mode\":\"queued\"}", TS_MALFORMED, "", "duplicate"},
        {"[]", TS_MALFORMED, "", "not a JSON object"},
        {"{", TS_MALFORMED, "", "line 1"},
        {"", TS_MALFORMED, "", "line"},
        {NULL, TS_INVALID, "", "NULL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_engine_config config;
        struct ts_diag diag = {0};
        const char *json = cases[i].json != NULL ? cases[i].json : "(null)";
        cr_assert_eq(ts_engine_config_parse(cases[i].json, &config, &diag), cases[i].code, "%s", json);
        cr_assert_str_eq(diag.subject, cases[i].key, "%s", json);
        cr_assert_not_null(strstr(diag.text, cases[i].shown), "%s gives: %s", json, diag.text);
    }
}

Test(factor, test0000_is_spread_and_mid)
{
    struct wingchun_depth depth = {0};
    double values[TS_FACTOR_VALUES];
    depth.bid_price[0] = 99;
    depth.ask_price[0] = 101;
    depth.bid_volume[0] = 3;
    depth.ask_volume[0] = 1;
    ts_factor_find("test0000")->compute(&depth, values);
    cr_assert(values[TS_FACTOR_SPREAD] == 2 && values[TS_FACTOR_MID] == 100 &&
              values[TS_FACTOR_IMBALANCE] == 0.5);
    cr_assert_eq(values[TS_FACTOR_MICROPRICE], (99.0 * 1 + 101.0 * 3) / 4);
    cr_assert_null(ts_factor_find("test0001"));
}

Test(model, checked_outputs_carry_a_sum_that_notices_any_change)
{
    static const double factors[TS_FACTOR_VALUES] = {2, 100, 0, 100};
    struct ts_row *row = calloc(1, sizeof *row + sizeof factors);
    memcpy(row->symbol, "btcusdt", 7);
    memcpy(row->values, factors, sizeof factors);
    row->timestamp_ns = 5;
    row->sequence = 9;
    struct ts_model_identity identity = {.engine_id = 42, .model_index = 1};
    double outputs[TS_CHECKED_VALUES];
    ts_model_find("checked")->compute(row, &identity, outputs);
    cr_assert(outputs[0] == 1.0 && outputs[1] == 0.8);
    cr_assert(outputs[TS_CHECKED_ENGINE] == 42 && outputs[TS_CHECKED_MODEL] == 1 &&
              outputs[TS_CHECKED_SEQUENCE] == 9);
    double sum = outputs[TS_CHECKED_SUM];
    cr_assert_eq(sum, ts_checked_sum(row->symbol, 5, outputs));
    cr_assert_neq(sum, ts_checked_sum(row->symbol, 6, outputs));
    cr_assert_neq(sum, ts_checked_sum("btcusdu\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 5, outputs));
    for (int i = 0; i < TS_CHECKED_SUM; i++) {
        double changed[TS_CHECKED_VALUES];
        memcpy(changed, outputs, sizeof changed);
        changed[i] += 1;
        cr_assert_neq(sum, ts_checked_sum(row->symbol, 5, changed), "value %d", i);
    }
    free(row);
}

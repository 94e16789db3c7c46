#include "reports/gate_fixture.h"
#include "reports/sarif.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct gate_fixture f;

static char *written(ts_err (*write)(const struct ts_gate *, FILE *, struct ts_diag *))
{
    struct ts_gate gate;
    struct ts_diag diag = {0};
    char *text = NULL;
    size_t size = 0;
    cr_assert_eq(ts_gate_judge(&f.input, &f.baseline, "2030-01-01", &gate, &diag), TS_OK, "%s", diag.text);
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    cr_assert_eq(write(&gate, out, &diag), TS_OK, "%s", diag.text);
    fclose(out);
    ts_gate_free(&gate);
    return text;
}

/* The whole log, and its only run. */
static json_t *parsed(json_t **run)
{
    char *text = written(ts_sarif_write);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(root, "%s:\n%s", error.text, text);
    free(text);
    *run = json_array_get(json_object_get(root, "runs"), 0);
    return root;
}

Test(sarif, a_result_has_place_flow_and_fingerprint)
{
    gate_fixture_init(&f);
    gate_fixture_race(&f);
    json_t *run = NULL;
    json_t *root = parsed(&run);
    json_t *results = json_object_get(run, "results");
    cr_assert_eq(json_array_size(results), 1);
    const char *rule, *level, *fingerprint, *uri, *base;
    int line, order;
    json_t *flows, *stacks;
    cr_assert_eq(json_unpack(json_array_get(results, 0),
                             "{s:s, s:s, s:{s:s}, s:[{s:{s:{s:s, s:s}, s:{s:i}}}], s:[{s:o}], s:o}", "ruleId",
                             &rule, "level", &level, "partialFingerprints", "tickstorm/v1", &fingerprint,
                             "locations", "physicalLocation", "artifactLocation", "uri", &uri, "uriBaseId",
                             &base, "region", "startLine", &line, "codeFlows", "threadFlows", &flows,
                             "stacks", &stacks),
                 0);
    cr_expect_str_eq(rule, "race");
    cr_expect_str_eq(level, "error");
    cr_expect_str_eq(fingerprint, "0x0123456789abcdef");
    cr_expect_str_eq(uri, "book.c");
    cr_expect_str_eq(base, "SRCROOT");
    cr_expect_eq(line, 42, "the first own frame, not the interceptor's");
    cr_expect_eq(json_array_size(flows), 2);
    cr_expect_eq(json_array_size(stacks), 2);
    cr_assert_eq(json_unpack(json_array_get(flows, 1), "{s:[{s:i}]}", "locations", "executionOrder", &order),
                 0);
    cr_expect_eq(order, 4);
    json_decref(root);
}

Test(sarif, the_baseline_suppresses_and_expected_findings_are_left_out)
{
    gate_fixture_init(&f);
    gate_fixture_race(&f);
    f.input.finding_count = 2;
    f.sightings[1].expected = true;
    gate_fixture_known(&f, "0x0123456789abcdef", "2031-01-01");
    for (int expired = 0; expired < 2; expired++) {
        json_t *run = NULL;
        json_t *root = parsed(&run);
        json_t *results = json_object_get(run, "results");
        cr_assert_eq(json_array_size(results), 1);
        const char *kind, *status, *reason;
        cr_assert_eq(json_unpack(json_array_get(results, 0), "{s:[{s:s, s:s, s:s}]}", "suppressions", "kind",
                                 &kind, "status", &status, "justification", &reason),
                     0);
        cr_expect_str_eq(kind, "external");
        cr_expect_str_eq(status, expired ? "rejected" : "accepted");
        cr_expect_str_eq(reason, "mended soon");
        json_decref(root);
        f.baseline.known_count = 0;
        gate_fixture_known(&f, "0x0123456789abcdef", "2001-01-01");
    }
}

Test(sarif, any_text_stays_json)
{
    gate_fixture_init(&f);
    gate_fixture_hostile(&f);
    json_t *run = NULL;
    json_t *root = parsed(&run);
    json_t *results = json_object_get(run, "results");
    cr_assert_eq(json_array_size(results), 2);
    const char *uri, *rule;
    cr_assert_eq(json_unpack(json_array_get(results, 0), "{s:[{s:{s:{s:s}}}]}", "locations",
                             "physicalLocation", "artifactLocation", "uri", &uri),
                 0);
    cr_expect_str_eq(uri, "a%20b%2Cc%3Ad%25%FF%0A.c");
    cr_assert_eq(json_unpack(json_array_get(results, 1), "{s:s}", "ruleId", &rule), 0);
    cr_expect_str_eq(rule, "other");
    int successful = 1;
    cr_assert_eq(json_unpack(run, "{s:[{s:b}]}", "invocations", "executionSuccessful", &successful), 0);
    cr_expect_eq(successful, 0);
    json_decref(root);
}

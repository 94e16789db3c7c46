#include "reports/baseline.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENTRY(signature, expiry)                                                                             \
    "  - signature: " signature "\n    title: a / b\n    owner: jo\n    issue: 'X-1'\n    reason: soon\n"    \
    "    expiry: " expiry "\n"
#define GOOD ENTRY("0x0123456789abcdef", "2031-12-31")

static ts_err load(const char *content, struct ts_baseline **baseline, struct ts_diag *diag)
{
    char path[] = "/tmp/ts-baseline-XXXXXX";
    int descriptor = mkstemp(path);
    cr_assert_geq(descriptor, 0);
    FILE *file = fdopen(descriptor, "w");
    cr_assert_not_null(file);
    fputs(content, file);
    fclose(file);
    ts_err err = ts_baseline_load(path, baseline, diag);
    cr_expect(err == TS_OK || strcmp(diag->subject, path) == 0, "the file is not named: %s", diag->subject);
    unlink(path);
    return err;
}

static void refused(const char *content, const char *place, const char *member)
{
    struct ts_baseline *baseline = NULL;
    struct ts_diag diag = {0};
    cr_expect_eq(load(content, &baseline, &diag), TS_MALFORMED, "accepted:\n%s", content);
    cr_expect_null(baseline);
    cr_expect_not_null(strstr(diag.text, place), "no \"%s\" in: %s", place, diag.text);
    cr_expect_not_null(strstr(diag.text, member), "no \"%s\" in: %s", member, diag.text);
}

Test(baseline, entries_are_read)
{
    struct ts_baseline *baseline = NULL;
    struct ts_diag diag = {0};
    cr_assert_eq(load("known:\n" GOOD ENTRY("0x0123456789abcde0", "2028-02-29"), &baseline, &diag), TS_OK,
                 "%s", diag.text);
    cr_expect_eq(baseline->known_count, 2);
    cr_expect_str_eq(baseline->known[0].signature, "0x0123456789abcdef");
    cr_expect_str_eq(baseline->known[1].expiry, "2028-02-29");
    ts_baseline_free(baseline);
    cr_assert_eq(load("known: []\n", &baseline, &diag), TS_OK, "%s", diag.text);
    cr_expect_eq(baseline->known_count, 0);
    ts_baseline_free(baseline);
}

Test(baseline, errors_name_entry_and_member)
{
    refused("known:\n" GOOD ENTRY("0x0123", "2031-12-31"), "entry 2", "signature");
    refused("known:\n" GOOD ENTRY("0x0123456789abcdeg", "2031-12-31"), "entry 2", "signature");
    refused("known:\n" GOOD GOOD, "entry 2", "signature");
    refused("known:\n" GOOD ENTRY("0x0123456789ABCDEF", "2031-12-31"), "entry 2", "entry 1's already");
    refused("known:\n" ENTRY("0x0123456789abcdef", "2031-02-29"), "entry 1", "expiry");
    refused("known:\n" ENTRY("0x0123456789abcdef", "2031-13-01"), "entry 1", "expiry");
    refused("known:\n" ENTRY("0x0123456789abcdef", "'  '"), "entry 1", "expiry: is empty");
    refused("known:\n" ENTRY("0x0123456789abcdef", "tomorrow"), "entry 1", "expiry");
}

Test(baseline, errors_of_the_schema_name_line_entry_and_member)
{
    refused("known:\n" GOOD "  - signature: 0x0123456789abcde0\n    title: t\n", "entry 2", "owner");
    refused("known:\n" GOOD "  - signature: 0x0123456789abcde0\n    title: t\n", "line 9: entry 2: Missing",
            "owner");
    refused("known:\n  - signature: 0x0123456789abcde0\n    onwer: jo\n", "line 2: entry 1", "onwer");
    refused("known:\n  - signature: 0x0123456789abcde0\n    owner: [a]\n", "entry 1: owner", "line 3");
    refused("knwon: []\n", "line 1", "knwon");
    refused("", "", "");
    refused("known: [\n", "", "");
    refused("known:\n  - &a {signature: x}\n  - *a\n", "", "");
}

Test(baseline, a_missing_file_is_not_found)
{
    struct ts_baseline *baseline = NULL;
    struct ts_diag diag = {0};
    cr_expect_eq(ts_baseline_load("/nonexistent/baseline.yaml", &baseline, &diag), TS_NOT_FOUND);
    cr_expect_null(baseline);
}

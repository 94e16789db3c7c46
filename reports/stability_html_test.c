#include "reports/stability_fixture.h"
#include "reports/stability_html.h"
#include "reports/xml_check.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_BYTES (10u << 20)

static char *page_of(struct ts_stability *(*make)(void), size_t *size)
{
    char *text = NULL;
    size_t room = 0;
    struct ts_stability *report = make();
    FILE *out = open_memstream(&text, &room);
    cr_assert_not_null(report);
    cr_assert_not_null(out);
    cr_expect_eq(ts_stability_html(report, out), TS_OK);
    fclose(out);
    ts_stability_free(report);
    if (size != NULL) {
        *size = room;
    }
    return text;
}

static size_t times(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what)) {
        count++;
    }
    return count;
}

static void has(const char *page, const char *words)
{
    cr_expect_not_null(strstr(page, words), "no \"%s\"", words);
}

/* What each page must be, whatever the model holds. */
static void check(const char *page)
{
    static const char *const sections[] = {"contrast", "matrix",    "new",   "known", "tests",
                                           "faults",   "resources", "hangs", "trend", "limits"};
    struct xml_complaint complaint;
    const char *wrong = xml_check(page, &complaint), *before = page;
    cr_expect_null(wrong, "%s", wrong);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        char tag[64], link[64];
        snprintf(tag, sizeof tag, "<section id=\"%s\"", sections[i]);
        snprintf(link, sizeof link, "<a href=\"#%s\"", sections[i]);
        const char *at = strstr(page, tag);
        cr_expect(at != NULL && at > before, "%s is missing, or not in order", sections[i]);
        before = at != NULL ? at : before;
        has(page, link);
    }
    has(page, "<dt>Is it safe?</dt>");
    has(page, "<dt>How sure are we?</dt>");
    has(page, "<dt>What was not checked?</dt>");
    cr_expect_eq(times(page, "<script"), 1);
    cr_expect_eq(times(page, "src="), times(page, "&lt;img src="), "something is loaded");
    static const char *const must_not[] = {"<iframe",     "<object",     "url(http",  "@import",
                                           "href=\"http", "href=\"java", " style=\"", ">nan",
                                           "\"nan",       "nan\"",       ">inf"};
    for (size_t i = 0; i < sizeof must_not / sizeof *must_not; i++) {
        cr_expect_null(strstr(page, must_not[i]), "%s", must_not[i]);
    }
}

Test(stability_html, says_each_section_of_the_model)
{
    static const char *const said[] = {
        ">2 new findings in 151 cells, 9,216 lives; direct failed in 20 of 20 cells that must",
        "No: 2 defects that nobody owns showed where nothing may fail.",
        "at 95 % that is 0.0133 to 0.178 % of all lives like these.",
        "12 of 163 planned cells did not run; interleavings that did not occur were not tried.",
        "<code>0afc6eeb388b</code> <strong>with local changes</strong>",
        "@@ -1 +1 @@",
        "The run was interrupted: 151 of 163 cells ended.",
        "3,870 of 4,096 (93.7 to 95.2 %)",
        "900 ms (850 ms to 960 ms)",
        "more than half lived on",
        "the documents: 18",
        "<td class=\"n\">222,916</td>",
        "Latency p99.99",
        "ended alive",
        "1,589 schedules",
        "tickstorm repro 0x9e77 --until-fail 100",
        "write of 8 bytes by thread T1 &#39;scan&#39;",
        "Interleaving that shows it",
        "stopped before",
        "table.factor.chosen: 5%pause(table.remove.destroyed, 2ms)",
        "<dt>Owner</dt><dd>jo</dd>",
        "2031-12-31: expired",
        "1 of 2 caught, 1 of 1 twins clean",
        "17-late-wakeup",
        "54 of 58",
        "swarm: 30%; *: 1%delay",
        "growth of the troughs: 87.9 KiB a minute",
        "lived too briefly",
        "&#39;sender&#39; waits for mutex 0x34 held by &#39;scan&#39;",
        "<rect class=\"n cyc\"",
        "\">\xe2\x80\xa6tegy_table.lock + 40</text>", /* the end of a long name */
        "(this report)",
        "jansson and libc are built without a sanitizer",
        "cell 3 counts 12 lives and 11 outcomes",
    };
    char *page = page_of(ts_stability_fixture, NULL);
    check(page);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        has(page, said[i]);
    }
    free(page);
}

Test(stability_html, nothing_run_is_told_in_each_section)
{
    char *page = page_of(ts_stability_fixture_empty, NULL);
    check(page);
    has(page, "No run was given.");
    has(page, "No mode was run beside canaries.");
    has(page, "No cell was run beside canaries.");
    has(page, "No canary was run");
    has(page, "No history was given.");
    has(page, "INCONCLUSIVE</strong><p>nothing was run</p>");
    cr_expect_null(strstr(page, "<svg class=\"draw\""));
    free(page);
}

/* The fixture's direct lives crash within seconds; these within milliseconds, which a straight axis would
 * hide. */
static struct ts_stability *early_crashes(void)
{
    struct ts_stability *report = ts_stability_fixture();
    report->contrast.modes[0].survival.median_ms.value = 7;
    for (size_t i = 0; i < report->contrast.mode_count; i++) {
        report->contrast.modes[i].cpu_ms_per_s = NAN;
    }
    return report;
}

Test(stability_html, early_crashes_are_drawn_over_a_logarithm_and_what_nobody_recorded_is_named)
{
    char *page = page_of(early_crashes, NULL), *usual = page_of(ts_stability_fixture, NULL);
    check(page);
    has(page, "age of a life</text>");
    has(usual, "age of a life (s)</text>");
    has(page, "Not recorded in any mode: Processor time a second.");
    cr_expect_null(strstr(usual, "Not recorded in any mode"));
    free(page);
    free(usual);
}

static struct ts_stability *shrunk(void)
{
    struct ts_stability *report = ts_stability_fixture();
    for (size_t i = 0; i < report->findings.count; i++) {
        report->findings.items[i].schedule = "ts1.a.1:8-3.-";
    }
    return report;
}

Test(stability_html, an_interleaving_of_another_schedule_says_so)
{
    char *page = page_of(shrunk, NULL), *usual = page_of(ts_stability_fixture, NULL);
    check(page);
    has(page, "As it was found. The schedule above was shrunk from it");
    cr_expect_null(strstr(usual, "As it was found."));
    free(page);
    free(usual);
}

static struct ts_stability *freed(void)
{
    static struct ts_stack stacks[] = {{"access", "read of the block", "", NULL, 0, NULL},
                                       {"allocation", "block allocated", "", NULL, 0, NULL},
                                       {"thread", "thread created", "", NULL, 0, NULL},
                                       {"free", "block freed", "", NULL, 0, NULL}};
    static struct ts_finding finding;
    struct ts_stability *report = ts_stability_fixture();
    finding = *report->findings.items[0].finding;
    finding.stacks = stacks;
    finding.stack_count = 4;
    report->findings.items[0].finding = &finding;
    return report;
}

Test(stability_html, who_freed_the_memory_stands_beside_who_used_it)
{
    static const char *const order[] = {"<strong>read of the block", "<strong>block freed",
                                        "<summary>Further stacks: 2", "<strong>block allocated",
                                        "<strong>thread created"};
    char *page = page_of(freed, NULL);
    const char *at = page;
    check(page);
    for (size_t i = 0; i < sizeof order / sizeof *order && at != NULL; i++) {
        at = strstr(at, order[i]);
        cr_expect_not_null(at, "%s is not behind the one before", order[i]);
    }
    cr_expect_eq(times(page, "<strong>block freed"), 1);
    free(page);
}

static struct ts_stability *one_commit(void)
{
    struct ts_stability *report = ts_stability_fixture();
    for (size_t i = 0; i < report->trends.count; i++) {
        report->trends.items[i].commit = "fedcba987654";
    }
    return report;
}

Test(stability_html, the_trend_names_a_commit_where_its_runs_begin)
{
    char *page = page_of(one_commit, NULL);
    check(page);
    cr_expect_eq(times(page, ">fedcba9</text>"), 1);
    free(page);
}

Test(stability_html, foreign_text_is_text)
{
    char *page = page_of(ts_stability_fixture_hostile, NULL);
    check(page);
    cr_expect_null(strstr(page, "<script>alert"));
    cr_expect_null(strstr(page, "<img"));
    cr_expect_null(strstr(page, "\xe2\x80\xae"));
    /* Each place in which the fixture has such text shows it. */
    cr_expect_gt(times(page, "&lt;script&gt;alert(1)&lt;/script&gt;"), 100);
    cr_expect_gt(times(page, "&lt;/td&gt;\xef\xbf\xbd\xef\xbf\xbd[31m\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
                 100);
    free(page);
}

Test(stability_html, the_largest_model_is_a_page_that_can_be_used)
{
    size_t size = 0;
    char *page = page_of(ts_stability_fixture_large, &size);
    check(page);
    cr_expect_lt(size, LARGEST_BYTES, "%zu bytes", size);
    cr_expect_eq(times(page, "<details class=\"card found"), 400);
    cr_expect_eq(times(page, "<tr class=\"found\""), 600);
    cr_expect_eq(times(page, "<details class=\"card found\" id=\"finding-1\" open=\"\">"), 1);
    has(page, "800 more scenarios are not shown here.");
    has(page, "9,214 more lives with samples are not shown here.");
    free(page);
}

/* TS_GOLDEN_WRITE=1 writes it anew; the difference is then to be read. */
Test(stability_html, the_same_model_gives_the_same_bytes)
{
    char *page = page_of(ts_stability_fixture, NULL);
    bool write = getenv("TS_GOLDEN_WRITE") != NULL;
    FILE *file = fopen(TS_GOLDEN_PAGE, write ? "w" : "r");
    cr_assert_not_null(file, "%s", TS_GOLDEN_PAGE);
    if (write) {
        cr_assert_geq(fputs(page, file), 0);
    } else {
        char *golden = NULL;
        size_t room = 0;
        cr_assert_gt(getdelim(&golden, &room, '\0', file), 0);
        size_t same = 0;
        while (page[same] != '\0' && page[same] == golden[same]) {
            same++;
        }
        cr_expect(page[same] == golden[same], "from byte %zu: \"%.80s\", not \"%.80s\"", same, page + same,
                  golden + same);
        free(golden);
    }
    fclose(file);
    free(page);
}

Test(stability_html, a_full_disk_is_told)
{
    struct ts_stability *report = ts_stability_fixture();
    FILE *out = fopen("/dev/full", "w");
    cr_assert_not_null(out);
    cr_expect_eq(ts_stability_html(report, out), TS_NO_SPACE);
    fclose(out);
    ts_stability_free(report);
}

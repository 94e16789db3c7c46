#include "reports/site.h"

#include "reports/history_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct place place;
static const char *folders[1];
static struct ts_website site;

static void begin(void)
{
    place_make(&place);
    folders[0] = place.folder;
    site = (struct ts_website){.history = place.database, .folders = folders, .folder_count = 1};
}

static void finish(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/lives/0-1.interleaving.jsonl", place.folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/record.jsonl.partial", place.folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/lives", place.folder);
    rmdir(path);
    place_remove(&place);
}

TestSuite(site, .init = begin, .fini = finish);

static char *page(const char *path, unsigned status)
{
    static const struct ts_site_query none;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    struct ts_site_answer answer = ts_site_page(&site, path, &none, out);
    fclose(out);
    cr_expect_eq(answer.status, status, "%s: %u", path, answer.status);
    return text;
}

static void says(const char *path, unsigned status, const char *text)
{
    char *html = page(path, status);
    cr_expect_not_null(strstr(html, text), "%s does not say %s:\n%s", path, text, html);
    free(html);
}

static void index_record(const char *id)
{
    struct ts_history *history = opened(&place);
    write_record(place.record, id, "2026-07-01T00:00:00Z", 6);
    (void)ingested(history, place.record);
    ts_history_close(history);
}

Test(site, without_a_history_says_so)
{
    says("/", 200, "No run has ended yet");
    says("/findings", 404, "No history yet");
    says("/trend", 404, "No history yet");
    says("/compare", 404, "No history yet");
    says("/finding/" RACE, 404, "No history yet");
    says("/run/a-run", 404, "No such run");
}

Test(site, leads_from_runs_to_a_run_and_its_findings)
{
    index_record("20260701T000000Z-a");
    says("/", 200, "<a href=\"/run/20260701T000000Z-a\">");
    says("/run/20260701T000000Z-a", 200, "<strong>findings</strong>: Found.");
    says("/run/20260701T000000Z-a", 200, "<a href=\"/finding/" RACE "\">");
    says("/findings", 200, "<a href=\"/finding/" CRASH "\">");
    says("/finding/" RACE, 200, "4 of 6; 30 to 90.3 %");
    says("/finding/" RACE, 200, "<code>f</code> a.c:7");
    says("/trend", 200, "<meter min=\"0\" max=\"2\" value=\"2\">");
    says("/compare", 200, "<option value=\"20260701T000000Z-a\">");
}

/* A run of two lives and two cells, of which the second is not as it should be; with so many findings. */
static void write_small(const char *path, const char *id, const char *started, const char *commit,
                        int findings)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fprintf(file,
            "{\"type\":\"run\",\"format\":2,\"id\":\"%s\",\"tool\":\"t\",\"kind\":\"gate\",\"command\":\"c\","
            "\"started\":\"%s\",\"seed\":\"0x1\",\"commit\":\"%s\",\"dirty\":%s,\"machine\":{\"cores\":2},"
            "\"toolchain\":\"clang\",\"source\":\"synthetic\",\"budget_ms\":1000,\"cells\":2}\n",
            id, started, commit, findings > 0 ? "true" : "false");
    for (int i = 0; i < findings; i++) {
        char signature[32];
        snprintf(signature, sizeof signature, "0x%016x", i + 1);
        write_finding(file, signature, "race", 7);
    }
    for (int i = 0; i < 2; i++) {
        fprintf(
            file,
            "{\"type\":\"life\",\"cell\":%d,\"life\":0,\"seed\":\"0x1\",\"started_ms\":1,\"duration_ms\":5,"
            "\"exit_code\":0,\"signal\":null,\"outcome\":\"pass\",\"reports\":[",
            i);
        for (int j = 0; j < findings; j++) {
            fprintf(file, "%s{\"kind\":\"race\",\"title\":\"f / g\",\"signature\":\"0x%016x\",\"count\":1}",
                    j > 0 ? "," : "", j + 1);
        }
        fprintf(
            file,
            "]}\n{\"type\":\"cell\",\"cell\":%d,\"scenario\":\"scenario-%d\",\"mode\":\"queued\",\"flavour\":"
            "\"tsan\",\"seed\":\"0x1\",\"lives\":1,\"restarts\":0,\"elapsed_ms\":10,\"outcome\":\"pass\","
            "\"expect\":\"pass\",\"judgement\":\"%s\",\"as_expected\":%s,\"hazard_count\":3,\"outcomes\":"
            "{\"pass\":1},\"command\":\"c\"}\n",
            i, i, i == 1 ? "unexercised" : "met", i == 1 ? "false" : "true");
    }
    fputs("{\"type\":\"end\",\"verdict\":\"unexpected\",\"sentence\":\"S.\",\"interrupted\":false,"
          "\"elapsed_ms\":12}\n",
          file);
    cr_assert_eq(fclose(file), 0);
}

static void index_small(const char *id, const char *started, const char *commit, int findings)
{
    struct ts_history *history = opened(&place);
    write_small(place.record, id, started, commit, findings);
    (void)ingested(history, place.record);
    ts_history_close(history);
}

/* Both are there, and in this order. */
static void says_before(const char *path, const char *first, const char *second)
{
    char *html = page(path, 200);
    const char *a = strstr(html, first), *b = strstr(html, second);
    cr_expect(a != NULL && b != NULL && a < b, "%s: \"%s\" is not before \"%s\":\n%s", path, first, second,
              html);
    free(html);
}

Test(site, the_trend_takes_runs_of_one_commit_together)
{
    index_small("r1", "2026-07-01T00:00:00Z", "c1", 1);
    index_small("r2", "2026-07-02T00:00:00Z", "c1", 3);
    index_small("r3", "2026-07-03T00:00:00Z", "c2", 0);
    says("/trend", 200,
         "<td>gate</td><td>c1</td><td>2026-07-01T00:00:00Z</td><td>2026-07-02T00:00:00Z</td><td "
         "class=\"n\">2</td>"
         "<td class=\"n\">4</td><td class=\"n\">4</td><td class=\"n\">3</td><td><meter min=\"0\" max=\"3\" "
         "value=\"3\">");
    says("/trend", 200,
         "<td>c2</td><td>2026-07-03T00:00:00Z</td><td>2026-07-03T00:00:00Z</td><td class=\"n\">1</td>");
    says_before("/trend", "<td>c1</td>", "<td>c2</td>");
    says_before("/", "/run/r3\"", "/run/r1\"");
    says("/findings", 200, "<td class=\"n\">4</td><td class=\"n\">2</td><td>2026-07-01T00:00:00Z</td>");
    says("/finding/0x0000000000000001", 200, "<h2>Runs that saw it: 2</h2>\n<ul>\n<li><a href=\"/run/r2\">");
    says("/finding/0x00000000000000ff", 404, "No such finding");
}

Test(site, a_run_shows_first_what_was_not_expected)
{
    index_small("r1", "2026-07-01T00:00:00Z", "c1", 1);
    says_before("/run/r1", "<td>scenario-1</td>", "<td>scenario-0</td>");
    says("/run/r1", 200, "<td class=\"bad\">unexercised</td>");
    says("/run/r1", 200, "<p>Lives: 2 pass</p>");
    says("/run/r1", 200, "<dt>Source</dt><dd>with local changes</dd>");
    index_small("r2", "2026-07-02T00:00:00Z", "c1", 0);
    says("/run/r2", 200, "<dt>Source</dt><dd>as committed</dd>");
    says("/run/r1", 404, "Another run has taken its folder.");
}

Test(site, runs_that_differ_are_told_apart)
{
    struct ts_site_query query = {.a = "r1", .b = "r2"};
    char *text = NULL;
    size_t size = 0;
    index_small("r1", "2026-07-01T00:00:00Z", "c1", 2);
    index_small("r2", "2026-07-02T00:00:00Z", "c1", 1);
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    cr_expect_eq(ts_site_page(&site, "/compare", &query, out).status, 200);
    fclose(out);
    cr_expect_not_null(strstr(text, "Findings of A alone: 1"), "%s", text);
    cr_expect_not_null(strstr(text, "Findings of B alone: 0"));
    cr_expect_not_null(strstr(text, "Findings of both: 1"));
    cr_expect_not_null(strstr(text, "<select name=\"a\"><option value=\"r2\">"));
    cr_expect_not_null(strstr(text, "<option value=\"r1\" selected>"));
    cr_expect_not_null(strstr(text, "<td>no</td>"));
    cr_expect_null(strstr(text, "<td class=\"bad\">yes</td>"), "0 of 1 and 0 of 1 do not differ");
    free(text);
}

Test(site, what_is_no_record_and_no_history_is_told_and_not_waited_for)
{
    char path[128];
    snprintf(path, sizeof path, "%s/record.jsonl.partial", place.folder);
    cr_assert_eq(mkfifo(path, 0600), 0);
    says("/", 200, "No run has ended yet");
    unlink(path);
    index_record("run-a");
    unlink(place.record);
    cr_assert_eq(mkfifo(place.record, 0600), 0);
    says("/run/run-a", 500, "it is no file");
    unlink(place.record);
    says("/run/run-a", 404, "its folder holds none any more");
    says("/", 200, "<td>findings</td>");
    place_clean_database(&place);
    FILE *file = fopen(place.database, "w");
    cr_assert_not_null(file);
    fputs("this is no database, and longer than the head of one would be, which is 100 bytes: <b>&amp;</b>",
          file);
    fclose(file);
    says("/", 200, "<p class=\"bad\">");
    says("/findings", 500, "The history cannot be read");
    says("/trend", 500, "The history cannot be read");
}

Test(site, the_report_knows_what_somebody_owns)
{
    char path[128];
    snprintf(path, sizeof path, "%s/known.yaml", place.folder);
    index_record("run-a");
    says("/run/run-a/report", 200, "id=\"finding-1\"");
    FILE *known = fopen(path, "w");
    cr_assert_not_null(known);
    cr_assert_gt(fprintf(known,
                         "known:\n  - signature: \"" RACE "\"\n    title: t\n    owner: <jo>\n    issue: "
                         "https://x.example/1\n    reason: r\n    expiry: 2031-01-01\n"),
                 0);
    fclose(known);
    site.baseline = path;
    says("/run/run-a/report", 200, "&lt;jo&gt;");
    known = fopen(path, "w");
    cr_assert_not_null(known);
    fclose(known);
    says("/run/run-a/report", 500, "known.yaml");
    unlink(path);
    says("/run/run-a/report", 500, "known.yaml");
}

Test(site, a_record_too_large_for_a_page_is_told)
{
    index_record("run-a");
    cr_assert_eq(truncate(place.record, (off_t)129 << 20), 0);
    says("/run/run-a", 500, "too large for a page: use tickstorm report");
    says("/run/run-a/report", 500, "too large for a page: use tickstorm report");
}

Test(site, a_run_has_its_stability_report_and_it_alone_may_run_a_script)
{
    static const struct ts_site_query none;
    char *text = NULL;
    size_t size = 0;
    index_record("run-a");
    says("/run/run-a", 200, "<a href=\"/run/run-a/report\">Stability report</a>");
    says("/run/run-a/report", 200, "id=\"verdict\"");
    says("/run/run-a/report", 200, "(this report)"); /* from the history */
    says("/run/run-b/report", 404, "No such run");
    says("/run/run-a/report/", 404, "Not found");
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    struct ts_site_answer report = ts_site_page(&site, "/run/run-a/report", &none, out);
    struct ts_site_answer run = ts_site_page(&site, "/run/run-a", &none, out);
    struct ts_site_answer nothing = ts_site_page(&site, "/run/run-b/report", &none, out);
    fclose(out);
    free(text);
    cr_expect(strncmp(report.script, "'sha256-", 8) == 0);
    cr_expect_str_eq(run.script, "'none'");
    cr_expect_str_eq(nothing.script, "'none'");
    cr_expect_str_eq(nothing.style, "'self'");
}

Test(site, compares_two_runs)
{
    struct ts_site_query query = {.a = "run-a", .b = "run-b"};
    char *text = NULL;
    size_t size = 0;
    index_record("run-a");
    index_record("run-b");
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    cr_expect_eq(ts_site_page(&site, "/compare", &query, out).status, 200);
    query.b = "unknown";
    cr_expect_eq(ts_site_page(&site, "/compare", &query, out).status, 404);
    query.b = "../x";
    cr_expect_eq(ts_site_page(&site, "/compare", &query, out).status, 400);
    fclose(out);
    cr_expect_not_null(strstr(text, "Findings of both: 2"));
    cr_expect_not_null(strstr(text, "4 of 6"));
    free(text);
}

Test(site, no_path_leads_out_of_it)
{
    static const char *const paths[] = {
        "/../../etc/passwd",
        "/run/..",
        "/run/../../etc/passwd",
        "/run/.",
        "/run/",
        "/run/a/b",
        "/run//etc/passwd",
        "/run/a-run/interleaving/",
        "/finding/",
        "/finding/..",
        "/finding/../../x",
        "/finding/0x1'; DROP TABLE runs;--",
        "/run/20260701T000000Z-a/interleaving/../../../etc/passwd",
        "/style.css/..",
        "/run/20260701T000000Z-a/interleaving/0-1",
        "/run/20260701T000000Z-a/lives",
        "/run/.hidden",
        "/index.html",
    };
    index_record("20260701T000000Z-a");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *html = page(paths[i], 404);
        cr_expect_null(strstr(html, "root:"), "%s", paths[i]);
        free(html);
    }
}

Test(site, hostile_records_are_text)
{
    static const char hostile[] = "</td><script>alert(1)</script>\\\"'\\u001b[31m";
    FILE *file = fopen(place.record, "w");
    cr_assert_not_null(file);
    fprintf(file,
            "{\"type\":\"run\",\"format\":2,\"id\":\"hostile\",\"tool\":\"%s\",\"kind\":\"%s\",\"command\":"
            "\"%s\","
            "\"started\":\"%s\",\"seed\":\"%s\",\"commit\":\"%s\",\"dirty\":true,\"machine\":{\"cores\":2,"
            "\"cpu\":\"%s\",\"kernel\":\"%s\",\"os\":\"%s\"},\"toolchain\":\"%s\",\"source\":\"%s\","
            "\"budget_ms\":1000,\"cells\":1}\n",
            hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile,
            hostile);
    fprintf(file,
            "{\"type\":\"finding\",\"signature\":\"" RACE
            "\",\"kind\":\"%s\",\"title\":\"%s\",\"description\":\"%s\","
            "\"location\":\"%s\",\"lifetime\":false,\"cell\":0,\"life\":0,\"command\":\"%s\",\"stacks\":[{"
            "\"role\":"
            "\"access\",\"text\":\"%s\",\"thread\":\"%s\",\"frames\":[{\"function\":\"%s\",\"file\":\"%s\","
            "\"line\":1,"
            "\"module\":\"%s\",\"offset\":\"%s\",\"own\":true}]}]}\n",
            hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile,
            hostile);
    fprintf(
        file,
        "{\"type\":\"life\",\"cell\":0,\"life\":0,\"seed\":\"0x1\",\"started_ms\":1,\"duration_ms\":5,"
        "\"exit_code\":0,\"signal\":null,\"outcome\":\"race\",\"class\":null,\"detail\":\"%s\",\"reports\":[{"
        "\"kind\":\"race\",\"title\":\"%s\",\"signature\":\"" RACE "\",\"count\":2}],\"violations\":[],"
        "\"counters\":{},\"log\":\"\",\"interleaving\":\"%s\"}\n",
        hostile, hostile, hostile);
    fprintf(
        file,
        "{\"type\":\"cell\",\"cell\":0,\"scenario\":\"%s\",\"mode\":\"%s\",\"flavour\":\"%s\",\"seed\":"
        "\"0x1\","
        "\"lives\":1,\"restarts\":0,\"elapsed_ms\":10,\"outcome\":\"race\",\"class\":\"%s\",\"detail\":\"%"
        "s\","
        "\"as_expected\":true,\"hazard_count\":3,\"outcomes\":{},\"findings\":[],\"command\":\"c\"}\n"
        "{\"type\":\"end\",\"verdict\":\"%s\",\"sentence\":\"%s\",\"interrupted\":false,\"elapsed_ms\":12}\n",
        hostile, hostile, hostile, hostile, hostile, hostile, hostile);
    cr_assert_eq(fclose(file), 0);
    struct ts_history *history = opened(&place);
    (void)ingested(history, place.record);
    ts_history_close(history);
    static const char race[] = "/finding/" RACE;
    const char *const paths[] = {"/", "/findings", race, "/trend", "/compare", "/run/hostile"};
    char *report = page("/run/hostile/report", 200);
    cr_expect_null(strstr(report, "<script>alert"));
    cr_expect_null(strchr(report, '\x1b'));
    cr_expect_not_null(strstr(report, "&lt;script&gt;alert(1)"));
    free(report);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *html = page(paths[i], 200);
        cr_expect_null(strstr(html, "<script"), "%s", paths[i]);
        cr_expect_null(strchr(html, '\x1b'), "%s", paths[i]);
        cr_expect_not_null(strstr(html, "&lt;script&gt;alert(1)"), "%s", paths[i]);
        free(html);
    }
}

Test(site, an_id_that_no_link_can_hold_has_none)
{
    index_record("../../\\\"><b>");
    char *html = page("/", 200);
    cr_expect_null(strstr(html, "<b>"));
    cr_expect_null(strstr(html, "href=\"/run/"));
    cr_expect_not_null(strstr(html, "../../&quot;&gt;&lt;b&gt;"));
    free(html);
}

Test(site, a_run_that_goes_on_asks_to_be_loaded_again)
{
    char path[128];
    snprintf(path, sizeof path, "%s/record.jsonl.partial", place.folder);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    write_run(file, "going-on", "2026-07-01T00:00:00Z");
    write_finding(file, RACE, "race", 7);
    fputs("{\"type\":\"life\",\"cell\":0,", file); /* being written */
    cr_assert_eq(fclose(file), 0);
    says("/", 200, "<a href=\"/run/going-on\">");
    says("/run/going-on", 200, "http-equiv=\"refresh\"");
    says("/run/going-on", 200, "0 of 1 cells");
    says("/run/going-on", 200, "Findings: 1");
}

Test(site, shows_an_interleaving_by_its_own_name_whatever_the_record_says)
{
    char path[128];
    index_record("run-a");
    FILE *file = fopen(place.record, "w");
    cr_assert_not_null(file);
    write_run(file, "run-a", "2026-07-01T00:00:00Z");
    fputs("{\"type\":\"life\",\"cell\":0,\"life\":1,\"seed\":\"0x1\",\"started_ms\":1,\"duration_ms\":5,"
          "\"exit_code\":0,"
          "\"signal\":null,\"outcome\":\"race\",\"class\":null,\"detail\":\"\",\"reports\":[],\"violations\":"
          "[],"
          "\"counters\":{},\"log\":\"\",\"interleaving\":\"/etc/passwd\"}\n",
          file);
    fclose(file);
    says("/run/run-a", 200, "<a href=\"/run/run-a/interleaving/0-1\">");
    says("/run/run-a/interleaving/0-1", 404, "cannot be read");
    snprintf(path, sizeof path, "%s/lives", place.folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/lives/0-1.interleaving.jsonl", place.folder);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs("{\"type\":\"interleaving\",\"format\":1,\"threads\":1,\"steps\":1}\n"
          "{\"step\":1,\"thread\":0,\"operation\":\"lock\"}\n",
          file);
    fclose(file);
    says("/run/run-a/interleaving/0-1", 200, "<span class=\"op\">lock</span>");
    says("/run/run-a/interleaving/0-2", 404, "No such interleaving");
}

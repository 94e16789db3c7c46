#include "reports/interleaving_html.h"
#include "reports/site_parts.h"
#include "reports/stability_html.h"

#include <string.h>

static const char css[] =
    ":root{color-scheme:light dark;--ink:#111;--paper:#fff;--line:#767676;--muted:#505050;--accent:#0b57d0;"
    "--warn:#a40000}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#eee;--paper:#16181c;--line:#8a8a8a;--muted:#b4b4b4;"
    "--accent:#8ab4f8;--warn:#ff8a80}}\n"
    "@media print{:root{--ink:#000;--paper:#fff;--line:#888;--muted:#333;--accent:#000;--warn:#700}"
    "nav,form{display:none}}\n"
    "body{font-family:system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:1rem;line-height:"
    "1.4;overflow-wrap:anywhere}\n"
    "a{color:var(--accent)}a:focus-visible,button:focus-visible,select:focus-visible{outline:3px solid "
    "var(--accent);outline-offset:1px}\n"
    "nav a{margin-right:1rem}h1{font-size:1.3rem;overflow-wrap:anywhere}h2{font-size:1.1rem}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse}\n"
    "th,td{padding:.2rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid "
    "var(--line);unicode-bidi:isolate;overflow-wrap:anywhere}\n"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{color:var(--muted)}"
    "dd{margin:0;overflow-wrap:anywhere}\n"
    "pre{overflow-x:auto;border:1px solid var(--line);padding:.4rem}code{overflow-wrap:anywhere}\n"
    ".scroll thead th,.scroll tr:first-child th{white-space:nowrap}.scroll td:not(.n){min-width:5rem}\n"
    ".bad{color:var(--warn);font-weight:600}.stacks{display:flex;flex-wrap:wrap;gap:1rem}"
    ".stacks>div{min-width:0;flex:1 1 22rem}\n"
    "meter,progress{width:8rem}\n";

static unsigned write_style(FILE *out)
{
    fputs(css, out);
    ts_interleaving_css(out);
    return 200;
}

static unsigned route_run(const struct ts_website *site, const char *rest, FILE *out,
                          struct ts_site_answer *answer)
{
    static const char part[] = "/interleaving/", report[] = "/report";
    char id[TS_SITE_ID_MAX];
    size_t length = strcspn(rest, "/");
    if (length >= sizeof id) {
        return ts_site_say(out, 404, "Not found", "There is no such page.");
    }
    snprintf(id, sizeof id, "%.*s", (int)length, rest);
    rest += length;
    if (ts_site_is_id(id) && rest[0] == '\0') {
        return ts_site_run(site, id, out);
    }
    if (ts_site_is_id(id) && strcmp(rest, report) == 0) {
        answer->status = ts_site_report(site, id, out);
        if (answer->status == 200) {
            answer->style = "'unsafe-inline'";
            answer->script = TS_STABILITY_SCRIPT_HASH;
        }
        return answer->status;
    }
    if (ts_site_is_id(id) && strncmp(rest, part, sizeof part - 1) == 0) {
        return ts_site_interleaving(site, id, rest + sizeof part - 1, out);
    }
    return ts_site_say(out, 404, "Not found", "There is no such page.");
}

static unsigned route(const struct ts_website *site, const char *path, const struct ts_site_query *query,
                      FILE *out, struct ts_site_answer *answer)
{
    static const char run[] = "/run/", finding[] = "/finding/";
    if (strcmp(path, "/") == 0) {
        return ts_site_runs(site, out);
    }
    if (strcmp(path, "/findings") == 0) {
        return ts_site_findings(site, out);
    }
    if (strcmp(path, "/trend") == 0) {
        return ts_site_trend(site, out);
    }
    if (strcmp(path, "/compare") == 0) {
        return ts_site_compare(site, query, out);
    }
    if (strncmp(path, run, sizeof run - 1) == 0) {
        return route_run(site, path + sizeof run - 1, out, answer);
    }
    if (strncmp(path, finding, sizeof finding - 1) == 0) {
        return ts_site_finding(site, path + sizeof finding - 1, out);
    }
    return ts_site_say(out, 404, "Not found", "There is no such page.");
}

struct ts_site_answer ts_site_page(const struct ts_website *site, const char *path,
                                   const struct ts_site_query *query, FILE *out)
{
    struct ts_site_answer answer = {
        .type = "text/html; charset=utf-8", .style = "'self'", .script = "'none'"};
    if (strcmp(path, "/style.css") == 0) {
        answer.type = "text/css; charset=utf-8";
        answer.status = write_style(out);
    } else {
        answer.status = route(site, path, query, out, &answer);
    }
    return answer;
}

#include "reports/stability_html.h"

#include "reports/html.h"
#include "reports/interleaving_html.h"
#include "reports/stability_html_parts.h"

#include <errno.h>

static void write_begin(const struct ts_page *page)
{
    FILE *out = page->out;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
          "'unsafe-inline'; "
          "script-src " TS_STABILITY_SCRIPT_HASH "; img-src data:; base-uri 'none'; form-action 'none'\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>\n"
          "<meta name=\"referrer\" content=\"no-referrer\"/>\n<link rel=\"icon\" href=\"data:,\"/>\n<title>",
          out);
    fprintf(out, "%s: stability report - Tickstorm</title>\n<style>\n",
            ts_stability_verdict_name(page->report->head.verdict));
    ts_page_style(out);
    ts_plot_css(out);
    ts_interleaving_css(out);
    fputs("</style>\n</head>\n<body>\n", out);
}

static void write_ways(FILE *out)
{
    static const char *const ways[][2] = {
        {"contrast", "Direct against queued"},
        {"matrix", "Matrix"},
        {"new", "New findings"},
        {"known", "Known findings"},
        {"tests", "Did the test test?"},
        {"faults", "Faults"},
        {"resources", "Resources"},
        {"hangs", "Hangs"},
        {"trend", "Trend"},
        {"limits", "Limits"},
    };
    fputs("<nav aria-label=\"Sections\">", out);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        fprintf(out, "<a href=\"#%s\">%s</a>", ways[i][0], ways[i][1]);
    }
    fputs("</nav>\n", out);
}

ts_err ts_stability_html(const struct ts_stability *report, FILE *out)
{
    struct ts_page page = {.out = out, .report = report};
    errno = 0;
    write_begin(&page);
    fputs("<main>\n", out);
    ts_page_head(&page);
    write_ways(out);
    ts_page_contrast(&page);
    ts_page_matrix(&page);
    ts_page_findings(&page);
    ts_page_tests(&page);
    ts_page_faults(&page);
    ts_page_resources(&page);
    ts_page_hangs(&page);
    ts_page_trend(&page);
    ts_page_limits(&page);
    fputs("</main>\n", out);
    ts_page_script(out);
    fputs("</body>\n</html>\n", out);
    bool failed = fflush(out) != 0 || ferror(out) != 0;
    return page.no_memory ? TS_NO_MEMORY : !failed ? TS_OK : errno == ENOSPC ? TS_NO_SPACE : TS_IO;
}

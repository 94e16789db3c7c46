/*
 * The history of runs as pages to be read in a browser: what `tickstorm report --serve` answers.
 *
 * Read-only, and nothing a request says becomes a path: runs are named by their id and looked up in the
 * history or among the folders given; files are opened below those alone, under names that are made here.
 * Everything that comes from a record or the history is escaped (html.h). No page has a script but the
 * stability report's, which brings its style along, too (stability_html.h). A run that goes on is read from
 * its growing record, and its page asks to be loaded again.
 *
 * Threads: one at a time. Ownership: the caller's; nothing is kept between calls, so that what other
 * processes write is seen. Units: HTTP statuses. Errors: a page that says what is wrong, with its status.
 */
#ifndef TS_REPORTS_SITE_H
#define TS_REPORTS_SITE_H

#include <stddef.h>
#include <stdio.h>

struct ts_website {
    const char *history;        /* its file; need not be there */
    const char *const *folders; /* of runs' folders, for those that go on */
    size_t folder_count;
    const char *baseline; /* file of findings that somebody owns, read for each report; NULL: none */
};

struct ts_site_query {
    const char *a; /* of /compare: ids of runs, or NULL */
    const char *b;
};

struct ts_site_answer {
    unsigned status;
    const char *type;   /* of the content */
    const char *style;  /* what the content security policy's style-src is to be */
    const char *script; /* and its script-src: "'none'", or the hash of the one that may run */
};

/* Writes the page at a path that begins with '/'. */
struct ts_site_answer ts_site_page(const struct ts_website *site, const char *path,
                                   const struct ts_site_query *query, FILE *out);

#endif

/*
 * What the pages of a site have in common; for its own files.
 *
 * Threads, Ownership: as in site.h. Errors: pages return their HTTP status; what they wrote by then is a
 * page.
 */
#ifndef TS_REPORTS_SITE_PARTS_H
#define TS_REPORTS_SITE_PARTS_H

#include "reports/history_query.h"
#include "reports/record.h"
#include "reports/site.h"

#include <limits.h>

#define TS_SITE_RUNS_MAX  200
#define TS_SITE_ROWS_MAX  500
#define TS_SITE_REFRESH_S 3
#define TS_SITE_ID_MAX    64

/* Opens the page, with the way to the others. refresh_s 0: it stays as it is. */
void ts_site_begin(FILE *out, const char *title, unsigned refresh_s);
void ts_site_end(FILE *out);

/* A whole page that says one thing. Returns the status. */
unsigned ts_site_say(FILE *out, unsigned status, const char *title, const char *text);

/* 1 to 63 letters, digits, '.', '_', '-', and no dot first: what a link can hold. */
bool ts_site_is_id(const char *text);

/* A cell of a table: the text, with a link to PREFIX/ID where the id is one. */
void ts_site_link(FILE *out, const char *prefix, const char *id, const char *text);
void ts_site_cell(FILE *out, const char *text);
void ts_site_number(FILE *out, int64_t number);

const char *ts_site_text(const json_t *row, const char *name);
int64_t ts_site_integer(const json_t *row, const char *name);
/* "3 of 10 lives, 11 to 60 %" as a cell. */
void ts_site_share(FILE *out, int64_t k, int64_t n);

/* NULL: there is none, or it cannot be read; *status and the page then say so. */
struct ts_history *ts_site_history(const struct ts_website *site, FILE *out, unsigned *status);

/* Runs that go on. */
struct ts_site_live {
    char id[TS_SITE_ID_MAX];
    char folder[PATH_MAX];
    char kind[24];
    char started[32];
    int64_t quiet_s; /* since its record grew */
};
size_t ts_site_live(const struct ts_website *site, struct ts_site_live *live, size_t max);

/* Where the run's record lies; false: nobody knows the run. */
bool ts_site_folder(const struct ts_website *site, const char *id, char folder[PATH_MAX]);
/* The record in it, and whether it is the growing one. NULL: *diag says why. */
struct ts_record *ts_site_record(const char *folder, bool *grows, struct ts_diag *diag);

/* The record of the run with that id, and its folder. NULL: *status and the page say why. */
struct ts_record *ts_site_open_run(const struct ts_website *site, const char *id, char folder[PATH_MAX],
                                   bool *grows, FILE *out, unsigned *status);

unsigned ts_site_runs(const struct ts_website *site, FILE *out);
unsigned ts_site_findings(const struct ts_website *site, FILE *out);
unsigned ts_site_finding(const struct ts_website *site, const char *signature, FILE *out);
unsigned ts_site_trend(const struct ts_website *site, FILE *out);
unsigned ts_site_compare(const struct ts_website *site, const struct ts_site_query *query, FILE *out);
unsigned ts_site_run(const struct ts_website *site, const char *id, FILE *out);
unsigned ts_site_report(const struct ts_website *site, const char *id, FILE *out);
/* name: "CELL-LIFE". */
unsigned ts_site_interleaving(const struct ts_website *site, const char *id, const char *name, FILE *out);

#endif

/*
 * The baseline: findings that somebody owns, with a reason and a day by which they are mended.
 *
 *   known:
 *     - signature: 0x0123456789abcdef
 *       title: book_apply / book_best
 *       owner: jo
 *       issue: https://tracker.example/142
 *       reason: fixed by the new book; not released yet
 *       expiry: 2031-12-31
 *
 * All members are mandatory and not blank; an unknown member is refused, because it is a misspelt one. An
 * entry holds through its expiry day.
 *
 * Threads: pure data once loaded. Ownership: ts_baseline_free frees all. Errors: as ts_yaml_load;
 * TS_MALFORMED names the entry, counted from 1, and the member.
 */
#ifndef TS_REPORTS_BASELINE_H
#define TS_REPORTS_BASELINE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ts_known {
    char *signature;
    char *title;
    char *owner;
    char *issue;
    char *reason;
    char *expiry; /* YYYY-MM-DD */
};

struct ts_baseline {
    struct ts_known *known;
    uint32_t known_count;
};

/* On error *baseline is NULL. */
ts_err ts_baseline_load(const char *path, struct ts_baseline **baseline, struct ts_diag *diag);

/* Accepts NULL. */
void ts_baseline_free(struct ts_baseline *baseline);

/* YYYY-MM-DD and a day of the Gregorian calendar. Two such texts compare as their days do. */
bool ts_date_valid(const char *text);

#endif

/*
 * One line of a run record, from its JSON object into a plain struct, by tables of members.
 *
 * Private to record.c: jansson is seen here and there only.
 *
 * Threads: as the record.
 * Ownership: what is bound is copied into the record's own memory; the JSON value stays the caller's.
 * Errors: TS_MALFORMED for a member that is missing, of a wrong type, negative where a count is meant, or an
 * outcome nobody knows; TS_NO_MEMORY. The target is then half filled and of no use. Members without an entry
 * are ignored.
 */
#ifndef TS_REPORTS_RECORD_LINE_H
#define TS_REPORTS_RECORD_LINE_H

#include "reports/record.h"

#include <jansson.h>

/* Where a line stands, for the diag. */
struct ts_record_place {
    const char *path;
    size_t line;
    struct ts_diag *diag;
};

/* What a run that went on says there. */
struct ts_record_resume {
    struct ts_grounds_check *checks;
    size_t check_count;
};

struct ts_record_shape;
extern const struct ts_record_shape ts_record_resume_shape;
extern const struct ts_record_shape ts_record_run_shape;
extern const struct ts_record_shape ts_record_life_shape;
extern const struct ts_record_shape ts_record_cell_shape;
extern const struct ts_record_shape ts_record_finding_shape;
extern const struct ts_record_shape ts_record_end_shape;

/* Fills *target, which must be of the shape's struct and all zero. */
ts_err ts_record_bind(struct ts_record *record, const json_t *object, const struct ts_record_shape *shape,
                      void *target, const struct ts_record_place *place);

/* Takes over what was kept in the other, which is gone then. */
void ts_record_adopt(struct ts_record *record, struct ts_record *other);

/* Zeroed memory that lives as long as the record; NULL when there is none. */
void *ts_record_keep(struct ts_record *record, size_t size);

#endif

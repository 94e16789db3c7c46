/*
 * How often each place that calls (faults/caller.h) came to an armed point, and how often the fault fired
 * there.
 *
 * Threads: the supervisor's. Ownership: plain data, zeros are empty. Errors: what finds no room is counted as
 * lost.
 */
#ifndef TS_SUPERVISOR_SITE_TALLY_H
#define TS_SUPERVISOR_SITE_TALLY_H

#include "faults/caller.h"
#include "faults/log.h"

#include <jansson.h>

#define TS_SITES_MAX 256

struct ts_site {
    uint64_t key; /* ts_fault_call_key */
    uint64_t reached, fired;
};

struct ts_site_tally {
    size_t count;
    uint64_t lost; /* visits */
    struct ts_site sites[TS_SITES_MAX];
};

/* Adds what the threads of a worker, which may have run wild, left on its board. */
void ts_site_tally_take(struct ts_site_tally *tally, const struct ts_fault_log *log);
void ts_site_tally_add(struct ts_site_tally *tally, const struct ts_site_tally *more);

/* {"call.malloc<ts_spsc_init+0x1f": {"reached": 3, "fired": 1}}, in the order of the first visits; NULL when
 * there is none. */
json_t *ts_site_tally_json(const struct ts_site_tally *tally, const struct ts_callers *callers);

#endif

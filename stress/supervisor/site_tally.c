#include "supervisor/site_tally.h"

#include <stdio.h>

static void add(struct ts_site_tally *tally, uint64_t key, uint64_t reached, uint64_t fired)
{
    struct ts_site *site = tally->sites, *end = tally->sites + tally->count;
    while (site < end && site->key != key) {
        site++;
    }
    if (site == end) {
        if (tally->count == TS_SITES_MAX) {
            tally->lost += reached;
            return;
        }
        tally->count++;
        *site = (struct ts_site){.key = key};
    }
    site->reached += reached;
    site->fired += fired;
}

void ts_site_tally_take(struct ts_site_tally *tally, const struct ts_fault_log *log)
{
    for (size_t i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        const struct ts_fault_thread *thread = &log->threads[i];
        if (atomic_load_explicit(&thread->used, memory_order_acquire) != 1) { /* handler.c */
            continue;
        }
        /* Relaxed: counts. */
        tally->lost += atomic_load_explicit(&thread->calls_lost, memory_order_relaxed);
        for (size_t j = 0; j < TS_FAULT_LOG_CALLS; j++) {
            const struct ts_fault_call *call = &thread->calls[j];
            uint64_t key = atomic_load_explicit(&call->key, memory_order_relaxed);
            int point = ts_fault_call_point(key);
            if (point >= 0 && point < TS_PROBE_COUNT && ts_fault_is_call(point)) {
                add(tally, key, atomic_load_explicit(&call->visits, memory_order_relaxed),
                    atomic_load_explicit(&call->firings, memory_order_relaxed));
            }
        }
    }
}

void ts_site_tally_add(struct ts_site_tally *tally, const struct ts_site_tally *more)
{
    tally->lost += more->lost;
    for (size_t i = 0; i < more->count; i++) {
        add(tally, more->sites[i].key, more->sites[i].reached, more->sites[i].fired);
    }
}

json_t *ts_site_tally_json(const struct ts_site_tally *tally, const struct ts_callers *callers)
{
    json_t *object = tally->count == 0 ? NULL : json_object();
    for (size_t i = 0; object != NULL && i < tally->count; i++) {
        const struct ts_site *site = &tally->sites[i];
        char caller[TS_CALLER_TEXT_SIZE], name[TS_CALLER_TEXT_SIZE + 64];
        snprintf(name, sizeof name, "%s<%s", ts_fault_points[ts_fault_call_point(site->key)].name,
                 ts_caller_text(callers, ts_fault_call_caller(site->key), caller));
        json_object_set_new(
            object, name,
            json_pack("{sI sI}", "reached", (json_int_t)site->reached, "fired", (json_int_t)site->fired));
    }
    return object;
}

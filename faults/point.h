/*
 * The catalog of probes as data: what points there are, for those who arm, list or check them.
 *
 * Threads: constant data. Errors: an unknown name is -1.
 */
#ifndef TS_FAULTS_POINT_H
#define TS_FAULTS_POINT_H

#include "base/probe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_fault_point {
    const char *name;
    enum ts_probe_kind kind;
    const char *meaning;
};

extern const struct ts_fault_point ts_fault_points[TS_PROBE_COUNT];

/* A number for a name: of a point, of a thread. */
uint64_t ts_fault_key(const char *name);

/* The point's number, enum ts_probe_id, or -1. */
int ts_fault_point_find(const char *name);

/* Whether it stands round a call to libc, which has a caller. */
bool ts_fault_is_call(int point);

/* Whether the operation there gets what a set-up needs: memory, a thread, a library, a file, room on a disk.
 * Who cannot be set up may refuse with the reason; what fails anywhere else has to be borne. */
bool ts_fault_may_refuse(int point);

/* Whether text matches a pattern in which each '*' stands for any run of characters. */
bool ts_fault_glob(const char *pattern, const char *text);

#endif

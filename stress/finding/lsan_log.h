/*
 * LeakSanitizer's report, out of a process's log written with symbolize=0.
 *
 * LeakSanitizer reports at exit, past every callback a program could hook: its text is all there is.
 *
 * Threads: pure. Ownership: a leak is filled by value. Units: bytes.
 */
#ifndef TS_FINDING_LSAN_LOG_H
#define TS_FINDING_LSAN_LOG_H

#include "finding/log_frame.h"

#define TS_LSAN_FRAMES 20

struct ts_lsan_leak {
    bool direct; /* else reachable only from another leak, whose repair may repair it too */
    uint64_t size_bytes;
    uint64_t objects;
    struct ts_log_frame frames[TS_LSAN_FRAMES]; /* of the allocation, innermost first */
    size_t frame_count;
};

/* Takes the next leak of *cursor, which starts at the log's begin. False when there is none left. */
bool ts_lsan_log_next(const char **cursor, struct ts_lsan_leak *leak);

#endif

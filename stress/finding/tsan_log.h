/*
 * What ThreadSanitizer tells only in its text: the mutexes that a thread held at an access.
 *
 * Threads: pure. Ownership: texts are written into the caller's buffers.
 */
#ifndef TS_FINDING_TSAN_LOG_H
#define TS_FINDING_TSAN_LOG_H

#include <stdint.h>

#define TS_TSAN_MUTEXES_SIZE 128

struct ts_tsan_mutexes {
    char first[TS_TSAN_MUTEXES_SIZE];  /* of the access that found the race: "M0, M1", or "" */
    char second[TS_TSAN_MUTEXES_SIZE]; /* of the previous access */
};

/* Fills *mutexes from the log's report number `sequence`, counted from 0; both are "" when the log has no
 * such report or its accesses held none. */
void ts_tsan_log_mutexes(const char *log, uint64_t sequence, struct ts_tsan_mutexes *mutexes);

#endif

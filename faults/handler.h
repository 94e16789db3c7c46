/*
 * The handler of the probes: makes the faults of a spec happen in this process.
 *
 * A decision is a hash of the seed, the point, the thread's lineage and how often this thread came to this
 * point; nothing else, so the same seed decides the same in every interleaving. State is each thread's own;
 * the log is written by relaxed operations. Nothing here synchronises: no lock, no acquire or release, no
 * once, no pipe (the one release in it publishes a row of the log, to another process).
 *
 * Linking it defines the functions that probe.h looks for; the program must be linked with -rdynamic.
 * Compiled without sanitizers and without libc's string functions (intercepted by them).
 *
 * Threads: arm before other threads start, or again when none of them runs. Ownership: the spec is copied,
 * the log stays the caller's and must live as long as threads reach points.
 */
#ifndef TS_FAULTS_HANDLER_H
#define TS_FAULTS_HANDLER_H

#include "faults/log.h"
#include "faults/spec.h"

/* log: zeroed, never NULL. An empty spec makes all points idle. The calling thread's counts start anew. */
void ts_faults_arm(const struct ts_fault_spec *spec, uint64_t seed, struct ts_fault_log *log);

/* Asked in place of the hash whether a rule that has a chance fires now, at the probe (or call) before
 * `place`: for who decides schedules, and faults with them. NULL: the hash. Set before other threads start.
 */
extern bool (*ts_faults_choose)(const void *place);

/* Sets the calling thread's lineage, for threads that were not started through ts_thread_start. */
void ts_faults_name_thread(const char *name);

#endif

/*
 * Shrinking of a fault spec: the fewest rules, and of those the fewest firings, with which a test still
 * fails.
 *
 * Rules by delta debugging (Zeller, Hildebrandt: "Simplifying and Isolating Failure-Inducing Input", IEEE TSE
 * 2002): halves, then smaller parts, then what is left without a part. Firings by doubling each rule's limit
 * from 1 until the test fails, and halving the gap. The order of the tests is fixed. That more firings fail
 * where fewer do is assumed, not known; whatever is returned has failed in a test of its own.
 *
 * Threads: none of its own. Ownership: the spec is the caller's. Progress: as the test's.
 */
#ifndef TS_FAULTS_SHRINK_H
#define TS_FAULTS_SHRINK_H

#include "faults/spec.h"

enum ts_shrink_answer { TS_SHRINK_FAILS, TS_SHRINK_PASSES, TS_SHRINK_STOP };

struct ts_shrink_test {
    enum ts_shrink_answer (*run)(const struct ts_fault_spec *spec, void *user_data);
    /* How often the point fired in the last run that failed. */
    uint64_t (*fired)(int point, void *user_data);
    void *user_data;
};

/*
 * TS_OK: *spec is the smallest found; without a rule when it fails without any. TS_NOT_FOUND: *spec, whole,
 * does not fail. TS_CLOSED: the test said stop; *spec is the smallest found so far. TS_NO_MEMORY.
 */
ts_err ts_fault_shrink(struct ts_fault_spec *spec, const struct ts_shrink_test *test);

#endif

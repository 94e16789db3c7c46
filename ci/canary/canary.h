/*
 * A canary is a test with a defect that shows only when TS_CANARY is in the environment: the same program is
 * the canary, which the harness must turn red, and its clean twin, which must pass.
 */
#ifndef TS_CI_CANARY_H
#define TS_CI_CANARY_H

#include <stdbool.h>
#include <stdlib.h>

static inline bool canary_planted(void)
{
    return getenv("TS_CANARY") != NULL;
}

#endif

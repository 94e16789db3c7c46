/*
 * Strategies need not be fair, and one with priorities lets a thread that never rests go on for as long as
 * the schedule may be, beside another that only waits for the clock to say that it is time to stop it. So a
 * thread that could have gone on for TS_STARVED_STEPS is given some in a row; one that waits
 * for a lock which others take and give back all the time could have, since it was first free. The strategy
 * is not asked meanwhile; the schedule has it written down like any other choice. (After Musuvathi, Qadeer:
 * Fair Stateless Model Checking, PLDI 2008, which does so for every yield.)
 */
#include "explore/core/state.h"

#include <stddef.h>

#define LOOK 1024u /* steps between two looks */
#define TURN 256u  /* steps that are given */

static const struct ts_sthread *starved(const struct ts_mask *patient)
{
    const struct ts_sthread *oldest = NULL;
    TS_MASK_EACH(i, patient)
    {
        const struct ts_sthread *thread = &ts_sched_threads[i];
        oldest = oldest == NULL || thread->ran_at < oldest->ran_at ? thread : oldest;
    }
    return oldest != NULL && ts_sched.steps - oldest->ran_at > TS_STARVED_STEPS ? oldest : NULL;
}

uint32_t ts_sched_owed(const struct ts_mask *patient)
{
    if (ts_sched.owed_steps > 0 && ts_mask_has(patient, ts_sched.owed)) {
        ts_sched.owed_steps--;
        return ts_sched.owed;
    }
    ts_sched.owed_steps = 0;
    ts_sched.fair_at = ts_sched.steps + LOOK;
    const struct ts_sthread *thread = starved(patient);
    if (thread == NULL) {
        return TS_EXPLORE_THREADS;
    }
    ts_sched.owed = thread->index;
    ts_sched.owed_steps = TURN;
    ts_sched.fair_at = 0;
    return thread->index;
}

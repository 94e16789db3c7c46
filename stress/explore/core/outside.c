/* What the kernel knows and the scheduler does not: whether descriptors are ready, and signals from outside.
 */
#include "explore/core/state.h"
#include "explore/core/sys.h"

#include <poll.h>
#include <stddef.h>
#include <time.h>

#define EXTERNAL_WAIT_NS INT64_C(100000000) /* for what nobody here can do */

bool ts_sched_descriptors_ready(struct pollfd *fds, uint32_t count)
{
    struct timespec at_once = {0, 0};
    return ts_sys4(SYS_ppoll, (long)(uintptr_t)fds, count, (long)(uintptr_t)&at_once, 0) != 0;
}

bool ts_sched_is_ready(const struct ts_sthread *thread)
{
    struct pollfd fd = {.fd = thread->op.fd, .events = thread->op.fd_events};
    return thread->op.fd == TS_FD_SET ? ts_sched_descriptors_ready(thread->fds, thread->fd_count)
                                      : ts_sched_descriptors_ready(&fd, 1);
}

void ts_sched_descriptors_changed(void)
{
    ts_sched.fds_changed = true;
}

void ts_sched_refresh_descriptors(void)
{
    ts_sched.fds_changed = false;
    TS_MASK_EACH(i, &ts_sched.fd_waits)
    {
        ts_sched_refresh(&ts_sched_threads[i]);
    }
}

void ts_sched_wait_outside(void)
{
    ts_sched_refresh_descriptors();
    for (int64_t waited = 0; !ts_mask_any(&ts_sched.enabled) && waited < EXTERNAL_WAIT_NS;
         waited += 1000000) {
        struct timespec pause = {0, 1000000};
        ts_sys4(SYS_nanosleep, (long)(uintptr_t)&pause, 0, 0, 0);
        ts_sched_refresh_descriptors();
    }
}

/* What each thread was doing when a schedule ended badly. */
#include "explore/core/state.h"
#include "explore/core/sys.h"

#include <fcntl.h>
#include <stddef.h>

#define FRAME_MAX_BYTES (1u << 20) /* a longer step along frame pointers is no frame */

static uint32_t walk(const void *frame, const void **frames, uint32_t room)
{
    const void *const *at = frame;
    uint32_t count = 0;
    while (count < room && at != NULL && (uintptr_t)at % sizeof(void *) == 0 && at[1] != NULL) {
        const void *const *outer = at[0];
        frames[count++] = at[1];
        if (outer <= at || (uintptr_t)outer - (uintptr_t)at > FRAME_MAX_BYTES) {
            break;
        }
        at = outer;
    }
    return count;
}

/* "pipe:[4711]" and "anon_inode:[eventfd]" without the numbers, which are others each time. */
static void shorten(const char *target, char *what, size_t size)
{
    static const char anonymous[] = "anon_inode:[";
    const char *from = target;
    size_t same = 0, length = 0;
    while (same + 1 < sizeof anonymous && target[same] == anonymous[same]) {
        same++;
    }
    from += same + 1 == sizeof anonymous ? same : 0;
    for (const char *at = target; *target == '/' && *at != '\0'; at++) {
        from = *at == '/' ? at + 1 : from;
    }
    while (length + 1 < size && from[length] != '\0' && from[length] != ':' && from[length] != ']') {
        what[length] = from[length];
        length++;
    }
    what[length] = '\0';
}

static void describe_fd(int32_t fd, struct ts_fd_state *state)
{
    char path[32] = "/proc/self/fd/", target[256], digits[10];
    size_t length = 14, count = 0;
    for (uint32_t rest = (uint32_t)fd; count == 0 || rest != 0; rest /= 10) {
        digits[count++] = (char)('0' + rest % 10);
    }
    while (count > 0) {
        path[length++] = digits[--count];
    }
    path[length] = '\0';
    long size =
        ts_sys4(SYS_readlinkat, AT_FDCWD, (long)(uintptr_t)path, (long)(uintptr_t)target, sizeof target - 1);
    target[size > 0 ? size : 0] = '\0';
    state->fd = fd;
    shorten(target, state->what, sizeof state->what);
}

static void add_fd(struct ts_thread_state *state, int32_t fd)
{
    if (fd >= 0 && state->fd_count < TS_ARENA_FDS) {
        describe_fd(fd, &state->fds[state->fd_count]);
    }
    state->fd_count += fd >= 0;
}

static void describe_fds(const struct ts_sthread *thread, struct ts_thread_state *state)
{
    state->fd_count = 0;
    if (state->op.gate != TS_GATE_FD) {
        return;
    }
    if (thread->op.fd != TS_FD_SET) {
        add_fd(state, thread->op.fd);
        return;
    }
    for (uint32_t i = 0; i < thread->fd_count; i++) {
        add_fd(state, thread->fds[i].fd);
    }
}

void ts_sched_describe(enum ts_run_end end, const void *own_frame)
{
    ts_sched.result->by = ts_sched.stuck || ts_self == NULL ? TS_EXPLORE_THREADS : ts_self->index;
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS; i++) {
        const struct ts_sthread *thread = &ts_sched_threads[i];
        struct ts_thread_state *state = &ts_sched.result->states[i];
        state->used = i < ts_sched.thread_count && thread->used;
        if (!state->used) {
            continue;
        }
        state->ended = thread->ended;
        state->op = thread->op;
        state->signals = thread->signals_awaited;
        bool waits = !thread->ended && (ts_sched.stuck || end != TS_RUN_REFUSED || thread != ts_self);
        state->op.gate = waits ? state->op.gate : TS_GATE_OPEN; /* the operation is over */
        state->holder = waits ? ts_sched_holder(thread) : TS_NOBODY;
        state->object_id = thread->object != NULL ? thread->object->id : 0;
        state->come = thread->object != NULL ? thread->object->count : 0;
        describe_fds(thread, state);
        state->frames = thread->ended ? 0
                                      : walk(thread == ts_self ? own_frame : thread->frame, state->frame,
                                             TS_ARENA_FRAMES);
    }
}

#include "explore/wraps/descriptors.h"

#include "explore/core/sys.h"

#include <fcntl.h>
#include <sys/stat.h>

/* The object that stands for all of them; how often something about one may have changed. */
static uint64_t changes;

static void note_change(void)
{
    changes++;
    ts_sched_descriptors_changed();
}

enum ts_descriptor_kind ts_wrap_descriptor_kind(int fd)
{
    struct stat status;
    long flags = ts_sys4(SYS_fcntl, fd, F_GETFL, 0, 0);
    if (flags < 0 || (flags & O_NONBLOCK) != 0 ||
        ts_sys4(SYS_fstat, fd, (long)(uintptr_t)&status, 0, 0) != 0) {
        return TS_DESCRIPTOR_FREE;
    }
    switch (status.st_mode & S_IFMT) {
    case S_IFREG:
    case S_IFDIR:
    case S_IFBLK:
        return TS_DESCRIPTOR_FREE;
    case S_IFIFO:
        return TS_DESCRIPTOR_PIPE;
    default:
        return TS_DESCRIPTOR_OTHER;
    }
}

/* Waits in the model. False: the time came first, or a signal's handler cut it short. */
static bool wait_for(const struct ts_op *op)
{
    bool ready = ts_sched_reach(ts_self, op);
    while (!ready && !ts_self->interrupted &&
           op->deadline_ns == TS_NEVER) { /* a process outside was faster */
        ready = ts_sched_reach(ts_self, op);
    }
    return ready;
}

/* An operation that finds nothing ready and does not wait is a look, as one at memory, and may be a spin. */
static void look(enum ts_op_kind kind, int fd, bool ready, const void *pc)
{
    struct ts_op op = {.kind = (uint8_t)kind,
                       .gate = TS_GATE_OPEN,
                       .writes = ready,
                       .idle = !ready,
                       .fd = fd,
                       .object = &changes,
                       .pc = pc,
                       .deadline_ns = TS_NEVER};
    (void)ts_sched_reach(ts_self, &op);
}

static enum ts_op_kind kind_of(short events)
{
    return (events & POLLOUT) != 0 ? TS_OP_FD_WRITE : TS_OP_FD_WAIT;
}

bool ts_wrap_descriptor(int fd, short events, bool at_once, const void *pc)
{
    struct pollfd ready = {.fd = fd, .events = events};
    bool interrupted = false;
    if (at_once || fd < 0 || ts_wrap_descriptor_kind(fd) == TS_DESCRIPTOR_FREE) {
        look(kind_of(events), fd, fd < 0 || ts_sched_descriptors_ready(&ready, 1), pc);
        if (fd < 0 || !ts_sched_descriptors_ready(&ready, 1)) {
            ts_wrap_cancellation(ts_self);
            return true; /* it will find nothing and change nothing */
        }
    } else {
        struct ts_op op = {.kind = (uint8_t)kind_of(events),
                           .gate = TS_GATE_FD,
                           .writes = true,
                           .cancels = true,
                           .interrupts = TS_INTERRUPTS_ASKED,
                           .fd = fd,
                           .fd_events = events,
                           .object = &changes,
                           .pc = pc,
                           .deadline_ns = TS_NEVER};
        (void)wait_for(&op);
        interrupted = ts_self->interrupted;
    }
    ts_wrap_cancellation(ts_self);
    note_change();
    return !interrupted;
}

bool ts_wrap_descriptors(struct pollfd *fds, uint32_t count, int64_t deadline_ns,
                         enum ts_interrupts interrupts, const void *pc)
{
    if (deadline_ns <= ts_sched_now()) {
        look(TS_OP_FD_WAIT, TS_FD_SET, ts_sched_descriptors_ready(fds, count), pc);
        ts_wrap_cancellation(ts_self);
        return true;
    }
    struct ts_op op = {.kind = TS_OP_FD_WAIT,
                       .gate = TS_GATE_FD,
                       .cancels = true,
                       .interrupts = (uint8_t)interrupts,
                       .fd = TS_FD_SET,
                       .object = &changes,
                       .pc = pc,
                       .deadline_ns = deadline_ns};
    ts_self->fds = fds;
    ts_self->fd_count = count;
    (void)wait_for(&op);
    bool interrupted = ts_self->interrupted;
    ts_wrap_cancellation(ts_self);
    return !interrupted;
}

void ts_wrap_descriptor_change(int fd, const void *pc)
{
    look(TS_OP_FD_WRITE, fd, true, pc);
    note_change();
}

int64_t ts_wrap_poll_deadline(int timeout_ms)
{
    return timeout_ms < 0 ? TS_NEVER : ts_wrap_later((int64_t)timeout_ms * 1000000);
}

/*
 * Waiting for several descriptors, or for none: poll, select and epoll in their forms. The thread waits in
 * the model until one is ready or its virtual time has come; the real call is made then, and returns at once.
 *
 * An epoll is ready when one of its descriptors is, as the kernel has it. Not modelled: signals that end a
 * wait, and descriptors that become ready by real time (timerfd).
 */
#include "explore/wraps/descriptors.h"

#include <sys/epoll.h>
#include <sys/select.h>

TS_WRAPPED(int, poll, struct pollfd *fds, nfds_t count, int timeout_ms);
TS_WRAPPED(int, ppoll, struct pollfd *fds, nfds_t count, const struct timespec *timeout,
           const sigset_t *mask);
TS_WRAPPED(int, select, int limit, fd_set *reads, fd_set *writes, fd_set *others, struct timeval *timeout);
TS_WRAPPED(int, pselect, int limit, fd_set *reads, fd_set *writes, fd_set *others,
           const struct timespec *timeout, const sigset_t *mask);
TS_WRAPPED(int, epoll_wait, int epoll, struct epoll_event *events, int room, int timeout_ms);
TS_WRAPPED(int, epoll_pwait, int epoll, struct epoll_event *events, int room, int timeout_ms,
           const sigset_t *mask);

#define SELECTED_MAX 256u

static int64_t deadline_of(const struct timespec *timeout)
{
    return timeout == NULL ? TS_NEVER : ts_wrap_later(ts_wrap_ns(timeout->tv_sec, timeout->tv_nsec));
}

static bool is_valid(const struct timespec *timeout)
{
    return timeout == NULL || (timeout->tv_sec >= 0 && ts_wrap_is_time(timeout));
}

/* Without descriptors it is a sleep. With a mask, what that lets in comes when the wait has begun. False: a
 * signal's handler cut it short. */
static bool wait_until(struct pollfd *fds, nfds_t count, int64_t deadline_ns, const sigset_t *mask,
                       const void *pc)
{
    struct ts_sthread *self = ts_self;
    uint64_t kept = mask != NULL ? ts_wrap_mask(self, mask) : 0;
    enum ts_interrupts interrupts = mask != NULL ? TS_INTERRUPTS_ENDS : TS_INTERRUPTS_ALWAYS;
    bool whole = count == 0 ? ts_wrap_sleep(deadline_ns, interrupts, pc)
                            : ts_wrap_descriptors(fds, (uint32_t)count, deadline_ns, interrupts, pc);
    if (mask != NULL) {
        ts_wrap_unmask(self, kept);
    }
    return whole;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    if (ts_self != NULL) {
        if (!wait_until(fds, count, ts_wrap_poll_deadline(timeout_ms), NULL, TS_PC)) {
            return ts_wrap_interrupted();
        }
        timeout_ms = 0;
    }
    TS_TAIL return __real_poll(fds, count, timeout_ms);
}

int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    static const struct timespec at_once = {0, 0};
    if (ts_self != NULL && is_valid(timeout)) {
        if (!wait_until(fds, count, deadline_of(timeout), mask, TS_PC)) {
            return ts_wrap_interrupted();
        }
        timeout = &at_once;
    }
    TS_TAIL return __real_ppoll(fds, count, timeout, mask);
}

/* glibc, misc/sys/select.h: an array of longs. Its macros call a check that is not ours to call. */
static bool is_in(int fd, const fd_set *set)
{
    const unsigned bits = 8 * sizeof(__fd_mask);
    return set != NULL &&
           ((unsigned long)set->fds_bits[(unsigned)fd / bits] >> ((unsigned)fd % bits) & 1) != 0;
}

static bool wait_for_sets(int limit, const fd_set *const sets[3], int64_t deadline_ns, const sigset_t *mask,
                          const void *pc)
{
    static const short events[3] = {POLLIN, POLLOUT, POLLPRI};
    struct pollfd fds[SELECTED_MAX];
    uint32_t count = 0;
    for (int fd = 0; fd < limit && fd < FD_SETSIZE; fd++) {
        short wanted = 0;
        for (int i = 0; i < 3; i++) {
            wanted = (short)(wanted | (is_in(fd, sets[i]) ? events[i] : 0));
        }
        if (wanted != 0 && count == SELECTED_MAX) {
            ts_sched_fail(TS_RUN_REFUSED, "select of more than 256 descriptors is not modelled");
        }
        if (wanted != 0) {
            fds[count].fd = fd;
            fds[count].revents = 0;
            fds[count++].events = wanted;
        }
    }
    return wait_until(fds, count, deadline_ns, mask, pc);
}

/* As Linux has it, the time that was left is written back. */
static void put_left(struct timeval *timeout, int64_t deadline_ns)
{
    int64_t left_ns = deadline_ns > ts_sched_now() ? deadline_ns - ts_sched_now() : 0;
    timeout->tv_sec = left_ns / 1000000000;
    timeout->tv_usec = left_ns % 1000000000 / 1000;
}

int __wrap_select(int limit, fd_set *reads, fd_set *writes, fd_set *others, struct timeval *timeout)
{
    bool valid = timeout == NULL || (timeout->tv_sec >= 0 && timeout->tv_usec >= 0);
    if (ts_self == NULL || !valid || limit < 0) {
        return __real_select(limit, reads, writes, others, timeout);
    }
    struct timeval at_once = {0, 0};
    int64_t deadline_ns = timeout == NULL
                              ? TS_NEVER
                              : ts_wrap_later(ts_wrap_ns(timeout->tv_sec, (int64_t)timeout->tv_usec * 1000));
    TS_ENTER();
    int result =
        wait_for_sets(limit, (const fd_set *const[3]){reads, writes, others}, deadline_ns, NULL, TS_PC)
            ? __real_select(limit, reads, writes, others, &at_once)
            : ts_wrap_interrupted();
    if (timeout != NULL) {
        put_left(timeout, deadline_ns);
    }
    TS_LEAVE();
    return result;
}

int __wrap_pselect(int limit, fd_set *reads, fd_set *writes, fd_set *others, const struct timespec *timeout,
                   const sigset_t *mask)
{
    static const struct timespec at_once = {0, 0};
    if (ts_self != NULL && limit >= 0 && is_valid(timeout)) {
        if (!wait_for_sets(limit, (const fd_set *const[3]){reads, writes, others}, deadline_of(timeout), mask,
                           TS_PC)) {
            return ts_wrap_interrupted();
        }
        timeout = &at_once;
    }
    TS_TAIL return __real_pselect(limit, reads, writes, others, timeout, mask);
}

static bool wait_for_epoll(int epoll, int timeout_ms, const sigset_t *mask, const void *pc)
{
    struct pollfd ready = {.fd = epoll, .events = POLLIN};
    return wait_until(&ready, 1, ts_wrap_poll_deadline(timeout_ms), mask, pc);
}

int __wrap_epoll_wait(int epoll, struct epoll_event *events, int room, int timeout_ms)
{
    if (ts_self != NULL) {
        if (!wait_for_epoll(epoll, timeout_ms, NULL, TS_PC)) {
            return ts_wrap_interrupted();
        }
        timeout_ms = 0;
    }
    TS_TAIL return __real_epoll_wait(epoll, events, room, timeout_ms);
}

int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout_ms, const sigset_t *mask)
{
    if (ts_self != NULL) {
        if (!wait_for_epoll(epoll, timeout_ms, mask, TS_PC)) {
            return ts_wrap_interrupted();
        }
        timeout_ms = 0;
    }
    TS_TAIL return __real_epoll_pwait(epoll, events, room, timeout_ms, mask);
}

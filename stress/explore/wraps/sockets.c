/*
 * Sockets, as far as they are simple: what receives waits in the model until there is something, what sends
 * until there is room, and accept until somebody has connected. The real call is made then.
 *
 * Not modelled: a message larger than the room that the socket has (it blocks in the kernel), connect to a
 * listener whose queue is full (the same), time-outs set on the socket (it waits without end). MSG_WAITALL on
 * a socket that waits is refused. Who is at the other end, in another process, goes by real time.
 */
#include "explore/wraps/descriptors.h"

#include <sys/socket.h>

TS_WRAPPED(ssize_t, recv, int fd, void *buffer, size_t size, int flags);
TS_WRAPPED(ssize_t, recvfrom, int fd, void *buffer, size_t size, int flags, struct sockaddr *from,
           socklen_t *from_size);
TS_WRAPPED(ssize_t, recvmsg, int fd, struct msghdr *message, int flags);
TS_WRAPPED(ssize_t, send, int fd, const void *buffer, size_t size, int flags);
TS_WRAPPED(ssize_t, sendto, int fd, const void *buffer, size_t size, int flags, const struct sockaddr *to,
           socklen_t to_size);
TS_WRAPPED(ssize_t, sendmsg, int fd, const struct msghdr *message, int flags);
TS_WRAPPED(int, accept, int fd, struct sockaddr *from, socklen_t *from_size);
TS_WRAPPED(int, accept4, int fd, struct sockaddr *from, socklen_t *from_size, int flags);
TS_WRAPPED(int, connect, int fd, const struct sockaddr *to, socklen_t to_size);
TS_WRAPPED(int, shutdown, int fd, int how);

static bool receive(int fd, int flags, const void *pc)
{
    bool at_once = (flags & MSG_DONTWAIT) != 0;
    if ((flags & MSG_WAITALL) != 0 && !at_once && ts_wrap_descriptor_kind(fd) != TS_DESCRIPTOR_FREE) {
        ts_sched_fail(TS_RUN_REFUSED, "receiving with MSG_WAITALL is not modelled");
    }
    return ts_wrap_descriptor(fd, POLLIN, at_once, pc);
}

static bool give(int fd, int flags, const void *pc)
{
    return ts_wrap_descriptor(fd, POLLOUT, (flags & MSG_DONTWAIT) != 0, pc);
}

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
    if (ts_self != NULL && !receive(fd, flags, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_recv(fd, buffer, size, flags);
}

ssize_t __wrap_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from,
                        socklen_t *from_size)
{
    if (ts_self != NULL && !receive(fd, flags, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_recvfrom(fd, buffer, size, flags, from, from_size);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
    if (ts_self != NULL && !receive(fd, flags, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_recvmsg(fd, message, flags);
}

ssize_t __wrap_send(int fd, const void *buffer, size_t size, int flags)
{
    if (ts_self != NULL && !give(fd, flags, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_send(fd, buffer, size, flags);
}

ssize_t __wrap_sendto(int fd, const void *buffer, size_t size, int flags, const struct sockaddr *to,
                      socklen_t to_size)
{
    if (ts_self != NULL && !give(fd, flags, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_sendto(fd, buffer, size, flags, to, to_size);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (ts_self != NULL && !give(fd, flags, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_sendmsg(fd, message, flags);
}

int __wrap_accept(int fd, struct sockaddr *from, socklen_t *from_size)
{
    if (ts_self != NULL && !receive(fd, 0, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_accept(fd, from, from_size);
}

int __wrap_accept4(int fd, struct sockaddr *from, socklen_t *from_size, int flags)
{
    if (ts_self != NULL && !receive(fd, 0, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_accept4(fd, from, from_size, flags);
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t to_size)
{
    if (ts_self != NULL) {
        ts_wrap_descriptor_change(fd, TS_PC);
        ts_wrap_cancellation(ts_self);
    }
    TS_TAIL return __real_connect(fd, to, to_size);
}

int __wrap_shutdown(int fd, int how)
{
    if (ts_self != NULL) {
        ts_wrap_descriptor_change(fd, TS_PC);
    }
    TS_TAIL return __real_shutdown(fd, how);
}

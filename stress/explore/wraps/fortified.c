/* What a compiler with _FORTIFY_SOURCE makes of calls that can block: the same, after a look at the buffer's
 * size. What is too large goes to the real one, which ends the program. */
#include "explore/wraps/wrap.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                        socklen_t *address_size);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask);

TS_WRAPPED(ssize_t, __read_chk, int fd, void *buffer, size_t size, size_t room);
TS_WRAPPED(ssize_t, __recv_chk, int fd, void *buffer, size_t size, size_t room, int flags);
TS_WRAPPED(ssize_t, __recvfrom_chk, int fd, void *buffer, size_t size, size_t room, int flags,
           struct sockaddr *address, socklen_t *address_size);
TS_WRAPPED(int, __poll_chk, struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
TS_WRAPPED(int, __ppoll_chk, struct pollfd *fds, nfds_t count, const struct timespec *timeout,
           const sigset_t *mask, size_t room);

ssize_t __wrap___read_chk(int fd, void *buffer, size_t size, size_t room)
{
    return size > room ? __real___read_chk(fd, buffer, size, room) : __wrap_read(fd, buffer, size);
}

ssize_t __wrap___recv_chk(int fd, void *buffer, size_t size, size_t room, int flags)
{
    return size > room ? __real___recv_chk(fd, buffer, size, room, flags)
                       : __wrap_recv(fd, buffer, size, flags);
}

ssize_t __wrap___recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags,
                              struct sockaddr *address, socklen_t *address_size)
{
    return size > room ? __real___recvfrom_chk(fd, buffer, size, room, flags, address, address_size)
                       : __wrap_recvfrom(fd, buffer, size, flags, address, address_size);
}

int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room)
{
    return count > room / sizeof *fds ? __real___poll_chk(fds, count, timeout_ms, room)
                                      : __wrap_poll(fds, count, timeout_ms);
}

int __wrap___ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                       size_t room)
{
    return count > room / sizeof *fds ? __real___ppoll_chk(fds, count, timeout, mask, room)
                                      : __wrap_ppoll(fds, count, timeout, mask);
}

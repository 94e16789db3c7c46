/*
 * Reading, writing and closing descriptors. An operation that would block waits in the model, and the real
 * one is made when it does not block.
 *
 * A write to a pipe of more than PIPE_BUF bytes, which may be torn anyhow, is made in pieces of that size:
 * the kernel says of a pipe only whether one fits. Not modelled: a write of more than fits into an eventfd's
 * number or a terminal.
 */
#include "explore/wraps/descriptors.h"

#include <limits.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

TS_WRAPPED(ssize_t, read, int fd, void *buffer, size_t size);
TS_WRAPPED(ssize_t, readv, int fd, const struct iovec *parts, int count);
TS_WRAPPED(ssize_t, write, int fd, const void *buffer, size_t size);
TS_WRAPPED(ssize_t, writev, int fd, const struct iovec *parts, int count);
TS_WRAPPED(int, eventfd_read, int fd, eventfd_t *value);
TS_WRAPPED(int, eventfd_write, int fd, eventfd_t value);
TS_WRAPPED(int, close, int fd);

/* Whether it is a write to a pipe that could block half-way. */
static bool must_split(int fd, size_t size)
{
    return size > PIPE_BUF && ts_wrap_descriptor_kind(fd) == TS_DESCRIPTOR_PIPE;
}

/* Adds to *written. False: it ends here, by an error (the first time) or short. */
static bool write_pieces(int fd, const char *data, size_t size, ssize_t *written, const void *pc)
{
    for (size_t done = 0; done < size;) {
        size_t piece = size - done < PIPE_BUF ? size - done : PIPE_BUF;
        ssize_t now = ts_wrap_descriptor(fd, POLLOUT, false, pc) ? __real_write(fd, data + done, piece)
                                                                 : ts_wrap_interrupted();
        if (now < 0) {
            *written = *written == 0 ? now : *written;
            return false;
        }
        done += (size_t)now;
        *written += now;
    }
    return true;
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    if (ts_self != NULL && size > 0 && ts_wrap_is_random(fd)) {
        ts_wrap_random(buffer, size, TS_PC);
        return (ssize_t)size;
    }
    if (ts_self != NULL && size > 0 && !ts_wrap_descriptor(fd, POLLIN, false, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_read(fd, buffer, size);
}

ssize_t __wrap_readv(int fd, const struct iovec *parts, int count)
{
    if (ts_self != NULL && !ts_wrap_descriptor(fd, POLLIN, false, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_readv(fd, parts, count);
}

ssize_t __wrap_write(int fd, const void *buffer, size_t size)
{
    if (ts_self != NULL && must_split(fd, size)) {
        ssize_t written = 0;
        TS_ENTER();
        (void)write_pieces(fd, buffer, size, &written, TS_PC);
        TS_LEAVE();
        return written;
    }
    if (ts_self != NULL && !ts_wrap_descriptor(fd, POLLOUT, false, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_write(fd, buffer, size);
}

static size_t size_of(const struct iovec *parts, int count)
{
    size_t size = 0;
    for (int i = 0; i < count; i++) {
        size += parts[i].iov_len;
    }
    return size;
}

ssize_t __wrap_writev(int fd, const struct iovec *parts, int count)
{
    if (ts_self != NULL && must_split(fd, size_of(parts, count))) {
        ssize_t written = 0;
        bool more = true;
        TS_ENTER();
        for (int i = 0; i < count && more; i++) {
            more = write_pieces(fd, parts[i].iov_base, parts[i].iov_len, &written, TS_PC);
        }
        TS_LEAVE();
        return written;
    }
    if (ts_self != NULL && !ts_wrap_descriptor(fd, POLLOUT, false, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_writev(fd, parts, count);
}

int __wrap_eventfd_read(int fd, eventfd_t *value)
{
    if (ts_self != NULL && !ts_wrap_descriptor(fd, POLLIN, false, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_eventfd_read(fd, value);
}

int __wrap_eventfd_write(int fd, eventfd_t value)
{
    if (ts_self != NULL && !ts_wrap_descriptor(fd, POLLOUT, false, TS_PC)) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_eventfd_write(fd, value);
}

int __wrap_close(int fd)
{
    if (ts_self != NULL) {
        ts_wrap_descriptor_change(fd, TS_PC);
        ts_wrap_cancellation(ts_self);
    }
    TS_TAIL return __real_close(fd);
}

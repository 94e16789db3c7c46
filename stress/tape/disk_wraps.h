/*
 * For tests of the tick writer: a disk that fills up. Link with -Wl,--wrap=write -Wl,--wrap=fsync; include
 * once.
 *
 * Only the calls of the test program itself are wrapped; what shared libraries write is not.
 */
#ifndef TS_TAPE_DISK_WRAPS_H
#define TS_TAPE_DISK_WRAPS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

static size_t disk_room_bytes = SIZE_MAX;
static bool fsync_fails;

ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

/* The last write that still fits in part is a short one, as on a real disk. */
ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
    if (disk_room_bytes == 0 && size > 0) {
        errno = ENOSPC;
        return -1;
    }
    ssize_t written = __real_write(fd, bytes, size < disk_room_bytes ? size : disk_room_bytes);
    if (written > 0 && disk_room_bytes != SIZE_MAX) {
        disk_room_bytes -= (size_t)written;
    }
    return written;
}

int __wrap_fsync(int fd)
{
    if (fsync_fails) {
        errno = ENOSPC;
        return -1;
    }
    return __real_fsync(fd);
}

#endif

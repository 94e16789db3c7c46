/*
 * What the system gives as random is the same each time that a thread's turns come: another number for each
 * thread and call, and none of them random. A program that does different things by chance could not be
 * followed again.
 *
 * Not a point: it concerns nobody else. What the C library keeps from a seed (rand, random) is its own
 * already.
 */
#include "explore/core/sys.h"
#include "explore/wraps/descriptors.h"

#include "base/random.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

TS_WRAPPED(ssize_t, getrandom, void *buffer, size_t size, unsigned flags);
TS_WRAPPED(int, getentropy, void *buffer, size_t size);
TS_WRAPPED(uint32_t, arc4random, void);
TS_WRAPPED(void, arc4random_buf, void *buffer, size_t size);
TS_WRAPPED(uint32_t, arc4random_uniform, uint32_t bound);

#define ENTROPY_MAX 256u /* getentropy gives no more at a time */

static uint64_t next(struct ts_sthread *self)
{
    return ts_hash64(ts_seed_mix(self->index, self->randoms++));
}

void ts_wrap_random(void *buffer, size_t size, void *pc)
{
    unsigned char *bytes = buffer;
    if (size > 0 && __tsan_write_range_pc != NULL) {
        __tsan_write_range_pc(buffer, size, pc);
    }
    for (size_t i = 0; i < size; i += 8) {
        uint64_t number = next(ts_self);
        for (size_t j = i; j < size && j < i + 8; j++) {
            bytes[j] = (unsigned char)(number >> (j - i) * 8);
        }
    }
}

/* Linux, Documentation/admin-guide/devices.txt: /dev/random and /dev/urandom. */
bool ts_wrap_is_random(int fd)
{
    struct stat status;
    return ts_sys4(SYS_fstat, fd, (long)(uintptr_t)&status, 0, 0) == 0 && S_ISCHR(status.st_mode) &&
           major(status.st_rdev) == 1 && (minor(status.st_rdev) == 8 || minor(status.st_rdev) == 9);
}

ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned flags)
{
    if (ts_self == NULL) {
        TS_TAIL return __real_getrandom(buffer, size, flags);
    }
    ts_wrap_random(buffer, size, TS_PC);
    return (ssize_t)size;
}

int __wrap_getentropy(void *buffer, size_t size)
{
    if (ts_self == NULL || size > ENTROPY_MAX) {
        TS_TAIL return __real_getentropy(buffer, size);
    }
    ts_wrap_random(buffer, size, TS_PC);
    return 0;
}

uint32_t __wrap_arc4random(void)
{
    return ts_self == NULL ? __real_arc4random() : (uint32_t)next(ts_self);
}

void __wrap_arc4random_buf(void *buffer, size_t size)
{
    if (ts_self == NULL) {
        __real_arc4random_buf(buffer, size);
    } else {
        ts_wrap_random(buffer, size, TS_PC);
    }
}

uint32_t __wrap_arc4random_uniform(uint32_t bound)
{
    return ts_self == NULL ? __real_arc4random_uniform(bound)
                           : (uint32_t)((next(ts_self) >> 32) * bound >> 32);
}

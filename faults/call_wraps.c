/*
 * The wrappers of calls.h. Compiled without sanitizers; once more in each image that wraps its calls.
 *
 * What a runtime calls while it starts reaches dlsym and clock_gettime here before the thread it runs on is
 * set up: nothing instrumented may run until ts_calls_begin was called.
 */
#include "faults/calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MUSTTAIL    __attribute__((musttail))
#define JUMP_S      3600
#define OWN_CALLERS 4

/* NAME as it would be without --wrap, and what stands in for it. */
#define WRAPPED(result, name, ...)                                                                           \
    result __real_##name(__VA_ARGS__);                                                                       \
    result __wrap_##name(__VA_ARGS__);                                                                       \
    result __wrap_##name(__VA_ARGS__)

/* The instructions after our own calls of clock_gettime. None in an image without a runtime: all are ours. */
static const void *own_callers[OWN_CALLERS];
static size_t own_caller_count;
static bool learning;

static bool can_fail(void)
{
    return ts_calls_can_fail != NULL && ts_calls_can_fail();
}

static bool fails(enum ts_probe_id point)
{
    return can_fail() && ts_probe_reached(point);
}

static bool fails_with(enum ts_probe_id point, int error_number)
{
    if (!fails(point)) {
        return false;
    }
    errno = error_number;
    return true;
}

/* Both points count, so both are asked. */
static bool no_memory(enum ts_probe_id point)
{
    bool any = fails(TS_PROBE_CALL_MEMORY), this = fails(point);
    if (any || this) {
        errno = ENOMEM;
    }
    return any || this;
}

WRAPPED(void *, malloc, size_t size)
{
    if (no_memory(TS_PROBE_CALL_MALLOC)) {
        return NULL;
    }
    MUSTTAIL return __real_malloc(size);
}

WRAPPED(void *, calloc, size_t count, size_t size)
{
    if (no_memory(TS_PROBE_CALL_CALLOC)) {
        return NULL;
    }
    MUSTTAIL return __real_calloc(count, size);
}

WRAPPED(void *, realloc, void *block, size_t size)
{
    if (no_memory(TS_PROBE_CALL_REALLOC)) {
        return NULL;
    }
    MUSTTAIL return __real_realloc(block, size);
}

WRAPPED(void *, reallocarray, void *block, size_t count, size_t size)
{
    if (no_memory(TS_PROBE_CALL_REALLOC)) {
        return NULL;
    }
    MUSTTAIL return __real_reallocarray(block, count, size);
}

WRAPPED(void *, aligned_alloc, size_t alignment, size_t size)
{
    if (no_memory(TS_PROBE_CALL_ALIGNED_ALLOC)) {
        return NULL;
    }
    MUSTTAIL return __real_aligned_alloc(alignment, size);
}

WRAPPED(int, posix_memalign, void **block, size_t alignment, size_t size)
{
    if (no_memory(TS_PROBE_CALL_ALIGNED_ALLOC)) {
        return ENOMEM;
    }
    MUSTTAIL return __real_posix_memalign(block, alignment, size);
}

WRAPPED(char *, strdup, const char *text)
{
    if (no_memory(TS_PROBE_CALL_STRDUP)) {
        return NULL;
    }
    MUSTTAIL return __real_strdup(text);
}

WRAPPED(char *, strndup, const char *text, size_t size)
{
    if (no_memory(TS_PROBE_CALL_STRDUP)) {
        return NULL;
    }
    MUSTTAIL return __real_strndup(text, size);
}

WRAPPED(int, pthread_create, pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
        void *argument)
{
    if (fails(TS_PROBE_CALL_PTHREAD_CREATE)) {
        return EAGAIN;
    }
    MUSTTAIL return __real_pthread_create(thread, attributes, body, argument);
}

/* dlerror then says nothing, as when the real cause was overwritten by another call. */
WRAPPED(void *, dlopen, const char *path, int flags)
{
    if (fails(TS_PROBE_CALL_DLOPEN)) {
        return NULL;
    }
    MUSTTAIL return __real_dlopen(path, flags);
}

WRAPPED(void *, dlsym, void *library, const char *name)
{
    if (fails(TS_PROBE_CALL_DLSYM)) {
        return NULL;
    }
    MUSTTAIL return __real_dlsym(library, name);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    if (fails_with(TS_PROBE_CALL_OPEN, EMFILE)) {
        return -1;
    }
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return __real_open(path, flags, mode);
}

WRAPPED(void *, mmap, void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    if (fails_with(TS_PROBE_CALL_MMAP, ENOMEM)) {
        return MAP_FAILED;
    }
    MUSTTAIL return __real_mmap(address, size, protection, flags, file, offset);
}

WRAPPED(int, eventfd, unsigned count, int flags)
{
    if (fails_with(TS_PROBE_CALL_EVENTFD, EMFILE)) {
        return -1;
    }
    MUSTTAIL return __real_eventfd(count, flags);
}

WRAPPED(int, ppoll, struct pollfd *files, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    if (fails_with(TS_PROBE_CALL_PPOLL_EINTR, EINTR)) {
        return -1;
    }
    MUSTTAIL return __real_ppoll(files, count, timeout, mask);
}

/* An eventfd is never short and never full. */
static bool is_file(int file)
{
    struct stat status;
    int error_number = errno;
    bool regular = syscall(SYS_fstat, file, &status) == 0 && S_ISREG(status.st_mode);
    errno = error_number;
    return regular;
}

WRAPPED(ssize_t, read, int file, void *bytes, size_t size)
{
    if (fails_with(TS_PROBE_CALL_READ_EINTR, EINTR)) {
        return -1;
    }
    if (can_fail() && size > 1 && is_file(file) && fails(TS_PROBE_CALL_READ_SHORT)) {
        size /= 2;
    }
    MUSTTAIL return __real_read(file, bytes, size);
}

WRAPPED(ssize_t, write, int file, const void *bytes, size_t size)
{
    if (fails_with(TS_PROBE_CALL_WRITE_EINTR, EINTR)) {
        return -1;
    }
    if (can_fail() && is_file(file)) {
        if (fails_with(TS_PROBE_CALL_WRITE_ENOSPC, ENOSPC)) {
            return -1;
        }
        if (size > 1 && fails(TS_PROBE_CALL_WRITE_SHORT)) {
            size /= 2;
        }
    }
    MUSTTAIL return __real_write(file, bytes, size);
}

static bool is_own(const void *caller)
{
    for (size_t i = 0; i < own_caller_count; i++) {
        if (own_callers[i] == caller) {
            return true;
        }
    }
    return own_caller_count == 0;
}

static void learn(const void *caller)
{
    if (learning && own_caller_count < OWN_CALLERS) {
        own_callers[own_caller_count++] = caller;
    }
}

WRAPPED(int, clock_gettime, clockid_t id, struct timespec *time)
{
    static _Thread_local struct timespec last[2]; /* wall and monotonic */
    const void *caller = __builtin_return_address(0);
    learn(caller);
    if (!can_fail() || !is_own(caller) || (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME)) {
        MUSTTAIL return __real_clock_gettime(id, time);
    }
    int status = __real_clock_gettime(id, time);
    struct timespec *seen = &last[id == CLOCK_MONOTONIC];
    bool frozen = fails(TS_PROBE_CALL_CLOCK_FROZEN) && seen->tv_sec != 0;
    time->tv_sec += fails(TS_PROBE_CALL_CLOCK_FORWARD) ? JUMP_S : 0;
    time->tv_sec -= fails(TS_PROBE_CALL_CLOCK_BACKWARD) ? JUMP_S : 0;
    *time = frozen ? *seen : *time;
    *seen = *time;
    return status;
}

void ts_call_wraps_learn(int64_t (*read_clock)(void))
{
    learning = true;
    (void)read_clock();
    learning = false;
}

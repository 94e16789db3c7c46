/*
 * The wrappers of calls.h. Compiled without sanitizers; once more in each image that wraps its calls.
 *
 * What a runtime calls while it starts reaches dlsym and clock_gettime here before the thread it runs on is
 * set up: nothing instrumented may run until ts_calls_begin was called.
 */
#include "faults/calls.h"

#include "faults/caller.h"

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
#define CALLER      __builtin_return_address(0) /* in a wrapper itself */
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

/* The beginning of the image that this copy is linked into; the linker's. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* As caller.h has it. */
static uint64_t caller_of(const void *return_address)
{
    uint64_t offset = (uint64_t)((uintptr_t)return_address - (uintptr_t)__ehdr_start);
    return ts_calls_program() == __ehdr_start ? offset : offset | TS_CALLER_LIBRARY;
}

static bool fails(enum ts_probe_id point, const void *return_address)
{
    struct ts_probe_site *site = &ts_probe_sites[point];
    return can_fail() &&
           atomic_load_explicit(&site->state, memory_order_relaxed) != TS_PROBE_IDLE && /* probe.h, Order */
           ts_probe_handler_called(site, caller_of(return_address), return_address);
}

static bool fails_with(enum ts_probe_id point, int error_number, const void *return_address)
{
    if (!fails(point, return_address)) {
        return false;
    }
    errno = error_number;
    return true;
}

/* Both points count, so both are asked. */
static bool no_memory(enum ts_probe_id point, const void *return_address)
{
    bool any = fails(TS_PROBE_CALL_MEMORY, return_address), this = fails(point, return_address);
    if (any || this) {
        errno = ENOMEM;
    }
    return any || this;
}

WRAPPED(void *, malloc, size_t size)
{
    if (no_memory(TS_PROBE_CALL_MALLOC, CALLER)) {
        return NULL;
    }
    MUSTTAIL return __real_malloc(size);
}

WRAPPED(void *, calloc, size_t count, size_t size)
{
    if (no_memory(TS_PROBE_CALL_CALLOC, CALLER)) {
        return NULL;
    }
    MUSTTAIL return __real_calloc(count, size);
}

WRAPPED(void *, realloc, void *block, size_t size)
{
    if (no_memory(TS_PROBE_CALL_REALLOC, CALLER)) {
        return NULL;
    }
    MUSTTAIL return __real_realloc(block, size);
}

WRAPPED(void *, reallocarray, void *block, size_t count, size_t size)
{
    if (no_memory(TS_PROBE_CALL_REALLOC, CALLER)) {
        return NULL;
    }
    MUSTTAIL return __real_reallocarray(block, count, size);
}

WRAPPED(void *, aligned_alloc, size_t alignment, size_t size)
{
    if (no_memory(TS_PROBE_CALL_ALIGNED_ALLOC, CALLER)) {
        return NULL;
    }
    MUSTTAIL return __real_aligned_alloc(alignment, size);
}

WRAPPED(int, posix_memalign, void **block, size_t alignment, size_t size)
{
    if (no_memory(TS_PROBE_CALL_ALIGNED_ALLOC, CALLER)) {
        return ENOMEM;
    }
    MUSTTAIL return __real_posix_memalign(block, alignment, size);
}

WRAPPED(char *, strdup, const char *text)
{
    if (no_memory(TS_PROBE_CALL_STRDUP, CALLER)) {
        return NULL;
    }
    MUSTTAIL return __real_strdup(text);
}

WRAPPED(char *, strndup, const char *text, size_t size)
{
    if (no_memory(TS_PROBE_CALL_STRDUP, CALLER)) {
        return NULL;
    }
    MUSTTAIL return __real_strndup(text, size);
}

WRAPPED(int, pthread_create, pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
        void *argument)
{
    if (fails(TS_PROBE_CALL_PTHREAD_CREATE, CALLER)) {
        return EAGAIN;
    }
    MUSTTAIL return __real_pthread_create(thread, attributes, body, argument);
}

/* dlerror then says nothing, as when the real cause was overwritten by another call. */
WRAPPED(void *, dlopen, const char *path, int flags)
{
    if (fails(TS_PROBE_CALL_DLOPEN, CALLER)) {
        return NULL;
    }
    MUSTTAIL return __real_dlopen(path, flags);
}

WRAPPED(void *, dlsym, void *library, const char *name)
{
    if (fails(TS_PROBE_CALL_DLSYM, CALLER)) {
        return NULL;
    }
    MUSTTAIL return __real_dlsym(library, name);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    if (fails_with(TS_PROBE_CALL_OPEN, EMFILE, CALLER)) {
        return -1;
    }
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return __real_open(path, flags, mode);
}

WRAPPED(void *, mmap, void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    if (fails_with(TS_PROBE_CALL_MMAP, ENOMEM, CALLER)) {
        return MAP_FAILED;
    }
    MUSTTAIL return __real_mmap(address, size, protection, flags, file, offset);
}

WRAPPED(int, eventfd, unsigned count, int flags)
{
    if (fails_with(TS_PROBE_CALL_EVENTFD, EMFILE, CALLER)) {
        return -1;
    }
    MUSTTAIL return __real_eventfd(count, flags);
}

WRAPPED(int, ppoll, struct pollfd *files, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    if (fails_with(TS_PROBE_CALL_PPOLL_EINTR, EINTR, CALLER)) {
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
    if (fails_with(TS_PROBE_CALL_READ_EINTR, EINTR, CALLER)) {
        return -1;
    }
    if (can_fail() && size > 1 && is_file(file) && fails(TS_PROBE_CALL_READ_SHORT, CALLER)) {
        size /= 2;
    }
    MUSTTAIL return __real_read(file, bytes, size);
}

WRAPPED(ssize_t, write, int file, const void *bytes, size_t size)
{
    if (fails_with(TS_PROBE_CALL_WRITE_EINTR, EINTR, CALLER)) {
        return -1;
    }
    if (can_fail() && is_file(file)) {
        if (fails_with(TS_PROBE_CALL_WRITE_ENOSPC, ENOSPC, CALLER)) {
            return -1;
        }
        if (size > 1 && fails(TS_PROBE_CALL_WRITE_SHORT, CALLER)) {
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
    const void *caller = CALLER;
    learn(caller);
    if (!can_fail() || !is_own(caller) || (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME)) {
        MUSTTAIL return __real_clock_gettime(id, time);
    }
    int status = __real_clock_gettime(id, time);
    struct timespec *seen = &last[id == CLOCK_MONOTONIC];
    bool frozen = fails(TS_PROBE_CALL_CLOCK_FROZEN, CALLER) && seen->tv_sec != 0;
    time->tv_sec += fails(TS_PROBE_CALL_CLOCK_FORWARD, CALLER) ? JUMP_S : 0;
    time->tv_sec -= fails(TS_PROBE_CALL_CLOCK_BACKWARD, CALLER) ? JUMP_S : 0;
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

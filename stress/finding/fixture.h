/*
 * For the tests of this folder: places in the test's own binary, and stacks without a symbolizer.
 *
 * Threads: one. Ownership: results are static or the caller's.
 */
#ifndef TS_FINDING_FIXTURE_H
#define TS_FINDING_FIXTURE_H

#include "reports/finding.h"

#include <dlfcn.h>
#include <stdint.h>
#include <unistd.h>

/* The path of the test's binary, at most 255 characters. */
static inline const char *fixture_binary(void)
{
    static char path[256];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    return path;
}

/* An address of this process as in its binary's file. */
static inline uint64_t fixture_offset(const void *address)
{
    Dl_info info = {0};
    dladdr((void *)(uintptr_t)fixture_offset, &info);
    return (uint64_t)((uintptr_t)address - (uintptr_t)info.dli_fbase);
}

#define FIXTURE_FRAME(name, is_own)                                                                          \
    {.function = (name), .file = "f.c", .module = "m", .offset = "0x1", .own = (is_own)}

#endif

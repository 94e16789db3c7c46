/*
 * Memory that is given back twice. ThreadSanitizer lets it pass (the block is nobody's any more, so there is
 * nothing to race for), and hands the same block out twice afterwards. A C library would abort, so the
 * schedule ends as it would.
 *
 * Only what ThreadSanitizer's own allocator handed out is judged: it alone knows.
 */
#include "explore/program/server.h"
#include "explore/wraps/wrap.h"
#include "worker/board.h"

/* A tail call of a function without a result is not ISO C. */
#pragma clang diagnostic ignored "-Wpedantic"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Weak: another runtime knows nothing of blocks. */
__attribute__((weak)) int __sanitizer_get_ownership(const void *block);
__attribute__((weak)) size_t __sanitizer_get_allocated_size(const void *block);
__attribute__((weak)) const void *__sanitizer_get_allocated_begin(const void *block);

static void end_of(const char *what, const char *text)
{
    struct ts_board *board = ts_program.board;
    (void)!write(2, text, strlen(text));
    snprintf(board->crash_class, sizeof board->crash_class, "%s", what);
    abort();
}

static inline void check(const void *block)
{
    if (ts_self == NULL || block == NULL || __sanitizer_get_ownership == NULL ||
        __sanitizer_get_allocated_size == NULL || __sanitizer_get_allocated_begin == NULL) {
        return;
    }
    if (__sanitizer_get_ownership(block) == 0 || __sanitizer_get_allocated_size(block) != 0) {
        return;
    }
    if (__sanitizer_get_allocated_begin(block) == NULL) {
        end_of("double-free", "tickstorm: memory is freed that was freed before\n");
    }
    end_of("invalid-free", "tickstorm: memory is freed from its middle\n");
}

TS_WRAPPED(void, free, void *block);
TS_WRAPPED(void *, realloc, void *block, size_t size);

void __wrap_free(void *block)
{
    check(block);
    TS_TAIL return __real_free(block);
}

void *__wrap_realloc(void *block, size_t size)
{
    check(block);
    TS_TAIL return __real_realloc(block, size);
}

/* operator delete and delete[], with a size and without. Weak: C has none. */
#define WRAP_DELETE(name, parameters, ...)                                                                   \
    __attribute__((weak)) void __real_##name parameters;                                                     \
    TS_WRAP_EXPORT void __wrap_##name parameters;                                                            \
    void __wrap_##name parameters                                                                            \
    {                                                                                                        \
        check(block);                                                                                        \
        TS_TAIL return __real_##name(__VA_ARGS__);                                                           \
    }

WRAP_DELETE(_ZdlPv, (void *block), block)
WRAP_DELETE(_ZdlPvm, (void *block, size_t size), block, size)
WRAP_DELETE(_ZdaPv, (void *block), block)
WRAP_DELETE(_ZdaPvm, (void *block, size_t size), block, size)

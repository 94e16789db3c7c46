#include "worker/hooks.h"

#include "host/pure_virtual.h"
#include "worker/raw_text.h"

#include <stdbool.h>
#include <stddef.h>

#define FRAMES 24

static struct ts_board *active_board;

static void note_crash_class(const char *crash_class)
{
    ts_raw_copy(active_board->crash_class, sizeof active_board->crash_class, crash_class);
}

void ts_hooks_install(struct ts_board *board)
{
    active_board = board;
    ts_terminate_hook_set(note_crash_class);
}

#if defined(TS_FLAVOUR_IS_asan) || defined(TS_FLAVOUR_IS_tsan)

/* compiler-rt, sanitizer/common_interface_defs.h */
void __sanitizer_symbolize_pc(void *pc, const char *format, char *buffer, size_t size);

/* Functions of the runtime and of libc that only carry out what their caller asked for. */
static bool is_carrier(const char *function)
{
    static const char *const carriers[] = {"malloc",  "calloc",  "realloc", "free",   "memcpy",
                                           "memmove", "memset",  "memcmp",  "strlen", "strnlen",
                                           "write",   "strncmp", "read",    ""};
    if (ts_raw_starts(function, "__") || ts_raw_starts(function, "pthread_")) {
        return true;
    }
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++) {
        if (ts_raw_compare(function, carriers[i]) == 0) {
            return true;
        }
    }
    return ts_raw_compare(function, "<null>") == 0 || ts_raw_compare(function, "??") == 0;
}

/* The innermost function that is the program's own; "?" when none is. */
static void name_stack(void *const *trace, size_t count, char *name, size_t size)
{
    for (size_t i = 0; i < count && trace[i] != NULL; i++) {
        __sanitizer_symbolize_pc(trace[i], "%f", name, size);
        if (!is_carrier(name)) {
            return;
        }
    }
    ts_raw_copy(name, size, "?");
}

static void clear(void **trace)
{
    for (size_t i = 0; i < FRAMES; i++) {
        trace[i] = NULL;
    }
}

static void title_of(const char *a, const char *b, char *title, size_t size)
{
    bool swapped = ts_raw_compare(a, b) > 0;
    size_t used = ts_raw_copy(title, size, swapped ? b : a);
    used += ts_raw_copy(title + used, size - used, " / ");
    ts_raw_copy(title + used, size - used, swapped ? a : b);
}

static void report_pair(const char *kind, const char *description, const char *a, const char *b)
{
    char title[192];
    title_of(a, b, title, sizeof title);
    ts_board_report(active_board, kind, description, title);
}

#endif

#if defined(TS_FLAVOUR_IS_tsan)

/* compiler-rt, tsan/rtl/tsan_debugging.cpp */
int __tsan_get_report_data(void *report, const char **description, int *count, int *stack_count,
                           int *mop_count, int *loc_count, int *mutex_count, int *thread_count,
                           int *unique_tid_count, void **sleep_trace, size_t trace_size);
int __tsan_get_report_mop(void *report, size_t index, int *thread, void **address, int *size, int *is_write,
                          int *is_atomic, void **trace, size_t trace_size);
int __tsan_get_report_stack(void *report, size_t index, void **trace, size_t trace_size);
__attribute__((visibility("default"))) void __tsan_on_report(void *report);

static const char *kind_of(const char *description)
{
    if (ts_raw_contains(description, "race") || ts_raw_contains(description, "use-after-free")) {
        return "race"; /* also a race with free: TSan names it by the memory */
    }
    if (ts_raw_compare(description, "lock-order-inversion") == 0) {
        return "deadlock";
    }
    return ts_raw_compare(description, "thread-leak") == 0 ? "leak" : description;
}

void __tsan_on_report(void *report)
{
    const char *description = "";
    int count, stacks = 0, mops = 0, locations, mutexes, threads, unique;
    void *trace[FRAMES] = {NULL};
    char names[2][96] = {"?", "?"};
    __tsan_get_report_data(report, &description, &count, &stacks, &mops, &locations, &mutexes, &threads,
                           &unique, trace, FRAMES);
    int named = mops > 0 ? mops : stacks;
    for (int i = 0; i < named && i < 2; i++) {
        int thread, size, is_write, is_atomic;
        void *address;
        clear(trace);
        if (mops > 0) {
            __tsan_get_report_mop(report, (size_t)i, &thread, &address, &size, &is_write, &is_atomic, trace,
                                  FRAMES);
        } else {
            __tsan_get_report_stack(report, (size_t)i, trace, FRAMES);
        }
        name_stack(trace, FRAMES, names[i], sizeof names[i]);
    }
    report_pair(kind_of(description), description, names[0], names[1]);
}

#endif

#if defined(TS_FLAVOUR_IS_asan)

/* compiler-rt, sanitizer/asan_interface.h, lsan_interface.h and ubsan/ubsan_monitor.h */
void *__asan_get_report_pc(void);
void *__asan_get_report_address(void);
const char *__asan_get_report_description(void);
size_t __asan_get_free_stack(void *address, void **trace, size_t size, int *thread);
int __lsan_do_recoverable_leak_check(void);
void __ubsan_get_current_report_data(const char **kind, const char **message, const char **file,
                                     unsigned *line, unsigned *column, char **address);
__attribute__((visibility("default"))) void __asan_on_error(void);
__attribute__((visibility("default"))) void __ubsan_on_report(void);

void __asan_on_error(void)
{
    char names[2][96] = {"?", "?"};
    void *trace[FRAMES] = {__asan_get_report_pc()};
    int thread;
    name_stack(trace, 1, names[0], sizeof names[0]);
    /*
     * First what is certain. The memory may be taken again by another thread while we look for who freed it,
     * and the runtime then dies in the look-up; the report must be on the board by that time.
     */
    report_pair("memory-error", __asan_get_report_description(), names[0], names[1]);
    if (!ts_raw_contains(__asan_get_report_description(), "free")) {
        return;
    }
    clear(trace);
    size_t count = __asan_get_free_stack(__asan_get_report_address(), trace, FRAMES, &thread);
    name_stack(trace, count, names[1], sizeof names[1]);
    char title[192];
    title_of(names[0], names[1], title, sizeof title);
    ts_board_retitle(active_board, title);
}

void __ubsan_on_report(void)
{
    const char *kind, *message, *file;
    unsigned line, column;
    char *address;
    __ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
    const char *base = file != NULL ? file : "?";
    for (const char *c = base; *c != '\0'; c++) {
        base = *c == '/' ? c + 1 : base;
    }
    ts_board_report(active_board, "undefined", kind, base);
}

void ts_hooks_check_leaks(void)
{
    if (__lsan_do_recoverable_leak_check() != 0) {
        ts_board_report(active_board, "leak", "memory-leak", "see the log");
    }
}

#else

void ts_hooks_check_leaks(void)
{
}

#endif

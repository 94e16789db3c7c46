#include "worker/hooks.h"

#include "worker/raw_text.h"
#include "worker/unwind.h"

#if defined(TS_FLAVOUR_IS_asan)

/* compiler-rt, sanitizer/asan_interface.h, lsan_interface.h and ubsan/ubsan_monitor.h */
void *__asan_get_report_pc(void);
void *__asan_get_report_address(void);
int __asan_get_report_access_type(void);
size_t __asan_get_report_access_size(void);
const char *__asan_get_report_description(void);
size_t __asan_get_alloc_stack(void *address, void **trace, size_t size, int *thread);
size_t __asan_get_free_stack(void *address, void **trace, size_t size, int *thread);
int __lsan_do_recoverable_leak_check(void);
void __ubsan_get_current_report_data(const char **kind, const char **message, const char **file,
                                     unsigned *line, unsigned *column, char **address);
__attribute__((visibility("default"))) void __asan_on_error(void);
__attribute__((visibility("default"))) void __ubsan_on_report(void);

static struct ts_board_report *begin(const char *kind, const char *description)
{
    struct ts_board_report *report = ts_board_report_begin(ts_hooks_board);
    ts_raw_copy(report->kind, sizeof report->kind, kind);
    ts_raw_copy(report->description, sizeof report->description, description);
    return report;
}

/* By the name of the error: asking the runtime would take the lock that it holds while it reports. */
static const char *location_of(const char *description)
{
    static const char *const areas[] = {"heap", "stack", "global"};
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
        if (ts_raw_starts(description, areas[i])) {
            return areas[i];
        }
    }
    return ts_raw_compare(description, "double-free") == 0 ? "heap" : "";
}

/* The runtime hands out the stacks of its depot already stepped back into the calls. */
static void append_stack(struct ts_board_report *report, enum ts_board_role role,
                         size_t (*get)(void *, void **, size_t, int *))
{
    void *trace[TS_BOARD_FRAMES];
    int thread = -1;
    size_t count = get((void *)(uintptr_t)report->address.offset, trace, TS_BOARD_FRAMES, &thread);
    if (count == 0) {
        return;
    }
    struct ts_board_stack *stack = &report->stacks[report->stack_count];
    stack->role = role;
    stack->thread = thread;
    ts_unwind_keep(ts_hooks_board, stack, trace, count, 0);
    /* Release: whoever finds the process dead in the next look-up must find this stack whole. */
    __atomic_store_n(&report->stack_count, report->stack_count + 1, __ATOMIC_RELEASE);
}

void __asan_on_error(void)
{
    if (ts_hooks_board == NULL) {
        return;
    }
    const char *description = __asan_get_report_description();
    uint64_t address = (uintptr_t)__asan_get_report_address();
    struct ts_board_report *report = begin("memory-error", description);
    struct ts_board_stack *stack = &report->stacks[report->stack_count++];
    ts_raw_copy(report->location, sizeof report->location, location_of(description));
    report->address.offset = address;
    stack->role = TS_BOARD_ACCESS;
    stack->thread = -1;
    stack->size = (uint32_t)__asan_get_report_access_size();
    stack->is_write = __asan_get_report_access_type() != 0;
    ts_unwind_walk(ts_hooks_board, stack, __asan_get_report_pc());
    if (ts_raw_compare(report->location, "global") == 0) {
        report->address = ts_unwind_locate(ts_hooks_board, address);
    }
    /* First what is certain. The memory may be taken again by another thread while we look for who freed it,
     * and the runtime then dies in the look-up; the report must be on the board by that time. */
    if (ts_board_report_end(ts_hooks_board, report) && ts_raw_compare(report->location, "heap") == 0) {
        append_stack(report, TS_BOARD_ALLOCATION, __asan_get_alloc_stack);
        append_stack(report, TS_BOARD_FREE, __asan_get_free_stack);
    }
}

/* "file.c:12" */
static void write_source(char *target, size_t size, const char *file, unsigned line)
{
    const char *base = file != NULL ? file : "?";
    for (const char *c = base; *c != '\0'; c++) {
        base = *c == '/' ? c + 1 : base;
    }
    size_t used = ts_raw_copy(target, size, base);
    used += ts_raw_copy(target + used, size - used, ":");
    ts_raw_number(target + used, size - used, line);
}

void __ubsan_on_report(void)
{
    const char *kind, *message, *file;
    unsigned line, column;
    char *address;
    if (ts_hooks_board == NULL) {
        return;
    }
    __ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
    struct ts_board_report *report = begin("undefined", kind);
    struct ts_board_stack *stack = &report->stacks[report->stack_count++];
    write_source(report->source, sizeof report->source, file, line);
    stack->role = TS_BOARD_OTHER;
    stack->thread = -1;
    ts_unwind_walk(ts_hooks_board, stack, NULL);
    ts_board_report_end(ts_hooks_board, report);
}

/* Without stacks: they are in LeakSanitizer's own report, in the log. */
void ts_hooks_check_leaks(void)
{
    if (__lsan_do_recoverable_leak_check() != 0) {
        struct ts_board_report *report = begin("leak", "memory-leak");
        ts_board_report_end(ts_hooks_board, report);
    }
}

#else

void ts_hooks_check_leaks(void)
{
}

#endif

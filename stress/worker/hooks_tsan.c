#include "worker/hooks.h"

#if defined(TS_FLAVOUR_IS_tsan)

#include "worker/raw_text.h"
#include "worker/unwind.h"

/* compiler-rt, tsan/rtl/tsan_debugging.cpp */
int __tsan_get_report_data(void *report, const char **description, int *count, int *stack_count,
                           int *mop_count, int *loc_count, int *mutex_count, int *thread_count,
                           int *unique_tid_count, void **sleep_trace, size_t trace_size);
int __tsan_get_report_mop(void *report, size_t index, int *thread, void **address, int *size, int *is_write,
                          int *is_atomic, void **trace, size_t trace_size);
int __tsan_get_report_loc(void *report, size_t index, const char **type, void **address, size_t *start,
                          size_t *size, int *thread, int *fd, int *suppressable, void **trace,
                          size_t trace_size);
int __tsan_get_report_stack(void *report, size_t index, void **trace, size_t trace_size);
int __tsan_get_report_mutex(void *report, size_t index, uint64_t *mutex, void **address, int *destroyed,
                            void **trace, size_t trace_size);
int __tsan_get_report_thread(void *report, size_t index, int *thread, uint64_t *os_id, int *running,
                             const char **name, int *parent, void **trace, size_t trace_size);
int __tsan_get_report_unique_tid(void *report, size_t index, int *thread);
__attribute__((visibility("default"))) void __tsan_on_report(void *report);

/* Cleared by a loop: an initialiser would be a call of memset, which is intercepted. */
struct trace {
    void *pcs[TS_BOARD_FRAMES];
};

static void clear(struct trace *trace)
{
    for (size_t i = 0; i < TS_BOARD_FRAMES; i++) {
        trace->pcs[i] = NULL;
    }
}

/* The next stack of a report; NULL when there is no room. */
static struct ts_board_stack *add_stack(struct ts_board_report *report, enum ts_board_role role, int thread,
                                        const struct trace *trace)
{
    if (report->stack_count == TS_BOARD_STACKS) {
        return NULL;
    }
    struct ts_board_stack *stack = &report->stacks[report->stack_count++];
    stack->role = role;
    stack->thread = thread;
    ts_unwind_keep(ts_hooks_board, stack, trace->pcs, TS_BOARD_FRAMES, 1);
    return stack;
}

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

static void add_accesses(struct ts_board_report *report, void *from, int count)
{
    struct trace trace;
    for (int i = 0; i < count; i++) {
        int thread = -1, size = 0, is_write = 0, is_atomic = 0;
        void *address = NULL;
        clear(&trace);
        __tsan_get_report_mop(from, (size_t)i, &thread, &address, &size, &is_write, &is_atomic, trace.pcs,
                              TS_BOARD_FRAMES);
        struct ts_board_stack *stack = add_stack(report, TS_BOARD_ACCESS, thread, &trace);
        if (stack != NULL) {
            stack->size = (uint32_t)size;
            stack->is_write = is_write != 0;
            stack->is_atomic = is_atomic != 0;
        }
        if (i == 0) {
            report->address.offset = (uintptr_t)address;
        }
    }
}

static void add_locations(struct ts_board_report *report, void *from, int count)
{
    struct trace trace;
    for (int i = 0; i < count; i++) {
        const char *type = "";
        void *address = NULL;
        size_t start = 0, size = 0;
        int thread = -1, fd = -1, suppressable = 0;
        clear(&trace);
        __tsan_get_report_loc(from, (size_t)i, &type, &address, &start, &size, &thread, &fd, &suppressable,
                              trace.pcs, TS_BOARD_FRAMES);
        if (i == 0) {
            ts_raw_copy(report->location, sizeof report->location, type);
            report->location_size = size;
        }
        if (trace.pcs[0] != NULL) {
            bool is_heap = ts_raw_compare(type, "heap") == 0;
            add_stack(report, is_heap ? TS_BOARD_ALLOCATION : TS_BOARD_OTHER, thread, &trace);
        }
    }
}

static void add_other_stacks(struct ts_board_report *report, void *from, int count)
{
    struct trace trace;
    for (int i = 0; i < count; i++) {
        clear(&trace);
        __tsan_get_report_stack(from, (size_t)i, trace.pcs, TS_BOARD_FRAMES);
        add_stack(report, TS_BOARD_OTHER, -1, &trace);
    }
}

/*
 * The stacks of a cycle M0 => M1 => ... => M0, in tsan_rtl_mutex.cpp's order: for each mutex where the next
 * one was taken while it was held, and where it was taken itself (unless second_deadlock_stack=0).
 */
static void add_locks(struct ts_board_report *report, void *from, int count, int mutexes)
{
    struct trace trace, created;
    int each = mutexes > 0 ? count / mutexes : 0;
    for (int i = 0; i < count; i++) {
        int thread = -1, destroyed = 0, holder = each > 0 ? i / each : 0;
        bool holds = each > 0 && i % each == 0;
        int taken = holds ? (holder + 1) % mutexes : holder;
        void *address = NULL;
        clear(&trace);
        __tsan_get_report_stack(from, (size_t)i, trace.pcs, TS_BOARD_FRAMES);
        if (each > 0) {
            __tsan_get_report_unique_tid(from, (size_t)holder, &thread);
        }
        struct ts_board_stack *stack = add_stack(report, TS_BOARD_LOCK, thread, &trace);
        if (stack == NULL || each == 0) {
            continue;
        }
        clear(&created);
        __tsan_get_report_mutex(from, (size_t)holder, &stack->held, &address, &destroyed, created.pcs,
                                TS_BOARD_FRAMES);
        __tsan_get_report_mutex(from, (size_t)taken, &stack->mutex, &address, &destroyed, created.pcs,
                                TS_BOARD_FRAMES);
        stack->holds = holds;
        stack->place = ts_unwind_locate(ts_hooks_board, (uintptr_t)address);
    }
}

static void add_threads(struct ts_board_report *report, void *from, int count)
{
    struct trace trace;
    for (int i = 0; i < count; i++) {
        int thread = -1, running = 0, parent = -1;
        uint64_t os_id = 0;
        const char *name = NULL;
        clear(&trace);
        __tsan_get_report_thread(from, (size_t)i, &thread, &os_id, &running, &name, &parent, trace.pcs,
                                 TS_BOARD_FRAMES);
        struct ts_board_stack *stack = add_stack(report, TS_BOARD_THREAD, thread, &trace);
        if (stack != NULL && name != NULL) {
            ts_raw_copy(stack->thread_name, sizeof stack->thread_name, name);
        }
    }
}

static void add_mutexes(struct ts_board_report *report, void *from, int count)
{
    struct trace trace;
    for (int i = 0; i < count; i++) {
        uint64_t mutex = 0;
        void *address = NULL;
        int destroyed = 0;
        clear(&trace);
        __tsan_get_report_mutex(from, (size_t)i, &mutex, &address, &destroyed, trace.pcs, TS_BOARD_FRAMES);
        struct ts_board_stack *stack = add_stack(report, TS_BOARD_MUTEX, -1, &trace);
        if (stack != NULL) {
            stack->mutex = mutex;
        }
    }
}

/* Without a symbolizer the runtime does not tell globals. */
static void find_global(struct ts_board_report *report)
{
    struct ts_board_frame address = ts_unwind_locate(ts_hooks_board, report->address.offset);
    if (address.module != TS_BOARD_NO_MODULE) {
        ts_raw_copy(report->location, sizeof report->location, "global");
        report->address = address;
    }
}

/* A free that races comes as an access: a write, with the deallocator as its innermost function. */
static bool take(void *from, uint64_t sequence)
{
    const char *description = "";
    int count = 0, stacks = 0, mops = 0, locations = 0, mutexes = 0, threads = 0, unique = 0;
    struct trace trace;
    clear(&trace);
    __tsan_get_report_data(from, &description, &count, &stacks, &mops, &locations, &mutexes, &threads,
                           &unique, trace.pcs, TS_BOARD_FRAMES);
    struct ts_board_report *report = ts_board_report_begin(ts_hooks_board);
    const char *kind = kind_of(description);
    report->sequence = sequence;
    ts_raw_copy(report->kind, sizeof report->kind, kind);
    ts_raw_copy(report->description, sizeof report->description, description);
    bool is_deadlock = ts_raw_compare(kind, "deadlock") == 0;
    add_accesses(report, from, mops);
    add_locations(report, from, locations);
    if (is_deadlock) {
        add_locks(report, from, stacks, mutexes);
    } else {
        add_other_stacks(report, from, stacks);
    }
    add_threads(report, from, threads);
    if (!is_deadlock) { /* of an inversion they are the stacks of the locks again, which name them */
        add_mutexes(report, from, mutexes);
    }
    if (report->location[0] == '\0' || ts_raw_compare(report->location, "global") == 0) {
        find_global(report);
    }
    return ts_board_report_end(ts_hooks_board, report);
}

static void *taken;      /* the report that __tsan_on_report will bring again */
static uint64_t printed; /* reports in the log so far */

/*
 * The runtime's own weak hook, __tsan::OnReport(const ReportDesc *, bool), asked before a report is printed;
 * true keeps it out of the log and from __tsan_on_report. Printing costs ten times as much as finding: a
 * report that is on the board already is only counted. A runtime without this hook prints all of them.
 */
bool ts_tsan_before_print(void *report, bool suppressed) __asm__("_ZN6__tsan8OnReportEPKNS_10ReportDescEb");
__attribute__((visibility("default"))) bool ts_tsan_before_print(void *report, bool suppressed)
{
    if (suppressed || ts_hooks_board == NULL) {
        return suppressed;
    }
    if (!take(report, printed)) {
        return true;
    }
    taken = report;
    printed++;
    return false;
}

void __tsan_on_report(void *from)
{
    if (ts_hooks_board != NULL && from != taken) {
        (void)take(from, printed++);
    }
    taken = NULL;
}

#endif

#include "explore/driver/waits.h"

#include "finding/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INLINED_MAX 8u
#define FRAMES_MAX  (TS_ARENA_FRAMES * INLINED_MAX)
#define TEXT_SIZE   320u
#define SHOWN_MAX   48u /* different stacks */

struct waiter {
    char label[16];
    char text[TEXT_SIZE];
    const char *thing; /* that it waits for */
    struct ts_frame frames[FRAMES_MAX];
    char offsets[FRAMES_MAX][24];
    size_t count;
    unsigned alike; /* further threads with this stack */
    bool joins;
    bool in_ring;
};

static void name_thread(uint32_t index, char *name, size_t size)
{
    if (index == 0) {
        snprintf(name, size, "main thread");
    } else {
        snprintf(name, size, "T%u", index);
    }
}

/* "'queue_lock'" where the program has a name for it, else its number among the schedule's objects. */
static void name_object(struct ts_driver *driver, const struct ts_thread_state *state, char *name,
                        size_t size)
{
    const struct ts_module_range *range = ts_modules_find(&driver->modules, (uintptr_t)state->op.object);
    const char *variable = range != NULL ? ts_symbolizer_data(driver->symbolizer, range->path,
                                                              (uintptr_t)state->op.object - range->base)
                                         : "";
    if (*variable != '\0') {
        snprintf(name, size, "'%s'", variable);
    } else {
        snprintf(name, size, "object %u", state->object_id);
    }
}

static void name_signals(uint64_t signals, char *text)
{
    int end = snprintf(text, TEXT_SIZE, "waits for %s", signals == 0 ? "a signal" : "signal");
    for (int number = 1; number <= 64 && end < (int)TEXT_SIZE - 24; number++) {
        const char *name = sigabbrev_np(number);
        if ((signals >> (number - 1) & 1) != 0) {
            end += name != NULL ? snprintf(text + end, TEXT_SIZE - (size_t)end, " SIG%s", name)
                                : snprintf(text + end, TEXT_SIZE - (size_t)end, " %d", number);
        }
    }
}

/* "descriptor 3 (pipe)", "one of 2 descriptors: 3 (pipe), 4 (socket)" */
static void name_descriptors(const struct ts_thread_state *state, char *name, size_t size)
{
    size_t used = 0;
    if (state->fd_count != 1) {
        used = (size_t)snprintf(name, size, "one of %u descriptors%s", state->fd_count,
                                state->fd_count > 0 ? ":" : "");
    } else {
        used = (size_t)snprintf(name, size, "descriptor");
    }
    for (uint32_t i = 0; i < state->fd_count && i < TS_ARENA_FDS && used < size; i++) {
        const struct ts_fd_state *fd = &state->fds[i];
        bool known = fd->what[0] != '\0';
        used += (size_t)snprintf(name + used, size - used, "%s %d%s%.*s%s", i > 0 ? "," : "", fd->fd,
                                 known ? " (" : "", (int)sizeof fd->what, fd->what, known ? ")" : "");
    }
    if (state->fd_count > TS_ARENA_FDS && used < size) {
        snprintf(name + used, size - used, ", ...");
    }
}

/* The system's own name for a descriptor that has no path; else that it is one. */
static const char *thing_of_descriptors(const struct ts_thread_state *state)
{
    static const char *const kinds[] = {"pipe", "socket", "eventfd", "eventpoll", "timerfd", "signalfd"};
    for (size_t i = 0; state->fd_count == 1 && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(state->fds[0].what, kinds[i]) == 0) {
            return kinds[i];
        }
    }
    return state->fd_count == 1 ? "descriptor" : "descriptors";
}

/* What kind of thing a thread waits for. */
static const char *thing_of(const struct ts_thread_state *state)
{
    if (state->op.gate == TS_GATE_PENDING) {
        return "signal of the system";
    }
    switch (state->op.kind) {
    case TS_OP_LOCK:
    case TS_OP_WAKE:
        return "mutex";
    case TS_OP_SPIN_LOCK:
        return "spin lock";
    case TS_OP_RDLOCK:
    case TS_OP_WRLOCK:
        return "read-write lock";
    case TS_OP_WAIT:
        return "signal";
    case TS_OP_SEM_WAIT:
        return "semaphore";
    case TS_OP_BARRIER:
        return "barrier";
    case TS_OP_ONCE:
        return "once";
    case TS_OP_JOIN:
        return "thread";
    case TS_OP_FD_WAIT:
    case TS_OP_FD_WRITE:
        return thing_of_descriptors(state);
    default:
        return "";
    }
}

static void describe(struct ts_driver *driver, const struct ts_thread_state *state, char *text)
{
    char object[64] = "", holder[16] = "", held[40] = "", descriptors[256];
    const char *kind = state->op.kind < TS_OP_COUNT ? ts_op_names[state->op.kind] : "?";
    name_object(driver, state, object, sizeof object);
    if (state->holder >= 0) {
        name_thread((uint32_t)state->holder, holder, sizeof holder);
        snprintf(held, sizeof held, ", held by %s", holder);
    }
    switch (state->op.gate) {
    case TS_GATE_EXCLUSIVE:
    case TS_GATE_SHARED:
        snprintf(text, TEXT_SIZE, "waits to %s %s%s", kind, object, held);
        break;
    case TS_GATE_SIGNAL:
        if (state->op.kind == TS_OP_BARRIER) {
            snprintf(text, TEXT_SIZE, "waits at barrier %s, to which %u of %u have come", object, state->come,
                     state->op.wanted);
            break;
        }
        snprintf(text, TEXT_SIZE, "waits on %s for a signal", object);
        break;
    case TS_GATE_END:
        snprintf(text, TEXT_SIZE, "waits for %s to end", state->holder >= 0 ? holder : "the other threads");
        break;
    case TS_GATE_FD:
        name_descriptors(state, descriptors, sizeof descriptors);
        snprintf(text, TEXT_SIZE, "waits %s %s", state->op.kind == TS_OP_FD_WRITE ? "to write to" : "for",
                 descriptors);
        break;
    case TS_GATE_PENDING:
        name_signals(state->signals, text);
        break;
    case TS_GATE_COUNT:
        snprintf(text, TEXT_SIZE, "waits at %s (%s)", object, kind);
        break;
    default:
        snprintf(text, TEXT_SIZE, "is about to %s %s", kind, state->op.object != NULL ? object : "");
        break;
    }
}

static void add_address(struct ts_driver *driver, struct waiter *waiter, const void *address)
{
    struct ts_symbol symbols[INLINED_MAX];
    uintptr_t at = (uintptr_t)address - 1; /* within the call */
    const struct ts_module_range *range = ts_modules_find(&driver->modules, at);
    if (range == NULL) {
        return;
    }
    size_t count =
        ts_symbolizer_code(driver->symbolizer, range->path, at - range->base, symbols, INLINED_MAX);
    for (size_t i = 0; i < (count > 0 ? count : 1) && waiter->count < FRAMES_MAX; i++) {
        const char *function = count > 0 ? symbols[i].function : "";
        if (count > 0 && ts_frame_explorer(symbols[i].file)) {
            continue;
        }
        char *offset = waiter->offsets[waiter->count];
        snprintf(offset, sizeof waiter->offsets[0], "0x%lx", (unsigned long)(at - range->base));
        waiter->frames[waiter->count++] = (struct ts_frame){
            .function = function,
            .file = count > 0 ? symbols[i].file : "",
            .line = count > 0 ? symbols[i].line : 0,
            .module = ts_base_name(range->path),
            .offset = offset,
            .own = ts_frame_own(ts_base_name(range->path), function),
        };
    }
}

/* Whether what it waits for is held by who waits, in the end, for it. */
static bool is_in_ring(const struct ts_thread_state *states, uint32_t index)
{
    uint32_t at = index;
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS; i++) {
        const struct ts_thread_state *state = &states[at];
        bool may_again = state->op.again && state->holder == (int32_t)at;
        if (may_again || state->holder < 0 || (uint32_t)state->holder >= TS_EXPLORE_THREADS ||
            state->op.gate == TS_GATE_END) {
            return false;
        }
        at = (uint32_t)state->holder;
        if (at == index) {
            return true;
        }
    }
    return false;
}

static void fill(struct ts_driver *driver, uint32_t index, const struct ts_thread_state *state,
                 struct waiter *waiter)
{
    memset(waiter, 0, sizeof *waiter);
    name_thread(index, waiter->label, sizeof waiter->label);
    describe(driver, state, waiter->text);
    waiter->thing = thing_of(state);
    waiter->joins = state->op.gate == TS_GATE_END;
    waiter->in_ring = is_in_ring(driver->arena->result.states, index);
    for (uint32_t i = 0; i < state->frames && i < TS_ARENA_FRAMES; i++) {
        add_address(driver, waiter, state->frame[i]);
    }
}

static bool alike(const struct waiter *a, const struct waiter *b)
{
    bool equal = a->count == b->count && a->joins == b->joins && a->in_ring == b->in_ring &&
                 strcmp(a->thing, b->thing) == 0;
    for (size_t i = 0; equal && i < a->count; i++) {
        equal = strcmp(a->frames[i].function, b->frames[i].function) == 0 &&
                a->frames[i].line == b->frames[i].line;
    }
    return equal;
}

static size_t collect(struct ts_driver *driver, struct waiter *waiters)
{
    size_t count = 0;
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS && count < SHOWN_MAX; i++) {
        const struct ts_thread_state *state = &driver->arena->result.states[i];
        if (!state->used || state->ended) {
            continue;
        }
        fill(driver, i, state, &waiters[count]);
        size_t first = 0;
        while (first < count && !alike(&waiters[first], &waiters[count])) {
            first++;
        }
        waiters[first].alike += first < count;
        count += first == count;
    }
    return count;
}

ts_err ts_waits_finding(struct ts_driver *driver, const struct ts_finding_context *context, const char *kind,
                        struct ts_finding **finding)
{
    struct ts_stack stacks[SHOWN_MAX];
    char texts[SHOWN_MAX][TEXT_SIZE + 64];
    struct waiter *waiters = calloc(SHOWN_MAX, sizeof *waiters);
    if (waiters == NULL) {
        return TS_NO_MEMORY;
    }
    size_t count = collect(driver, waiters);
    bool only_joins = true, ring = false, is_stuck = driver->arena->result.end != TS_RUN_LIVELOCK;
    for (size_t i = 0; i < count; i++) {
        only_joins = only_joins && waiters[i].joins;
        ring = ring || waiters[i].in_ring;
    }
    for (size_t i = 0; i < count; i++) {
        const struct waiter *waiter = &waiters[i];
        char more[48] = "";
        if (waiter->alike > 0) {
            snprintf(more, sizeof more, " (and %u more like it)", waiter->alike);
        }
        snprintf(texts[i], sizeof texts[i], "%s %s%s", waiter->label, waiter->text, more);
        bool other = ring ? !waiter->in_ring : waiter->joins && !only_joins; /* a ring needs nobody else */
        stacks[i] = (struct ts_stack){.role = other ? "other" : "waiting",
                                      .text = texts[i],
                                      .thread = waiter->label,
                                      /* In a livelock it is by chance where each one is. */
                                      .waits_for = is_stuck ? waiter->thing : "",
                                      .frames = waiters[i].frames,
                                      .frame_count = waiter->count};
    }
    ts_err error =
        ts_finding_from_stacks(context, kind, "", driver->arena->result.text, stacks, count, finding, NULL);
    free(waiters);
    return error;
}

ts_err ts_refused_finding(struct ts_driver *driver, const struct ts_finding_context *context,
                          struct ts_finding **finding)
{
    const struct ts_run_result *result = &driver->arena->result;
    struct waiter caller = {.count = 0};
    char text[64];
    uint32_t by = result->by < TS_EXPLORE_THREADS ? result->by : 0;
    const struct ts_thread_state *state = &result->states[by];
    name_thread(by, caller.label, sizeof caller.label);
    for (uint32_t i = 0; i < state->frames && i < TS_ARENA_FRAMES; i++) {
        add_address(driver, &caller, state->frame[i]);
    }
    snprintf(text, sizeof text, "called by %s", caller.label);
    struct ts_stack stack = {.role = "waiting",
                             .text = text,
                             .thread = caller.label,
                             .frames = caller.frames,
                             .frame_count = caller.count};
    return ts_finding_from_stacks(context, "unmodelled", result->text, "", &stack, 1, finding, NULL);
}

bool ts_driver_symbol(struct ts_driver *driver, const void *pc, struct ts_symbol *symbol)
{
    uintptr_t at = (uintptr_t)pc - 1;
    const struct ts_module_range *range = ts_modules_find(&driver->modules, at);
    bool known = pc != NULL && range != NULL &&
                 ts_symbolizer_code(driver->symbolizer, range->path, at - range->base, symbol, 1) == 1;
    if (known) {
        symbol->file = ts_base_name(symbol->file);
    } else {
        *symbol = (struct ts_symbol){.function = "", .file = ""};
    }
    return known;
}

const char *ts_driver_place(struct ts_driver *driver, const void *pc, const char **function)
{
    static char place[128];
    struct ts_symbol symbol;
    place[0] = '\0';
    if (ts_driver_symbol(driver, pc, &symbol)) {
        snprintf(place, sizeof place, "%s:%lld", symbol.file, (long long)symbol.line);
    }
    *function = symbol.function;
    return place;
}

#include "finding/stack_build.h"

#include "finding/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INLINED_MAX 8
#define WHO_SIZE    64

static const char *const role_names[] = {
    [TS_BOARD_NO_STACK] = "other", [TS_BOARD_ACCESS] = "access", [TS_BOARD_ALLOCATION] = "allocation",
    [TS_BOARD_FREE] = "free",      [TS_BOARD_THREAD] = "thread", [TS_BOARD_MUTEX] = "mutex",
    [TS_BOARD_LOCK] = "lock",      [TS_BOARD_CRASH] = "crash",   [TS_BOARD_OTHER] = "other",
};

const char *ts_stack_module(const struct ts_finding_context *context, uint32_t module)
{
    return module < context->module_count ? context->modules[module] : "";
}

/* Makes room for every function that one address can stand for. */
static bool reserve(struct ts_arena *arena, struct ts_stack *stack, size_t addresses)
{
    stack->frames =
        addresses != 0 ? ts_arena_take(arena, addresses * INLINED_MAX * sizeof *stack->frames) : NULL;
    return stack->frames != NULL;
}

static void add_address(struct ts_arena *arena, struct ts_symbolizer *symbolizer, const char *module,
                        uint64_t offset, struct ts_stack *stack)
{
    struct ts_symbol symbols[INLINED_MAX] = {{.function = "", .file = ""}};
    size_t count = ts_symbolizer_code(symbolizer, module, offset, symbols, INLINED_MAX);
    const char *base = ts_arena_text(arena, ts_base_name(module));
    const char *place = ts_arena_format(arena, "0x%" PRIx64, offset);
    for (size_t i = 0; i < (count != 0 ? count : 1); i++) {
        stack->frames[stack->frame_count++] = (struct ts_frame){
            .function = ts_arena_text(arena, symbols[i].function),
            .file = ts_arena_text(arena, symbols[i].file),
            .line = symbols[i].line,
            .module = base,
            .offset = place,
            .own = ts_frame_own(base, symbols[i].function) && !ts_frame_explorer(symbols[i].file),
        };
    }
}

/* "T1 'scan'", or "" for a thread without a number. ThreadSanitizer numbers the main thread 0. */
static const char *name_thread(struct ts_arena *arena, const struct ts_board_stack *source)
{
    if (source->thread < 0) {
        return "";
    }
    const char *name = source->thread_name[0] == '\0' && source->thread == 0 ? "main" : source->thread_name;
    return *name != '\0' ? ts_arena_format(arena, "T%" PRId32 " '%s'", source->thread, name)
                         : ts_arena_format(arena, "T%" PRId32, source->thread);
}

static const char *name_access(struct ts_arena *arena, const struct ts_board_stack *source, const char *by)
{
    const char *atomic = source->is_atomic ? "atomic " : "";
    if (source->size == 0) {
        return ts_arena_format(arena, "%saccess%s", atomic, by);
    }
    return ts_arena_format(arena, "%s%s of %" PRIu32 " byte%s%s", atomic, source->is_write ? "write" : "read",
                           source->size, source->size == 1 ? "" : "s", by);
}

/* "mutex M1 'registry_lock' taken by thread T2 (holds M0)"; a mutex within a larger object has no name. */
static const char *name_lock(struct ts_arena *arena, const struct ts_finding_context *context,
                             const struct ts_board_stack *source, const char *by)
{
    const char *name = ts_symbolizer_data(context->symbolizer, ts_stack_module(context, source->place.module),
                                          source->place.offset);
    const char *holds = source->holds ? ts_arena_format(arena, " (holds M%" PRIu64 ")", source->held) : "";
    return *name != '\0'
               ? ts_arena_format(arena, "mutex M%" PRIu64 " '%s' taken%s%s", source->mutex, name, by, holds)
               : ts_arena_format(arena, "mutex M%" PRIu64 " taken%s%s", source->mutex, by, holds);
}

static const char *describe(struct ts_arena *arena, const struct ts_finding_context *context,
                            const struct ts_board_stack *source, const char *thread)
{
    char by[WHO_SIZE] = "";
    if (source->thread == 0) {
        snprintf(by, sizeof by, " by main thread");
    } else if (*thread != '\0') {
        snprintf(by, sizeof by, " by thread %s", thread);
    }
    switch (source->role) {
    case TS_BOARD_ACCESS:
        return name_access(arena, source, by);
    case TS_BOARD_ALLOCATION:
        return ts_arena_format(arena, "heap block allocated%s", by);
    case TS_BOARD_FREE:
        return ts_arena_format(arena, "freed%s", by);
    case TS_BOARD_THREAD:
        return ts_arena_format(arena, "thread %s created", thread);
    case TS_BOARD_MUTEX:
        return ts_arena_format(arena, "mutex M%" PRIu64 " created", source->mutex);
    case TS_BOARD_LOCK:
        return name_lock(arena, context, source, by);
    case TS_BOARD_CRASH:
        return ts_arena_format(arena, "crashed%s%s", *by != '\0' ? " in" : "", *by != '\0' ? by + 3 : "");
    default:
        return "";
    }
}

void ts_stack_build(struct ts_arena *arena, const struct ts_finding_context *context,
                    const struct ts_board_stack *source, const char *held, struct ts_stack *stack)
{
    const char *thread = name_thread(arena, source);
    const char *text = describe(arena, context, source, thread);
    *stack = (struct ts_stack){
        .role = source->role <= TS_BOARD_OTHER ? role_names[source->role] : "other",
        .text = *held != '\0' ? ts_arena_format(arena, "%s (holds %s)", text, held) : text,
        .thread = thread,
    };
    uint32_t count = source->frame_count < TS_BOARD_FRAMES ? source->frame_count : TS_BOARD_FRAMES;
    if (!reserve(arena, stack, count)) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct ts_board_frame *frame = &source->frames[i];
        add_address(arena, context->symbolizer, ts_stack_module(context, frame->module), frame->offset,
                    stack);
    }
}

void ts_stack_build_leak(struct ts_arena *arena, const struct ts_finding_context *context,
                         const struct ts_lsan_leak *leak, struct ts_stack *stack)
{
    *stack = (struct ts_stack){.role = "allocation", .text = "heap block allocated", .thread = ""};
    if (!reserve(arena, stack, leak->frame_count)) {
        return;
    }
    for (size_t i = 0; i < leak->frame_count; i++) {
        const struct ts_log_frame *frame = &leak->frames[i];
        add_address(arena, context->symbolizer, frame->module, frame->offset, stack);
    }
}

void ts_stack_copy(struct ts_arena *arena, const struct ts_stack *source, struct ts_stack *stack)
{
    *stack = (struct ts_stack){
        .role = ts_arena_text(arena, source->role),
        .text = ts_arena_text(arena, source->text),
        .thread = ts_arena_text(arena, source->thread),
        .waits_for = ts_arena_text(arena, source->waits_for != NULL ? source->waits_for : ""),
    };
    if (!reserve(arena, stack, source->frame_count)) {
        return;
    }
    for (size_t i = 0; i < source->frame_count; i++) {
        const struct ts_frame *frame = &source->frames[i];
        stack->frames[stack->frame_count++] = (struct ts_frame){
            .function = ts_arena_text(arena, frame->function),
            .file = ts_arena_text(arena, frame->file),
            .line = frame->line,
            .module = ts_arena_text(arena, frame->module),
            .offset = ts_arena_text(arena, frame->offset),
            .own = frame->own,
        };
    }
}

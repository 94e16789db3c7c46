#include "finding/finding_build.h"

#include "finding/frame.h"
#include "finding/signature.h"
#include "finding/stack_build.h"
#include "finding/tsan_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A finding and what it owns; callers hold a pointer to the first member. */
struct built {
    struct ts_finding finding;
    struct ts_arena arena;
};

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static struct built *begin(const struct ts_finding_context *context, const char *kind,
                           const char *description, size_t stack_count)
{
    struct built *built = calloc(1, sizeof *built);
    if (built == NULL) {
        return NULL;
    }
    built->finding = (struct ts_finding){
        .kind = ts_arena_text(&built->arena, kind),
        .title = "",
        .description = ts_arena_text(&built->arena, description),
        .location = "",
        .cell = context->cell,
        .life = context->life,
    };
    if (stack_count != 0) {
        built->finding.stacks = ts_arena_take(&built->arena, stack_count * sizeof *built->finding.stacks);
    }
    return built;
}

/* Ends every builder: what follows from the stacks, then whether there was memory for all of it. */
static ts_err end(struct built *built, const char *distinction, struct ts_finding **finding,
                  struct ts_diag *diag)
{
    if (built != NULL) {
        char signature[TS_SIGNATURE_SIZE];
        ts_signature_write(&built->finding, distinction, signature);
        built->finding.signature = ts_arena_text(&built->arena, signature);
        built->finding.command = ts_arena_format(&built->arena, "tickstorm repro %s", signature);
        built->finding.lifetime = ts_finding_is_lifetime(&built->finding);
    }
    if (built == NULL || built->arena.failed) {
        ts_finding_free(built != NULL ? &built->finding : NULL);
        return ts_fail(diag, TS_NO_MEMORY, "build finding", "", "no memory");
    }
    *finding = &built->finding;
    return TS_OK;
}

/* The function that stands for a stack, as the source has it; "?" when no own one is known. Of one that
 * waits, also for what: "take (semaphore)". */
static const char *side_of(struct ts_arena *arena, const struct ts_stack *stack)
{
    const struct ts_frame *frame = ts_stack_side(stack);
    if (frame == NULL) {
        return "?";
    }
    bool waits = stack->waits_for != NULL && *stack->waits_for != '\0';
    return ts_arena_format(arena, "%.*s%s%s%s", (int)ts_function_length(frame->function), frame->function,
                           waits ? " (" : "", waits ? stack->waits_for : "", waits ? ")" : "");
}

static const char *pair_of(struct ts_arena *arena, const char *a, const char *b)
{
    bool ordered = strcmp(a, b) <= 0;
    return ts_arena_format(arena, "%s / %s", ordered ? a : b, ordered ? b : a);
}

/*
 * A race has two sides even when both are one function. Otherwise a stack adds a side only by being of
 * another function: a deadlock has several stacks of the same two.
 */
static const char *title_of(struct built *built)
{
    const struct ts_finding *finding = &built->finding;
    const char *sides[2] = {NULL, NULL};
    bool is_race = same(finding->kind, "race");
    for (size_t i = 0; i < finding->stack_count && sides[1] == NULL; i++) {
        if (ts_signature_defines(finding, &finding->stacks[i])) {
            const char *side = side_of(&built->arena, &finding->stacks[i]);
            if (sides[0] == NULL) {
                sides[0] = side;
            } else if (is_race || same(finding->stacks[i].role, "free") ||
                       (!same(side, sides[0]) && !same(side, "?"))) {
                sides[1] = side;
            }
        }
    }
    if (is_race || sides[1] != NULL) {
        return pair_of(&built->arena, sides[0] != NULL ? sides[0] : "?", sides[1] != NULL ? sides[1] : "?");
    }
    return sides[0] != NULL ? sides[0] : "?";
}

/* "heap block of 96 bytes", "global 'counter'". */
static const char *place_of(struct ts_arena *arena, const struct ts_finding_context *context,
                            const struct ts_board_report *report)
{
    const char *what = same(report->location, "heap")  ? "heap block"
                       : same(report->location, "tls") ? "thread-local variable"
                       : same(report->location, "fd")  ? "file descriptor"
                                                       : report->location;
    if (same(report->location, "global")) {
        const char *name = ts_symbolizer_data(
            context->symbolizer, ts_stack_module(context, report->address.module), report->address.offset);
        if (*name != '\0') {
            return ts_arena_format(arena, "global '%s'", name);
        }
    }
    if (*what == '\0' || report->location_size == 0) {
        return ts_arena_text(arena, what);
    }
    return ts_arena_format(arena, "%s of %" PRIu64 " byte%s", what, report->location_size,
                           report->location_size == 1 ? "" : "s");
}

static void build_stacks(struct built *built, const struct ts_finding_context *context,
                         const struct ts_board_report *report)
{
    struct ts_tsan_mutexes mutexes = {"", ""};
    if (context->log != NULL && same(report->kind, "race")) {
        ts_tsan_log_mutexes(context->log, report->sequence, &mutexes);
    }
    const char *const held[2] = {mutexes.first, mutexes.second};
    size_t accesses = 0;
    /* The scheduler's (worker/explore_report.c): its threads bear the names of their operations. */
    bool waits = same(report->description, "deadlock") || same(report->description, "lost-wakeup");
    for (uint32_t i = 0; i < report->stack_count && i < TS_BOARD_STACKS; i++) {
        const struct ts_board_stack *source = &report->stacks[i];
        if (source->role == TS_BOARD_NO_STACK) {
            continue;
        }
        bool is_access = source->role == TS_BOARD_ACCESS;
        struct ts_stack *stack = &built->finding.stacks[built->finding.stack_count++];
        ts_stack_build(&built->arena, context, source, is_access && accesses < 2 ? held[accesses] : "",
                       stack);
        accesses += is_access;
        if (waits && source->role == TS_BOARD_LOCK) {
            stack->waits_for = ts_arena_text(&built->arena, source->thread_name);
        }
    }
}

ts_err ts_finding_from_report(const struct ts_finding_context *context, const struct ts_board_report *report,
                              struct ts_finding **finding, struct ts_diag *diag)
{
    /* What came first decides between data-race and heap-use-after-free; a leak is a leak by its allocation.
     */
    bool told_by_stacks = same(report->kind, "race") || same(report->kind, "leak");
    const char *distinction = told_by_stacks ? "" : report->description;
    struct built *built = begin(context, report->kind, report->description, TS_BOARD_STACKS);
    if (built == NULL || built->arena.failed) {
        return end(built, distinction, finding, diag);
    }
    build_stacks(built, context, report);
    built->finding.location = place_of(&built->arena, context, report);
    built->finding.title = title_of(built);
    if (same(built->finding.title, "?")) {
        const char *known = report->source[0] != '\0' ? report->source : report->description;
        built->finding.title = ts_arena_text(&built->arena, known);
    }
    return end(built, distinction, finding, diag);
}

ts_err ts_finding_from_crash(const struct ts_finding_context *context, const struct ts_board_crash *crash,
                             const char *crash_class, struct ts_finding **finding, struct ts_diag *diag)
{
    struct built *built = begin(context, "crash", crash_class, 1);
    if (built == NULL || built->arena.failed) {
        return end(built, "", finding, diag);
    }
    struct ts_arena *arena = &built->arena;
    const char *abbreviation = sigabbrev_np(crash->signal);
    const char *signal_name = abbreviation != NULL ? ts_arena_format(arena, "SIG%s", abbreviation) : "";
    const char *class = *crash_class != '\0' ? crash_class : *signal_name != '\0' ? signal_name : "crash";
    built->finding.description = ts_arena_text(arena, class);
    built->finding.title = built->finding.description;
    if (crash->stack.frame_count != 0) {
        struct ts_stack *stack = &built->finding.stacks[built->finding.stack_count++];
        struct ts_board_stack source = crash->stack;
        source.role = TS_BOARD_CRASH;
        ts_stack_build(arena, context, &source, "", stack);
        if (*signal_name != '\0') {
            stack->text = ts_arena_format(arena, "%s, %s", stack->text, signal_name);
        }
        built->finding.title =
            ts_arena_format(arena, "%s in %s", built->finding.description, side_of(arena, stack));
    }
    return end(built, class, finding, diag);
}

ts_err ts_finding_from_invariant(const struct ts_finding_context *context, const char *name,
                                 const char *detail, struct ts_finding **finding, struct ts_diag *diag)
{
    struct built *built = begin(context, "invariant", detail, 0);
    const char *distinction = "";
    if (built != NULL) {
        built->finding.title = ts_arena_text(&built->arena, name);
        distinction = ts_arena_format(&built->arena, "%s@%s", name, context->scenario);
    }
    return end(built, distinction, finding, diag);
}

ts_err ts_finding_from_leak(const struct ts_finding_context *context, const struct ts_lsan_leak *leak,
                            struct ts_finding **finding, struct ts_diag *diag)
{
    struct built *built = begin(context, "leak", leak->direct ? "direct-leak" : "indirect-leak", 1);
    if (built != NULL && !built->arena.failed) {
        ts_stack_build_leak(&built->arena, context, leak, &built->finding.stacks[0]);
        built->finding.stack_count = 1;
        built->finding.title = title_of(built);
        built->finding.location =
            ts_arena_format(&built->arena, "%" PRIu64 " byte%s in %" PRIu64 " heap block%s", leak->size_bytes,
                            leak->size_bytes == 1 ? "" : "s", leak->objects, leak->objects == 1 ? "" : "s");
    }
    return end(built, "", finding, diag);
}

ts_err ts_finding_from_stacks(const struct ts_finding_context *context, const char *kind, const char *what,
                              const char *description, const struct ts_stack *stacks, size_t stack_count,
                              struct ts_finding **finding, struct ts_diag *diag)
{
    struct built *built = begin(context, kind, description, stack_count);
    if (built != NULL && !built->arena.failed) {
        for (size_t i = 0; i < stack_count; i++) {
            ts_stack_copy(&built->arena, &stacks[i], &built->finding.stacks[i]);
        }
        built->finding.stack_count = stack_count;
        built->finding.title = title_of(built);
        if (*what != '\0') {
            built->finding.title = ts_arena_format(&built->arena, "%s, in %s", what, built->finding.title);
        }
    }
    return end(built, what, finding, diag);
}

ts_err ts_finding_from_words(const struct ts_finding_context *context, const char *kind, const char *title,
                             const char *description, struct ts_finding **finding, struct ts_diag *diag)
{
    struct built *built = begin(context, kind, description, 0);
    const char *distinction = "";
    if (built != NULL) {
        built->finding.title = ts_arena_text(&built->arena, title);
        distinction = ts_arena_format(&built->arena, "%s@%s", title, context->scenario);
    }
    return end(built, distinction, finding, diag);
}

void ts_finding_free(struct ts_finding *finding)
{
    if (finding != NULL) {
        struct built *built = (struct built *)finding;
        ts_arena_clear(&built->arena);
        free(built);
    }
}

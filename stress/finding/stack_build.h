/*
 * The stacks of a finding: a board's stack with the functions' names, and a sentence that says what it shows.
 *
 * Threads: as the symbolizer. Ownership: strings and frames belong to the arena. Errors: the arena remembers
 * that memory ran out; stacks are then incomplete.
 */
#ifndef TS_FINDING_STACK_BUILD_H
#define TS_FINDING_STACK_BUILD_H

#include "finding/arena.h"
#include "finding/finding_build.h"

/* The path of a board's module, or "". */
const char *ts_stack_module(const struct ts_finding_context *context, uint32_t module);

/* `held`: "M0, M1", mutexes held there, or "". */
void ts_stack_build(struct ts_arena *arena, const struct ts_finding_context *context,
                    const struct ts_board_stack *source, const char *held, struct ts_stack *stack);

/* The stack of a leak's allocation. */
void ts_stack_build_leak(struct ts_arena *arena, const struct ts_finding_context *context,
                         const struct ts_lsan_leak *leak, struct ts_stack *stack);

/* A copy that shares nothing with its source. */
void ts_stack_copy(struct ts_arena *arena, const struct ts_stack *source, struct ts_stack *stack);

#endif

/*
 * What a frame's names tell: whose code it is, what the function is called in the source, and whether it ends
 * an object's life.
 *
 * Threads: pure functions. Ownership: arguments are read only.
 */
#ifndef TS_FINDING_FRAME_H
#define TS_FINDING_FRAME_H

#include "reports/finding.h"

#include <stdbool.h>
#include <stddef.h>

/* The part of a path behind its last slash. */
const char *ts_base_name(const char *path);

/* A source file as findings name it: relative to the checkout where the build made it so
 * (ci/cmake/Flavours.cmake); of any other path only the base name means something on another machine. */
const char *ts_source_name(const char *path);

/* Whether a source file is the explorer's, which runs within the program that it drives. */
bool ts_frame_explorer(const char *file);

/* Whether code is the program's: false for libc, the loader and compiler runtimes, for sanitizers and their
 * interceptors, for allocation and copying by name, and for what has no name. `module` is a base name. */
bool ts_frame_own(const char *module, const char *function);

/* The length of the function's name without what the compiler appends to a copy of it (".constprop.0"). */
size_t ts_function_length(const char *function);

/* The innermost own frame, or NULL. */
const struct ts_frame *ts_stack_side(const struct ts_stack *stack);

/* Whether the stack ends an object's life: it frees, or its innermost own function is named as one that
 * does ("_destroy", "~", ...). */
bool ts_stack_ends_life(const struct ts_stack *stack);

#endif

/*
 * Program counters to (module, offset) frames, without names: a symbolizer finds those later, outside.
 *
 * glibc's _dl_find_object tells the module of an address without a lock and without memory; the offset is the
 * address less the module's load address, as in its file.
 *
 * Threads: prepare before other threads run; the rest by any thread, also within a sanitizer's report or a
 * signal handler. Ownership: the caller's. Errors: an address of no known module keeps its value and
 * TS_BOARD_NO_MODULE.
 */
#ifndef TS_WORKER_UNWIND_H
#define TS_WORKER_UNWIND_H

#include "worker/board.h"

#include <stddef.h>

/* Reads the executable's name and unwinds once: what is lazy in the dynamic loader must not be first done in
 * a signal handler. */
void ts_unwind_prepare(struct ts_board *board);

struct ts_board_frame ts_unwind_locate(struct ts_board *board, uint64_t address);

/* Appends the frame of an address, less `back` bytes: 1 for a return address, which lies behind its call. */
void ts_unwind_push(struct ts_board *board, struct ts_board_stack *stack, const void *address, unsigned back);

/* Appends frames up to the first NULL, at most `count`. */
void ts_unwind_keep(struct ts_board *board, struct ts_board_stack *stack, void *const *trace, size_t count,
                    unsigned back);

/*
 * Replaces the frames by those of the calling thread, from the caller of ts_unwind_walk's caller outwards.
 * Where a signal interrupted the program the stack begins there, without its handler. When the function that
 * `start` points into is on the stack, the stack begins with it.
 */
void ts_unwind_walk(struct ts_board *board, struct ts_board_stack *stack, const void *start);

#endif

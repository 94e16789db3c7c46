#include "worker/unwind.h"

#include "worker/raw_text.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>
#include <unwind.h>

/* This file's own frame and that of the callback that asked. */
#define OWN_FRAMES 2

struct walk {
    struct ts_board *board;
    struct ts_board_stack *stack;
    const void *start; /* of the function to begin with, or NULL */
    unsigned depth;
};

static char executable[sizeof((struct ts_board *)NULL)->modules[0]];

struct ts_board_frame ts_unwind_locate(struct ts_board *board, uint64_t address)
{
    struct ts_board_frame frame = {.module = TS_BOARD_NO_MODULE, .offset = address};
    struct dl_find_object found;
    if (_dl_find_object((void *)(uintptr_t)address, &found) == 0) {
        const char *path = found.dlfo_link_map->l_name;
        frame.module = ts_board_module(board, path[0] != '\0' ? path : executable);
        if (frame.module != TS_BOARD_NO_MODULE) {
            frame.offset = address - found.dlfo_link_map->l_addr;
        }
    }
    return frame;
}

void ts_unwind_push(struct ts_board *board, struct ts_board_stack *stack, const void *address, unsigned back)
{
    if (stack->frame_count < TS_BOARD_FRAMES) {
        stack->frames[stack->frame_count] = ts_unwind_locate(board, (uintptr_t)address - back);
        stack->frame_count++;
    }
}

void ts_unwind_keep(struct ts_board *board, struct ts_board_stack *stack, void *const *trace, size_t count,
                    unsigned back)
{
    for (size_t i = 0; i < count && trace[i] != NULL; i++) {
        ts_unwind_push(board, stack, trace[i], back);
    }
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data)
{
    struct walk *walk = data;
    int interrupted = 0;
    const void *address = (const void *)_Unwind_GetIPInfo(context, &interrupted);
    if (walk->depth++ < OWN_FRAMES || address == NULL) { /* NULL: the thread's outermost frame */
        return _URC_NO_REASON;
    }
    bool is_start = walk->start != NULL && (const void *)_Unwind_GetRegionStart(context) == walk->start;
    if (interrupted || is_start) {
        walk->stack->frame_count = 0;
    }
    if (is_start) {
        walk->start = NULL; /* the innermost of a recursion */
    }
    ts_unwind_push(walk->board, walk->stack, address, interrupted ? 0 : 1);
    return _URC_NO_REASON;
}

void ts_unwind_walk(struct ts_board *board, struct ts_board_stack *stack, const void *start)
{
    struct walk walk = {.board = board, .stack = stack};
    walk.start = start != NULL ? _Unwind_FindEnclosingFunction((void *)(uintptr_t)start) : NULL;
    stack->frame_count = 0;
    _Unwind_Backtrace(visit, &walk);
}

void ts_unwind_prepare(struct ts_board *board)
{
    static struct ts_board_stack here;
    ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    executable[length > 0 ? length : 0] = '\0';
    ts_unwind_walk(board, &here, (const void *)(uintptr_t)ts_unwind_prepare);
}

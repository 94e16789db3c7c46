#include "worker/hooks.h"

#include "host/pure_virtual.h"
#include "worker/crash.h"
#include "worker/raw_text.h"
#include "worker/unwind.h"

struct ts_board *ts_hooks_board;

static void note_crash_class(const char *crash_class)
{
    ts_raw_copy(ts_hooks_board->crash_class, sizeof ts_hooks_board->crash_class, crash_class);
}

void ts_hooks_install(struct ts_board *board)
{
    ts_unwind_prepare(board);
    ts_hooks_board = board;
    ts_terminate_hook_set(note_crash_class);
    ts_crash_install(board);
}

#include "host/pure_virtual.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ts_terminate_hook active_hook;
static atomic_flag terminating = ATOMIC_FLAG_INIT;

void ts_terminate_hook_set(ts_terminate_hook hook)
{
    active_hook = hook;
}

static void say(const char *words)
{
    ssize_t ignored =
        write(STDERR_FILENO, words, strlen(words)); /* the process ends whether or not it was heard */
    (void)ignored;
}

_Noreturn static void ts_terminate_process(const char *crash_class, const char *words)
{
    say(words);
    if (active_hook != NULL) {
        active_hook(crash_class);
    }
    abort();
}

void ts_pure_virtual_called(void)
{
    say("pure virtual method called\n");
    /* Relaxed: only one thread may win; the losers need nothing that the winner wrote. */
    if (atomic_flag_test_and_set_explicit(&terminating, memory_order_relaxed)) {
        ts_terminate_process("recursive-terminate", "terminate called recursively\n");
    }
    ts_terminate_process("pure-virtual-call", "terminate called without an active exception\n");
}

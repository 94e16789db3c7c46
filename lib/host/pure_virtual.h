/*
 * What a C++ program does when a virtual call reaches a class that has no body for it: prints "pure virtual
 * method called" and terminates; a second thread that gets there meanwhile prints "terminate called
 * recursively". Words and order are libstdc++'s.
 *
 * Threads: any. ts_terminate_hook_set before other threads run.
 * Errors: does not return.
 */
#ifndef TS_HOST_PURE_VIRTUAL_H
#define TS_HOST_PURE_VIRTUAL_H

/* Called once before the abort with "pure-virtual-call" or "recursive-terminate"; must be safe in a dying
 * process. */
typedef void (*ts_terminate_hook)(const char *crash_class);

void ts_terminate_hook_set(ts_terminate_hook hook);

_Noreturn void ts_pure_virtual_called(void);

#endif

/*
 * The memory of the process as it is before main, kept, so that a schedule needs no copy of it: a schedule is
 * a process of its own that works in the server's memory (clone with CLONE_VM), and when it has ended the
 * server puts back what it left behind. Its threads, descriptors, signals and timers end with it, as those of
 * a forked one do; what a fork costs, above all a new address space, is saved. (AFL's persistent mode, and
 * vfork, are the models; https://www.kernel.org/doc/html/latest/admin-guide/mm/pagemap.html is how the pages
 * are found.)
 *
 * What is put back: each mapping, and each page that can be written and is the process's own. Not: memory
 * that was read-only, was made writable, written, and made read-only again; what madvise and mlock have said
 * of it.
 *
 * Threads: the server's, on a stack of its own, and as long as a schedule runs, in its wait for it. Compiled
 * without sanitizers; what the server calls between schedules must touch no memory but its stack and what is
 * shared (MAP_SHARED), for all else is the schedule's. Where the system cannot do it (no PAGEMAP_SCAN: before
 * Linux 6.7; not x86-64) there is no image, and schedules are forked.
 */
#ifndef TS_EXPLORE_PROGRAM_IMAGE_H
#define TS_EXPLORE_PROGRAM_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Room for the image, and whether the system can do all this. Once, before the process that is to serve is
 * forked. */
bool ts_image_open(void);

/* Calls `serve` on a stack of its own. It does not return; ts_image_run does, in each schedule, and only
 * there.
 */
void ts_image_run(void (*serve)(void));

/* From `serve`. Keeps the memory as it is now. False: it is too large, or cannot be read. */
bool ts_image_take(void);

/* From `serve`. A process for a schedule; negative: there is none. It returns from ts_image_run. */
pid_t ts_image_begin(void);

/* From `serve`, when that process has ended: the memory is as it was when it was taken. False: it cannot be
 * put back, and nothing may be done in this process any more but to exit. */
bool ts_image_restore(void);

#endif

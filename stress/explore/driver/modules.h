/*
 * Which file an address of another process belonged to, from a copy of its /proc/PID/maps.
 *
 * Threads: one at a time. Ownership: init/read allocate, fini frees.
 */
#ifndef TS_EXPLORE_DRIVER_MODULES_H
#define TS_EXPLORE_DRIVER_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_module_range {
    uintptr_t from, to;
    uintptr_t base;   /* what to subtract for the address as in the file */
    const char *path; /* of the modules' text */
};

struct ts_modules {
    struct ts_module_range *ranges;
    size_t count;
    char *text;
};

/* Replaces what was read before. False, and unchanged, when the file cannot be read or there is no memory. */
bool ts_modules_read(struct ts_modules *modules, const char *path);
void ts_modules_fini(struct ts_modules *modules);

/* The range that holds the address; NULL: none, or no file's. */
const struct ts_module_range *ts_modules_find(const struct ts_modules *modules, uintptr_t address);

#endif

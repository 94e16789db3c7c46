/*
 * The process's memory mappings, read from /proc/self/maps by system calls alone.
 *
 * Threads: the only one. Compiled without sanitizers. Units: bytes.
 */
#ifndef TS_EXPLORE_PROGRAM_MAPPINGS_H
#define TS_EXPLORE_PROGRAM_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_MAPPINGS_MAX 1024u

struct ts_mapping {
    uint64_t begin, end;
    uint64_t offset; /* in the file */
    uint64_t file;   /* its inode; 0: memory of nobody else */
    int rights;      /* PROT_... */
    bool shared;
};

struct ts_mappings {
    size_t count;
    struct ts_mapping mapping[TS_MAPPINGS_MAX]; /* by address */
};

/* False when they cannot be read or are too many. */
bool ts_mappings_read(struct ts_mappings *mappings);

/* Memory that the program can write and that is its own. */
bool ts_mapping_is_own(const struct ts_mapping *mapping);

/* Makes the mappings what `wanted` says, of those that there are `now`. False when that is not possible: a
 * file would have to be mapped. What is in restored memory is undefined. */
bool ts_mappings_restore(const struct ts_mappings *wanted, const struct ts_mappings *now);

#endif

/*
 * A finding: one defect, however often and wherever it showed itself.
 *
 * Two sightings are the same finding when their signatures are equal. A signature is a hash of the finding's
 * kind and of the innermost functions of the stacks that define it, each with the base name of its source
 * file, and what kind of thing was waited for there: no lines, no addresses, no order of the two stacks, so
 * it survives rebuilds, shifted lines and other machines. stress/finding computes it; here it is only read
 * and written.
 *
 * Threads: pure data. Ownership: strings and arrays belong to whoever built the finding (a record, a
 * ts_finding_free-able copy); never NULL strings. Units: sizes in bytes.
 */
#ifndef TS_REPORTS_FINDING_H
#define TS_REPORTS_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_frame {
    const char *function; /* "" when there is no name for it */
    const char *file;     /* source file, relative to the checkout or a bare name; or "" */
    int64_t line;         /* 0 when unknown */
    const char *module;   /* base name of the binary */
    const char *offset;   /* "0x1234" in the module's file */
    bool own;             /* code of the program: neither libc's nor the sanitizer's */
};

/* Roles: "access", "allocation", "free", "thread", "mutex", "lock", "crash", "waiting", "other". */
struct ts_stack {
    const char *role;
    const char *text;   /* for a person: "write of 8 bytes by thread T1 'scan' (holds M3)" */
    const char *thread; /* "T1 'scan'" or "" */
    struct ts_frame *frames;
    size_t frame_count;
    /* The kind of thing that the thread waits for, "mutex": it tells waits in one function apart. NULL or "":
     * not told. Not kept in records. */
    const char *waits_for;
};

struct ts_finding {
    const char *signature; /* "0x" and 16 hexadecimal digits */
    const char
        *kind; /* "race", "memory-error", "leak", "undefined", "deadlock", "hang", "crash", "invariant" */
    const char *title;       /* the two functions, sorted: "fn_a / fn_b"; else what identifies it */
    const char *description; /* the detector's words: "data-race", "heap-use-after-free" */
    const char *location;    /* "heap block of 96 bytes", "global 'counter'", or "" */
    bool lifetime;           /* one side ends the object's life: a free or a destructor */
    struct ts_stack *stacks;
    size_t stack_count;
    int64_t cell; /* where it was seen first in its run */
    int64_t life;
    const char *command; /* repeats it: "tickstorm repro 0x..." */
};

#endif

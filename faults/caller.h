/*
 * Who makes a call: the place behind the call's instruction, in the program or in the library that it tests.
 *
 * A caller is a number, so that the handler can count by it without looking anything up: the offset of the
 * return address in its image, and one bit for which image. Names come from the images' symbol tables, before
 * a life (a rule's name to places) or after it (a place to "function+0x1f").
 *
 * Threads: pure. Ownership: load maps the files, free unmaps them; text is copied. Units: bytes.
 * Errors: TS_NOT_FOUND, TS_MALFORMED: no such file, or no 64-bit ELF file with symbols; TS_UNKNOWN: no
 * function of this name in either image, the name is the diag's subject; TS_LIMIT: more than there is room
 * for.
 */
#ifndef TS_FAULTS_CALLER_H
#define TS_FAULTS_CALLER_H

#include "faults/spec.h"

#define TS_CALLER_LIBRARY   (UINT64_C(1) << 63)
#define TS_CALLER_TEXT_SIZE (TS_FAULT_CALLER_SIZE + 24)

struct ts_caller_image {
    const unsigned char *file; /* NULL: none */
    size_t size;
    uint64_t base; /* address of the image's first byte, as its symbols count */
    const void *symbols;
    size_t symbol_count;
    const char *names;
    size_t names_size;
};

struct ts_callers {
    struct ts_caller_image images[2]; /* program, library */
};

/* library: NULL for none; one that cannot be read is none, for a host that cannot load it says so. */
ts_err ts_callers_load(const char *program, const char *library, struct ts_callers *callers,
                       struct ts_diag *diag);
void ts_callers_free(struct ts_callers *callers);

/* Fills in the places of the rules that name a caller. */
ts_err ts_callers_resolve(const struct ts_callers *callers, struct ts_fault_spec *spec, struct ts_diag *diag);

/* "function+0x1f", or "program+0x1f" and "library+0x1f" where no function is known; as a rule can name it.
 * Returns text. */
const char *ts_caller_text(const struct ts_callers *callers, uint64_t caller, char text[TS_CALLER_TEXT_SIZE]);

#endif

/*
 * The identity of a finding: what stays equal when the same defect shows again in another build or run.
 *
 * Hashed (XXH3, 64 bits): the kind; what else sets the defect apart (a crash's class, an error's
 * description, but not a race's, which depends on who came first); and of each defining stack the innermost
 * three own frames: function, without the compiler's suffixes, and file; and the kind of thing that was
 * waited for there, where that is told. The stacks' order does not count; lines, addresses and threads are
 * not read.
 *
 * Threads: pure functions. Ownership: arguments are read only.
 */
#ifndef TS_FINDING_SIGNATURE_H
#define TS_FINDING_SIGNATURE_H

#include "reports/finding.h"

#define TS_SIGNATURE_SIZE   19 /* "0x", 16 digits, NUL */
#define TS_SIGNATURE_FRAMES 3
#define TS_SIGNATURE_STACKS 64 /* more defining stacks than this are not read */

/* Whether a stack of the role says which defect this is: accesses of a race, also the free of a memory error,
 * the locks of a deadlock, the crash; where a finding has none of these, what it has instead. */
bool ts_signature_defines(const struct ts_finding *finding, const struct ts_stack *stack);

/* Reads the finding's kind and stacks; writes TS_SIGNATURE_SIZE characters. */
void ts_signature_write(const struct ts_finding *finding, const char *distinction, char *text);

/* Whether the defect is about an object's end: a race or a memory error in which one side frees or destroys.
 */
bool ts_finding_is_lifetime(const struct ts_finding *finding);

#endif

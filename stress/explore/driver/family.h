/*
 * A process and the children that it has forked, theirs too, as /proc shows them at one time.
 *
 * Threads: any. Ownership: take allocates, fini frees. Errors: who has ended meanwhile is left out; where the
 * kernel does not tell of children there are none.
 */
#ifndef TS_EXPLORE_DRIVER_FAMILY_H
#define TS_EXPLORE_DRIVER_FAMILY_H

#include "hang/sample.h"

#define TS_FAMILY_MAX 16u /* further ones are not looked at */

struct ts_family_member {
    pid_t process;
    struct ts_hang_sample sample;
};

/* Parents before their children. */
struct ts_family {
    size_t count;
    struct ts_family_member members[TS_FAMILY_MAX];
};

/* False, and to be released all the same, when the process itself is not there. */
bool ts_family_take(pid_t process, struct ts_family *family);

/* NULL: it was not there. */
const struct ts_hang_sample *ts_family_find(const struct ts_family *family, pid_t process);

void ts_family_fini(struct ts_family *family);

#endif

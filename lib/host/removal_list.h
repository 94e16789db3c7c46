/*
 * Strategies whose removal somebody asked for and the owner has yet to carry out, by epoch: an epoch names
 * one object for good, where a slot or an address may have another tenant by then.
 *
 * Threads: ask and has by any thread, also inside callbacks; at and clear by the owner. Progress: wait-free.
 * Order: relaxed, all of it. A number carries no data; what protects the strategy in its delivery mode orders
 * the teardown after the callback that asked for it.
 */
#ifndef TS_HOST_REMOVAL_LIST_H
#define TS_HOST_REMOVAL_LIST_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TS_REMOVALS_MAX 64

struct ts_removal_list {
    _Atomic uint32_t count; /* no less than the epochs in the list; 0 spares the look at them */
    _Atomic uint64_t epochs[TS_REMOVALS_MAX];
    bool begun[TS_REMOVALS_MAX]; /* the owner's note: dying, but not gone yet; false again when cleared */
};

/* TS_OK; TS_EMPTY when it was asked for already, so that asking twice is asking once; TS_FULL. epoch > 0. */
ts_err ts_removal_list_ask(struct ts_removal_list *list, uint64_t epoch);
bool ts_removal_list_has(const struct ts_removal_list *list, uint64_t epoch);
/* The owner's walk, by place below TS_REMOVALS_MAX: the epoch there, 0 for none. It stays until it is
 * cleared, which is when the strategy is gone: a callback finds it here or does not find the strategy. */
uint64_t ts_removal_list_at(const struct ts_removal_list *list, uint32_t place);
void ts_removal_list_clear(struct ts_removal_list *list, uint32_t place);

#endif

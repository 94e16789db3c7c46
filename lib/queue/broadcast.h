/*
 * Single-producer multi-consumer broadcast buffer: every consumer sees every item from where it joined.
 *
 * Items of a fixed size stand in blocks of a fixed number of items; the blocks form a chain. A consumer holds
 * a token with its position. A block that every consumer has left is used again, so memory is bounded: all
 * blocks are allocated when the buffer is created.
 *
 * When no block is free the slow-consumer policy decides: `gate` makes the producer wait (claim returns
 * NULL), `evict` throws the slowest consumers out. An evicted consumer may finish the block it stands in, is
 * then told how many items it lost (TS_LAGGED) and goes on from the oldest kept. The block that it stands in
 * is withheld until then; that costs at most one block a consumer, which are allocated beside max_blocks.
 *
 * Unlike a buffer with a growing table of blocks, nothing that a reader indexes is ever reallocated: a reader
 * follows the link of the block that it has pinned.
 *
 * Threads: claim and commit by one producer thread; peek and advance by the thread that owns the token; join
 * by that thread or before it starts; leave by that thread or after its end; published, lag and stats by any.
 * Ownership: the buffer owns blocks and tokens. An item from peek is valid until the next peek or leave of
 * the token. Progress: claim and peek are wait-free inside a block; at a block's end claim takes a mutex
 * (shared with join, leave and the recovery of an evicted consumer, none of which holds it longer than a walk
 * over the chain).
 *
 * Order:
 *   ITEM  commit stores `published` with release; peek loads it with acquire: the consumer sees the item, and
 * the link to the block that holds it. PIN   a consumer leaves a block by a store of its `pin` with
 * release, a compare-exchange where the producer may evict it; the producer loads `pin` with acquire before
 * it uses the block again: the consumer's reads are over. JOIN  join, leave, recovery and the recycling of
 * blocks exclude each other by the mutex.
 */
#ifndef TS_QUEUE_BROADCAST_H
#define TS_QUEUE_BROADCAST_H

#include "base/err.h"

#include <stdint.h>

enum ts_slow_consumer_policy { TS_SLOW_CONSUMER_GATE, TS_SLOW_CONSUMER_EVICT };

enum ts_join_at { TS_JOIN_NOW, TS_JOIN_OLDEST };

struct ts_broadcast_options {
    uint32_t item_size;     /* bytes, > 0; items are aligned to 8 */
    uint32_t block_items;   /* > 0 */
    uint32_t max_blocks;    /* >= 2 */
    uint32_t max_consumers; /* > 0 */
    uint32_t retain_blocks; /* blocks kept for late joiners although all consumers have left them; <
                               max_blocks - 1 */
    enum ts_slow_consumer_policy policy;
};

struct ts_broadcast_stats {
    uint64_t published;
    uint64_t gated; /* claims refused because no block was free */
    uint64_t evictions;
    uint64_t lost; /* items that evicted consumers were told they lost */
    uint32_t consumers;
    uint32_t blocks_allocated; /* constant after create */
    uint32_t blocks_free;
};

struct ts_broadcast;
struct ts_broadcast_token;

ts_err ts_broadcast_create(const struct ts_broadcast_options *options, struct ts_broadcast **buffer,
                           struct ts_diag *diag);
/* All tokens must have left or be out of use. */
void ts_broadcast_destroy(struct ts_broadcast *buffer);

/* Room for the next item, to be written in place; NULL when gated. A claim without commit is void. */
void *ts_broadcast_claim(struct ts_broadcast *buffer);
void ts_broadcast_commit(struct ts_broadcast *buffer);
/* Asks for the lines of the item that is claimed next, so that they come while the producer does something
 * else. Worth it after each commit where another processor reads; nothing depends on it. */
void ts_broadcast_prefetch(const struct ts_broadcast *buffer);

/*
 * The same by the run: room for up to *count items, one behind the other at item_size rounded up to 8, as
 * many as the block holds; *count says how many. The consumers see them together, after the commit of as many
 * of them as were written: who holds a run back while it waits for something lets the consumers wait for it.
 */
void *ts_broadcast_claim_run(struct ts_broadcast *buffer, uint32_t *count);
void ts_broadcast_commit_run(struct ts_broadcast *buffer, uint32_t count);

/* TS_LIMIT when max_consumers tokens are out; *token is untouched then. */
ts_err ts_broadcast_join(struct ts_broadcast *buffer, enum ts_join_at at, struct ts_broadcast_token **token);
void ts_broadcast_leave(struct ts_broadcast_token *token);

/*
 * The consumer's next item. TS_OK: *item is set; TS_EMPTY: none yet; TS_LAGGED: evicted, *lost items are
 * missing (call again for the item that follows the hole).
 */
ts_err ts_broadcast_peek(struct ts_broadcast_token *token, const void **item, uint64_t *lost);
void ts_broadcast_advance(struct ts_broadcast_token *token);

/* The same by the run: with TS_OK *count items stand at *items, one behind the other, all that were published
 * when the consumer last looked and that its block holds. All of them are valid until the next peek or leave.
 */
ts_err ts_broadcast_peek_run(struct ts_broadcast_token *token, const void **items, uint32_t *count,
                             uint64_t *lost);
void ts_broadcast_advance_run(struct ts_broadcast_token *token, uint32_t count);

/* Sequence number, from 0, of the item that peek returns next. */
uint64_t ts_broadcast_position(const struct ts_broadcast_token *token);

/* Items committed so far. */
uint64_t ts_broadcast_published(const struct ts_broadcast *buffer);

struct ts_broadcast_stats ts_broadcast_stats(struct ts_broadcast *buffer);

#endif

#include "queue/broadcast.h"

#include "base/probe.h"
#include "base/thread.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FETCH_MAX   4096u /* bytes: what a core has on its way at a time, some times over */
#define FETCH_AHEAD 2048u /* bytes of the next block, which come while this one is written */

struct block {
    _Atomic(struct block *) next;
    uint64_t number;          /* place in the chain, from 0; under the mutex and by whoever has it pinned */
    uint64_t base;            /* sequence number of its first item */
    struct block *freed_next; /* list of free blocks */
    _Alignas(TS_CACHE_LINE) unsigned char items[];
};

/* pin = number of the block the consumer stands in, times two, plus EVICTED. */
#define PIN_EVICTED UINT64_C(1)

struct ts_broadcast_token {
    _Alignas(TS_CACHE_LINE) _Atomic uint64_t pin;
    /* Under the mutex. */
    bool in_use;
    struct block *withheld; /* the block an evicted consumer stands in, once it has left the chain */
    /* The consumer's own. */
    _Alignas(TS_CACHE_LINE) struct ts_broadcast *buffer;
    struct block *block;
    uint64_t number, base; /* the block's: its own line is the producer's, and comes late */
    uint64_t next;
    uint64_t seen;
};

struct ts_broadcast {
    struct ts_broadcast_options options;
    uint64_t stride;
    unsigned char *memory;
    uint32_t blocks_allocated;
    struct ts_broadcast_token *tokens;

    /* The producer's own. */
    _Alignas(TS_CACHE_LINE) bool streaming; /* the last run held more than one item */
    struct block *newest;
    const struct block *ahead; /* the first free one when newest was opened; NULL: there was none */
    uint64_t write;

    _Alignas(TS_CACHE_LINE) _Atomic uint64_t published;

    /* Under the mutex. */
    _Alignas(TS_CACHE_LINE) pthread_mutex_t mutex;
    struct block *oldest;
    struct block *free_first, *free_last;
    uint32_t free_count;
    uint32_t consumers;
    uint64_t gated, evictions, lost;
};

static size_t round_up(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static ts_err check_options(const struct ts_broadcast_options *options, struct ts_diag *diag)
{
    if (options->item_size == 0 || options->item_size > 1u << 20 || options->block_items == 0 ||
        options->block_items > 1u << 20 || options->max_blocks < 2 || options->max_blocks > 1u << 20 ||
        options->max_consumers == 0 || options->max_consumers > 1024 ||
        options->retain_blocks >= options->max_blocks - 1) {
        return ts_fail(diag, TS_INVALID, "create broadcast buffer", NULL,
                       "items of %u bytes, %u a block, %u blocks (%u retained), %u consumers",
                       options->item_size, options->block_items, options->max_blocks, options->retain_blocks,
                       options->max_consumers);
    }
    return TS_OK;
}

/* The block that was free the longest is used first: the lines of the last one freed are still where it was
 * read, and blocks that follow each other in memory are what a processor guesses. */
static void put_free(struct ts_broadcast *buffer, struct block *block)
{
    block->freed_next = NULL;
    if (buffer->free_first == NULL) {
        buffer->free_first = block;
    } else {
        buffer->free_last->freed_next = block;
    }
    buffer->free_last = block;
    buffer->free_count++;
}

static struct block *take_free(struct ts_broadcast *buffer)
{
    struct block *block = buffer->free_first;
    if (block != NULL) {
        buffer->free_first = block->freed_next;
        buffer->free_count--;
    }
    return block;
}

static void begin_block(struct block *block, uint64_t number, uint64_t base)
{
    block->number = number;
    block->base = base;
    atomic_store_explicit(&block->next, NULL,
                          memory_order_relaxed); /* published with the block's first item (ITEM) */
}

ts_err ts_broadcast_create(const struct ts_broadcast_options *options, struct ts_broadcast **result,
                           struct ts_diag *diag)
{
    ts_err error = check_options(options, diag);
    if (error != TS_OK) {
        return error;
    }
    struct ts_broadcast *buffer = aligned_alloc(TS_CACHE_LINE, round_up(sizeof *buffer, TS_CACHE_LINE));
    if (buffer == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create broadcast buffer", NULL, "out of memory");
    }
    memset(buffer, 0, sizeof *buffer);
    buffer->options = *options;
    buffer->stride = round_up(options->item_size, 8);
    size_t block_bytes =
        round_up(sizeof(struct block) + options->block_items * buffer->stride, TS_CACHE_LINE);
    bool evicts = options->policy == TS_SLOW_CONSUMER_EVICT;
    buffer->blocks_allocated = options->max_blocks + (evicts ? options->max_consumers : 0);
    buffer->memory = aligned_alloc(TS_CACHE_LINE, block_bytes * buffer->blocks_allocated);
    size_t token_bytes = options->max_consumers * sizeof *buffer->tokens;
    buffer->tokens = aligned_alloc(TS_CACHE_LINE, token_bytes);
    if (buffer->memory == NULL || buffer->tokens == NULL) {
        free(buffer->memory);
        free(buffer->tokens);
        free(buffer);
        return ts_fail(diag, TS_NO_MEMORY, "create broadcast buffer", NULL, "%u blocks of %zu bytes",
                       options->max_blocks, block_bytes);
    }
    memset(buffer->tokens, 0, token_bytes);
    for (uint32_t i = 0; i < buffer->blocks_allocated; i++) {
        put_free(buffer, (struct block *)(void *)(buffer->memory + i * block_bytes));
    }
    buffer->newest = buffer->oldest = take_free(buffer);
    TS_ASSERT(buffer->newest != NULL);
    begin_block(buffer->newest, 0, 0);
    pthread_mutex_init(&buffer->mutex, NULL);
    *result = buffer;
    return TS_OK;
}

void ts_broadcast_destroy(struct ts_broadcast *buffer)
{
    if (buffer == NULL) {
        return;
    }
    pthread_mutex_destroy(&buffer->mutex);
    free(buffer->tokens);
    free(buffer->memory);
    free(buffer);
}

/* The smallest block number that a consumer still reads; an evicted one holds its block back otherwise. */
static uint64_t slowest_block(struct ts_broadcast *buffer)
{
    uint64_t slowest = buffer->newest->number;
    for (uint32_t i = 0; i < buffer->options.max_consumers; i++) {
        struct ts_broadcast_token *token = &buffer->tokens[i];
        if (token->in_use) {
            uint64_t pin = atomic_load_explicit(&token->pin, memory_order_acquire); /* PIN acquire */
            if ((pin & PIN_EVICTED) == 0 && pin / 2 < slowest) {
                slowest = pin / 2;
            }
        }
    }
    return slowest;
}

/* Gives the block that has just left the chain to the free list, or to the evicted consumer that stands in
 * it. */
static void retire(struct ts_broadcast *buffer, struct block *block)
{
    for (uint32_t i = 0; i < buffer->options.max_consumers; i++) {
        struct ts_broadcast_token *token = &buffer->tokens[i];
        /* Relaxed: only this thread sets EVICTED, and a consumer with it set changes pin under the mutex
         * only. */
        uint64_t pin = token->in_use ? atomic_load_explicit(&token->pin, memory_order_relaxed) : 0;
        if ((pin & PIN_EVICTED) != 0 && pin / 2 == block->number && token->withheld == NULL) {
            token->withheld = block;
            return;
        }
    }
    put_free(buffer, block);
}

static void reclaim(struct ts_broadcast *buffer, uint64_t keep_from)
{
    while (buffer->oldest->number < keep_from) {
        struct block *block = buffer->oldest;
        buffer->oldest =
            atomic_load_explicit(&block->next, memory_order_relaxed); /* written by this thread */
        retire(buffer, block);
    }
}

/* Throws out every consumer that still stands in the oldest block, so that it can be reclaimed. */
static void evict_slowest(struct ts_broadcast *buffer)
{
    for (uint32_t i = 0; i < buffer->options.max_consumers; i++) {
        struct ts_broadcast_token *token = &buffer->tokens[i];
        uint64_t word = buffer->oldest->number * 2;
        /* Acquire (PIN): on failure the consumer has just left the block, and its reads there are over. */
        if (token->in_use &&
            atomic_compare_exchange_strong_explicit(&token->pin, &word, word | PIN_EVICTED,
                                                    memory_order_acquire, memory_order_acquire)) {
            buffer->evictions++;
        }
    }
    TS_PROBE_PAUSE(BROADCAST_EVICT_MARKED);
}

/*
 * A second evicted consumer may stand in a block that is withheld for a first one. The block is free when
 * none does.
 */
static void hand_over_withheld(struct ts_broadcast *buffer, struct ts_broadcast_token *token)
{
    struct block *block = token->withheld;
    token->withheld = NULL;
    if (block != NULL) {
        retire(buffer, block);
    }
}

static bool open_block(struct ts_broadcast *buffer)
{
    pthread_mutex_lock(&buffer->mutex); /* JOIN */
    uint64_t keep_from = slowest_block(buffer);
    TS_PROBE_PAUSE(BROADCAST_OPEN_RECLAIM);
    uint64_t retained = buffer->newest->number >= buffer->options.retain_blocks
                            ? buffer->newest->number - buffer->options.retain_blocks
                            : 0;
    reclaim(buffer, keep_from < retained ? keep_from : retained);
    /* A chain of one block cannot be full, also not by a fault. */
    bool chain_full = buffer->newest->number - buffer->oldest->number + 1 >=
                      (TS_PROBE(BROADCAST_OPEN_FULL) ? 2 : buffer->options.max_blocks);
    if (chain_full && buffer->options.policy == TS_SLOW_CONSUMER_EVICT) {
        evict_slowest(buffer);
        reclaim(buffer, buffer->oldest->number + 1);
        chain_full = false;
    }
    struct block *block = chain_full ? NULL : take_free(buffer);
    if (block == NULL) {
        buffer->gated++;
    } else {
        begin_block(block, buffer->newest->number + 1, buffer->write);
        TS_PROBE_PAUSE(BROADCAST_OPEN_LINK);
        /* Relaxed: readers come to the link through `published` (ITEM) or the mutex (JOIN). */
        atomic_store_explicit(&buffer->newest->next, block, memory_order_relaxed);
        buffer->newest = block;
        buffer->ahead = buffer->free_first;
    }
    pthread_mutex_unlock(&buffer->mutex);
    return block != NULL;
}

void *ts_broadcast_claim(struct ts_broadcast *buffer)
{
    if (buffer->write - buffer->newest->base == buffer->options.block_items && !open_block(buffer)) {
        return NULL;
    }
    return buffer->newest->items + (buffer->write - buffer->newest->base) * buffer->stride;
}

void ts_broadcast_commit(struct ts_broadcast *buffer)
{
    buffer->write++;
    TS_PROBE_PAUSE(BROADCAST_COMMIT_PUBLISH);
    atomic_store_explicit(&buffer->published, buffer->write, memory_order_release); /* ITEM release */
}

/* Stands the token in `block` at sequence number `next`; under the mutex. */
static void place(struct ts_broadcast_token *token, struct block *block, uint64_t next)
{
    token->block = block;
    token->number = block->number;
    token->base = block->base;
    token->next = next;
    token->seen = next;
    /* Relaxed: the producer reads it under the mutex that is held here (JOIN). */
    atomic_store_explicit(&token->pin, block->number * 2, memory_order_relaxed);
}

ts_err ts_broadcast_join(struct ts_broadcast *buffer, enum ts_join_at at, struct ts_broadcast_token **result)
{
    struct ts_broadcast_token *token = NULL;
    pthread_mutex_lock(&buffer->mutex); /* JOIN */
    for (uint32_t i = 0; i < buffer->options.max_consumers && token == NULL; i++) {
        token = buffer->tokens[i].in_use ? NULL : &buffer->tokens[i];
    }
    if (token != NULL) {
        struct block *block = buffer->oldest;
        uint64_t next = block->base;
        if (at == TS_JOIN_NOW) {
            next = atomic_load_explicit(&buffer->published, memory_order_acquire); /* ITEM acquire */
            while (next - block->base > buffer->options.block_items) {
                block = atomic_load_explicit(&block->next,
                                             memory_order_relaxed); /* exists: an item beyond is out */
            }
        }
        TS_PROBE_PAUSE(BROADCAST_JOIN_PLACE);
        token->buffer = buffer;
        token->in_use = true;
        token->withheld = NULL;
        place(token, block, next);
        buffer->consumers++;
    }
    pthread_mutex_unlock(&buffer->mutex);
    if (token == NULL) {
        return TS_LIMIT;
    }
    *result = token;
    return TS_OK;
}

void ts_broadcast_leave(struct ts_broadcast_token *token)
{
    struct ts_broadcast *buffer = token->buffer;
    pthread_mutex_lock(&buffer->mutex); /* JOIN */
    token->in_use = false;
    hand_over_withheld(buffer, token);
    buffer->consumers--;
    pthread_mutex_unlock(&buffer->mutex);
}

/* An evicted consumer gives its block back and starts again at the oldest. Returns how many items it lost. */
static uint64_t recover(struct ts_broadcast_token *token)
{
    struct ts_broadcast *buffer = token->buffer;
    TS_PROBE_PAUSE(BROADCAST_RECOVER_ENTER);
    pthread_mutex_lock(&buffer->mutex); /* JOIN */
    uint64_t lost = buffer->oldest->base - token->next;
    place(token, buffer->oldest, buffer->oldest->base);
    hand_over_withheld(buffer, token);
    buffer->lost += lost;
    pthread_mutex_unlock(&buffer->mutex);
    return lost;
}

/* The block behind the one that the token has read to its end. */
static void enter(struct ts_broadcast_token *token, struct block *block)
{
    token->block = block;
    token->number++;
    token->base = token->next;
}

/* Moves from the end of a block to the next one. Returns the number of items lost, 0 when all went well. Not
 * inline: peek saves no registers for it at each item. */
__attribute__((noinline)) static uint64_t leave_block(struct ts_broadcast_token *token)
{
    struct block *block = token->block;
    /* Relaxed: an item beyond this block is published (ITEM), and the link was written before it. */
    struct block *next = atomic_load_explicit(&block->next, memory_order_relaxed);
    uint64_t word = token->number * 2;
    TS_PROBE_PAUSE(BROADCAST_LEAVE_BLOCK);
    if (token->buffer->options.policy == TS_SLOW_CONSUMER_GATE) {
        /* Nobody evicts: the pin is this thread's alone, and a store does not wait for its line. */
        atomic_store_explicit(&token->pin, word + 2, memory_order_release); /* PIN release */
        enter(token, next);
        return 0;
    }
    /* PIN release: the reads of the old block are over. Failure means evicted; the mutex orders the rest. */
    if (atomic_compare_exchange_strong_explicit(&token->pin, &word, word + 2, memory_order_release,
                                                memory_order_relaxed)) {
        enter(token, next);
        return 0;
    }
    return recover(token);
}

ts_err ts_broadcast_peek(struct ts_broadcast_token *token, const void **item, uint64_t *lost)
{
    const struct ts_broadcast *buffer = token->buffer;
    if (token->next == token->seen) {
        token->seen = atomic_load_explicit(&buffer->published, memory_order_acquire); /* ITEM acquire */
        if (token->next == token->seen) {
            return TS_EMPTY;
        }
        TS_PROBE_PAUSE(BROADCAST_PEEK_LOADED);
    }
    if (token->next - token->base == buffer->options.block_items) {
        uint64_t missing = leave_block(token);
        if (missing != 0) {
            *lost = missing;
            return TS_LAGGED;
        }
        if (token->next == token->seen) {
            return ts_broadcast_peek(token, item,
                                     lost); /* recovered without loss: look at `published` again */
        }
    }
    *item = token->block->items + (token->next - token->base) * buffer->stride;
    return TS_OK;
}

void ts_broadcast_advance(struct ts_broadcast_token *token)
{
    TS_PROBE_PAUSE(BROADCAST_ADVANCE_READ);
    token->next++;
}

/* Gets lines for writing, the many at once that will be needed one after the other. */
static void fetch(const unsigned char *items, uint64_t bytes)
{
    uint64_t end = bytes < FETCH_MAX ? bytes : FETCH_MAX;
    for (uint64_t at = 0; at < end; at += TS_CACHE_LINE) {
        ts_prefetch_write(items + at);
    }
}

void ts_broadcast_prefetch(const struct ts_broadcast *buffer)
{
    uint64_t at = buffer->write - buffer->newest->base;
    if (at < buffer->options.block_items) { /* which block comes behind this one is not known yet */
        fetch(buffer->newest->items + at * buffer->stride, buffer->stride);
    }
}

/* Each of the four is made of the one for an item: what orders an item orders a run. */
void *ts_broadcast_claim_run(struct ts_broadcast *buffer, uint32_t *count)
{
    void *items = ts_broadcast_claim(buffer);
    uint64_t left = buffer->options.block_items - (buffer->write - buffer->newest->base);
    *count = items == NULL ? 0 : left < *count ? (uint32_t)left : *count;
    if (buffer->streaming) {
        fetch(items, *count * buffer->stride);
        if (buffer->ahead != NULL && *count == left) { /* the next run is in another block, likely that one */
            uint64_t bytes = buffer->options.block_items * buffer->stride;
            fetch(buffer->ahead->items, bytes < FETCH_AHEAD ? bytes : FETCH_AHEAD);
        }
    }
    return items;
}

void ts_broadcast_commit_run(struct ts_broadcast *buffer, uint32_t count)
{
    buffer->streaming = count > 1;
    if (count > 0) {
        buffer->write += count - 1;
        ts_broadcast_commit(buffer);
    }
}

ts_err ts_broadcast_peek_run(struct ts_broadcast_token *token, const void **items, uint32_t *count,
                             uint64_t *lost)
{
    ts_err error = ts_broadcast_peek(token, items, lost);
    if (error == TS_OK) {
        uint64_t in_block = token->base + token->buffer->options.block_items - token->next;
        uint64_t out = token->seen - token->next;
        *count = (uint32_t)(out < in_block ? out : in_block);
    }
    return error;
}

void ts_broadcast_advance_run(struct ts_broadcast_token *token, uint32_t count)
{
    if (count > 0) {
        token->next += count - 1;
        ts_broadcast_advance(token);
    }
}

uint64_t ts_broadcast_position(const struct ts_broadcast_token *token)
{
    return token->next;
}

uint64_t ts_broadcast_published(const struct ts_broadcast *buffer)
{
    return atomic_load_explicit(&buffer->published, memory_order_acquire); /* ITEM acquire */
}

struct ts_broadcast_stats ts_broadcast_stats(struct ts_broadcast *buffer)
{
    pthread_mutex_lock(&buffer->mutex); /* JOIN */
    struct ts_broadcast_stats stats = {
        .published = ts_broadcast_published(buffer),
        .gated = buffer->gated,
        .evictions = buffer->evictions,
        .lost = buffer->lost,
        .consumers = buffer->consumers,
        .blocks_allocated = buffer->blocks_allocated,
        .blocks_free = buffer->free_count,
    };
    pthread_mutex_unlock(&buffer->mutex);
    return stats;
}

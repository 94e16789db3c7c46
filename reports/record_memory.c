/* What a record points to. */
#include "reports/record_line.h"

#include <stdlib.h>

/* All that a record keeps is freed at once, and most of it is small: pieces are cut from blocks, which hang
 * in one chain. */
struct ts_record_block {
    struct ts_record_block *next;
    size_t used, room;
    max_align_t memory[];
};

#define BLOCK_BYTES ((size_t)64 << 10)
#define LARGE_BYTES (BLOCK_BYTES / 8) /* has a block of its own */

static struct ts_record_block *new_block(struct ts_record *record, size_t room)
{
    struct ts_record_block *block = calloc(1, sizeof *block + room);
    if (block != NULL) {
        block->room = room;
        block->next = record->blocks;
        record->blocks = block;
    }
    return block;
}

void *ts_record_keep(struct ts_record *record, size_t size)
{
    const size_t unit = sizeof(max_align_t);
    size_t rounded = size > SIZE_MAX / 2 ? size : (size + unit - 1) / unit * unit;
    struct ts_record_block *block = record->blocks;
    if (rounded >= LARGE_BYTES) {
        /* Behind the block that is being cut, which stays the first. */
        struct ts_record_block *own = new_block(record, rounded);
        if (own != NULL && block != NULL) {
            record->blocks = block;
            own->next = block->next;
            block->next = own;
        }
        return own == NULL ? NULL : own->memory;
    }
    if (block == NULL || block->room - block->used < rounded || block->room != BLOCK_BYTES) {
        block = new_block(record, BLOCK_BYTES);
    }
    if (block == NULL) {
        return NULL;
    }
    void *piece = (char *)block->memory + block->used;
    block->used += rounded;
    return piece;
}

void ts_record_adopt(struct ts_record *record, struct ts_record *other)
{
    struct ts_record_block **end = &record->blocks; /* behind the block that is being cut */
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = other->blocks;
    other->blocks = NULL;
    ts_record_free(other);
}

void ts_record_free(struct ts_record *record)
{
    if (record == NULL) {
        return;
    }
    while (record->blocks != NULL) {
        struct ts_record_block *block = record->blocks;
        record->blocks = block->next;
        free(block);
    }
    free(record->cells);
    free(record->lives);
    free(record->findings);
    free(record);
}

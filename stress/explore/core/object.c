#include "explore/core/object.h"

#include <stddef.h>

#define TABLE (2 * TS_OBJECTS_MAX)

static struct ts_object table[TABLE];
static uint32_t generation;
static uint32_t used;

void ts_objects_begin(void)
{
    generation++;
    used = 0;
}

static uint32_t slot_of(const void *address)
{
    return (uint32_t)(((uintptr_t)address >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % TABLE;
}

struct ts_object *ts_object_find(const void *address)
{
    uint32_t slot = slot_of(address);
    while (table[slot].generation == generation) {
        if (table[slot].address == address) {
            return &table[slot];
        }
        slot = (slot + 1) % TABLE;
    }
    return NULL;
}

void ts_objects_abandon(uint32_t thread, void (*changed)(const struct ts_object *object))
{
    for (uint32_t i = 0; i < TABLE; i++) {
        struct ts_object *object = &table[i];
        if (object->generation == generation && object->holder == (int32_t)thread &&
            object->detail == TS_OBJECT_ROBUST) {
            object->holder = TS_NOBODY;
            object->depth = 0;
            changed(object);
        }
    }
}

void ts_object_reset(struct ts_object *object)
{
    object->holder = TS_NOBODY;
    object->depth = 0;
    object->readers = 0;
    object->count = 0;
    object->detail = 0;
}

struct ts_object *ts_object_at(const void *address)
{
    uint32_t slot = slot_of(address);
    while (table[slot].generation == generation) {
        if (table[slot].address == address) {
            return &table[slot];
        }
        slot = (slot + 1) % TABLE;
    }
    if (used == TS_OBJECTS_MAX) {
        return NULL;
    }
    struct ts_object *object = &table[slot];
    object->address = address;
    object->generation = generation;
    object->id = ++used;
    object->changed = 0;
    object->last_write = 0;
    object->last_reads = 0;
    ts_object_reset(object);
    return object;
}

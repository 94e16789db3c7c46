#include "explore/strategy/profile.h"

#include "base/random.h"

#include <stddef.h>

#define LINE_SLOTS   (2 * TS_PROFILE_LINES)
#define OBJECT_SLOTS (2 * TS_PROFILE_OBJECTS)
#define COUNT_SLOTS  (2 * TS_PROFILE_COUNTS)

static uint32_t line_of(struct ts_profile *profile, uint64_t descent, uint32_t parent)
{
    uint32_t slot = (uint32_t)(descent % LINE_SLOTS);
    for (; profile->line_slot[slot] != 0; slot = (slot + 1) % LINE_SLOTS) {
        uint32_t line = profile->line_slot[slot] - 1u;
        if (profile->line[line].descent == descent) {
            return line;
        }
    }
    if (profile->line_count == TS_PROFILE_LINES) {
        return TS_PROFILE_NONE;
    }
    uint32_t line = profile->line_count++;
    profile->line_slot[slot] = (uint16_t)(line + 1);
    profile->line[line] = (struct ts_profile_line){.descent = descent, .parent = parent};
    return line;
}

uint32_t ts_profile_root(struct ts_profile *profile)
{
    return line_of(profile, 1, TS_PROFILE_NONE);
}

uint32_t ts_profile_child(struct ts_profile *profile, uint32_t parent, uint32_t number)
{
    return parent == TS_PROFILE_NONE
               ? TS_PROFILE_NONE
               : line_of(profile, ts_seed_mix(profile->line[parent].descent, number), parent);
}

uint32_t ts_profile_object(struct ts_profile *profile, const void *address)
{
    uintptr_t key = (uintptr_t)address;
    uint32_t slot = (uint32_t)(ts_hash64(key) % OBJECT_SLOTS);
    for (; profile->object_slot[slot] != 0; slot = (slot + 1) % OBJECT_SLOTS) {
        uint32_t object = profile->object_slot[slot] - 1u;
        if (profile->object[object].address == key) {
            return object;
        }
    }
    if (profile->object_count == TS_PROFILE_OBJECTS) {
        return TS_PROFILE_NONE;
    }
    uint32_t object = profile->object_count++;
    profile->object_slot[slot] = (uint16_t)(object + 1);
    profile->object[object] = (struct ts_profile_object){.address = key, .line = TS_PROFILE_NONE};
    return object;
}

static struct ts_profile_count *count_of(struct ts_profile *profile, uint32_t line, uint32_t object)
{
    uint32_t slot = (uint32_t)(ts_hash64((uint64_t)line << 32 | object) % COUNT_SLOTS);
    for (; profile->count_slot[slot] != 0; slot = (slot + 1) % COUNT_SLOTS) {
        struct ts_profile_count *count = &profile->count[profile->count_slot[slot] - 1u];
        if (count->line == line && count->object == object) {
            return count;
        }
    }
    if (profile->count_count == TS_PROFILE_COUNTS) {
        return NULL;
    }
    uint32_t place = profile->count_count++;
    profile->count_slot[slot] = (uint16_t)(place + 1);
    profile->count[place] = (struct ts_profile_count){.line = line, .object = object, .average = 0};
    return &profile->count[place];
}

static void note_object(struct ts_profile_object *object, uint32_t line, uint64_t schedule)
{
    object->several = object->several || (object->line != TS_PROFILE_NONE && object->line != line);
    object->line = object->line == TS_PROFILE_NONE ? line : object->line;
    object->seen_in = schedule + 1;
}

void ts_profile_note(struct ts_profile *profile, uint32_t line, uint32_t object, bool writes,
                     uint64_t schedule, uint32_t *hint)
{
    if (line == TS_PROFILE_NONE || object == TS_PROFILE_NONE) {
        return;
    }
    struct ts_profile_count *count = &profile->count[*hint];
    if (*hint >= profile->count_count || count->line != line || count->object != object || count->now == 0) {
        note_object(&profile->object[object], line, schedule);
        count = count_of(profile, line, object);
        if (count == NULL) {
            return;
        }
        *hint = (uint32_t)(count - profile->count);
    }
    profile->object[object].written |= writes;
    count->now++;
}

static void forget(struct ts_profile *profile)
{
    profile->line_count = 0;
    profile->object_count = 0;
    profile->count_count = 0;
    for (uint32_t i = 0; i < LINE_SLOTS; i++) {
        profile->line_slot[i] = 0;
    }
    for (uint32_t i = 0; i < OBJECT_SLOTS; i++) {
        profile->object_slot[i] = 0;
    }
    for (uint32_t i = 0; i < COUNT_SLOTS; i++) {
        profile->count_slot[i] = 0;
    }
}

void ts_profile_close(struct ts_profile *profile)
{
    if (profile->line_count == TS_PROFILE_LINES || profile->object_count == TS_PROFILE_OBJECTS ||
        profile->count_count == TS_PROFILE_COUNTS) {
        forget(profile);
        return;
    }
    for (uint32_t i = 0; i < profile->count_count; i++) {
        struct ts_profile_count *count = &profile->count[i];
        uint32_t now = count->now < (1u << 20) ? count->now * 16 : 1u << 24;
        /* The first time it is taken as it is: what follows moves it by a quarter. */
        count->average = count->average == 0 ? now : (count->average * 3 + now + 2) / 4;
        count->now = 0;
    }
}

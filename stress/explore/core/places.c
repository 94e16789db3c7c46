/*
 * Which memory is shared. A point before every access would drown the search in steps that nobody else can
 * see; only memory that several threads have used while they were alive, with a write among the accesses, is
 * worth a decision. What is learned in one schedule serves the next.
 */
#include "explore/core/state.h"

#define WRITTEN 1u
#define SEVERAL 2u

bool ts_sched_is_shared(uint32_t thread, const void *address, bool writes)
{
    struct ts_arena *arena = ts_sched.arena;
    uintptr_t granule = (uintptr_t)address / 8;
    uint32_t slot = (uint32_t)(granule * UINT64_C(0x9e3779b97f4a7c15) >> 40) % TS_SHARED_PLACES;
    while (arena->places[slot].granule != granule) {
        if (arena->places[slot].granule == 0) {
            if (arena->place_count >= TS_SHARED_PLACES / 4 * 3) {
                return true; /* no room to learn: consider everything */
            }
            arena->place_count++;
            arena->places[slot] = (struct ts_place){
                .granule = granule, .thread = (uint16_t)thread, .flags = writes ? WRITTEN : 0};
            return false;
        }
        slot = (slot + 1) % TS_SHARED_PLACES;
    }
    struct ts_place *place = &arena->places[slot];
    if (place->shared == 0) {
        place->flags |= (uint8_t)((writes ? WRITTEN : 0) | (place->thread != thread ? SEVERAL : 0));
        place->shared = place->flags == (WRITTEN | SEVERAL);
        arena->shared_places += place->shared;
    }
    return place->shared != 0;
}

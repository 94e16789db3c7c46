/*
 * Tells a thread that spins from one that works: the last few reads all found what the same thread had read
 * there before, and it has written nothing since.
 *
 * A false alarm costs nothing but order: the thread is not chosen until somebody writes to one of the places,
 * or nobody else can go on.
 */
#ifndef TS_EXPLORE_CORE_SPIN_H
#define TS_EXPLORE_CORE_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#define TS_SPIN_PLACES 4u
#define TS_SPIN_READS  12u /* without anything new */
#define TS_SPIN_POLLS  40u /* until a loop that sleeps is taken for one that only others can end */

struct ts_spin {
    uintptr_t granule[TS_SPIN_PLACES]; /* address / 8; 0: free */
    uint64_t value[TS_SPIN_PLACES];
    uint32_t writes[TS_SPIN_PLACES]; /* of all threads, when it was read */
    uint32_t repeats;
    uint8_t next;
    bool clock;  /* it has read the clock meanwhile, */
    bool sleeps; /* or slept */
};

static inline void ts_spin_clear(struct ts_spin *spin)
{
    for (uint32_t i = 0; i < TS_SPIN_PLACES; i++) {
        spin->granule[i] = 0;
    }
    spin->repeats = 0;
    spin->clock = false;
    spin->sleeps = false;
}

/* The eight bytes around an address. They are mapped when one of them is. */
static inline uint64_t ts_spin_peek(uintptr_t granule)
{
    return __atomic_load_n((const uint64_t *)(granule * 8), __ATOMIC_RELAXED); /* nobody else runs */
}

/* After a read, before which all threads had done so many writes. True: it seems to spin. */
static inline bool ts_spin_read(struct ts_spin *spin, const void *address, uint32_t writes)
{
    uintptr_t granule = (uintptr_t)address / 8;
    uint64_t value = ts_spin_peek(granule);
    for (uint32_t i = 0; i < TS_SPIN_PLACES; i++) {
        if (spin->granule[i] == granule) {
            spin->repeats = spin->value[i] == value ? spin->repeats + 1 : 0;
            spin->value[i] = value;
            spin->writes[i] = writes;
            return spin->repeats >= TS_SPIN_READS;
        }
    }
    spin->granule[spin->next] = granule;
    spin->value[spin->next] = value;
    spin->writes[spin->next] = writes;
    spin->next = (uint8_t)((spin->next + 1) % TS_SPIN_PLACES);
    spin->repeats = 0;
    return false;
}

/* After reading the clock. */
static inline bool ts_spin_clock(struct ts_spin *spin)
{
    spin->clock = true;
    return ++spin->repeats >= TS_SPIN_READS;
}

/* Whether it may spin until its time has come. */
static inline bool ts_spin_for_time(const struct ts_spin *spin)
{
    return spin->clock || (spin->sleeps && spin->repeats < TS_SPIN_POLLS);
}

/* Whether what was read there is there still; true when nothing was. */
static inline bool ts_spin_is_same(const struct ts_spin *spin, const void *address)
{
    uintptr_t granule = (uintptr_t)address / 8;
    for (uint32_t i = 0; i < TS_SPIN_PLACES; i++) {
        if (spin->granule[i] == granule) {
            return spin->value[i] == ts_spin_peek(granule);
        }
    }
    return true;
}

static inline bool ts_spin_watches(const struct ts_spin *spin, const void *address)
{
    uintptr_t granule = (uintptr_t)address / 8;
    for (uint32_t i = 0; i < TS_SPIN_PLACES; i++) {
        if (spin->granule[i] == granule) {
            return true;
        }
    }
    return false;
}

#endif

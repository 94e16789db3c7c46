/*
 * What a tick must be before the engine takes it.
 *
 * Threads: pure.
 */
#ifndef TS_ENGINE_TICK_CHECK_H
#define TS_ENGINE_TICK_CHECK_H

#include <stdbool.h>

/* Whether every price and volume of the tick is a finite number. type: one of enum wingchun_type. */
bool ts_tick_is_finite(int type, const void *data);

#endif

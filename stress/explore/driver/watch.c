/* The watchdog: a schedule that reaches no point any more is looked at from outside. */
#include "explore/driver/state.h"

#include "base/clock.h"

void ts_watch(struct ts_driver *driver)
{
    (void)driver;
}

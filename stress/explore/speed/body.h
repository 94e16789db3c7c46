/*
 * The bodies by which the explorer's speed is measured: two producers and a consumer over a queue of four,
 * about thirty operations; and two threads that do nothing but give way to each other.
 *
 * Threads: the one under the scheduler.
 */
#ifndef TS_EXPLORE_SPEED_BODY_H
#define TS_EXPLORE_SPEED_BODY_H

#define TS_SPEED_YIELDS 10000

void ts_speed_queue(void);
void ts_speed_yields(void);

#endif

/*
 * How a result reaches the host; chosen at run time in the engine's configuration ("mode"), and matched by
 * how the host protects its strategies.
 *
 * | mode    | thread of on_factor | what the library does                 | what the host does |
 * |---------|---------------------|---------------------------------------|---------------------------------------------|
 * | direct  | the library's       | calls back                            | nothing: the shipped defect | |
 * locked  | the library's       | calls back holding its delivery mutex | takes it (signal_lock) round its
 * strategies | | guarded | the library's       | calls back                            | counts references; a
 * lock for each strategy | | queued  | the host's          | queues; polled                        | polls on
 * the thread that owns the strategies|
 */
#ifndef TS_DELIVERY_MODE_H
#define TS_DELIVERY_MODE_H

enum ts_delivery_mode {
    TS_DELIVERY_DIRECT,
    TS_DELIVERY_LOCKED,
    TS_DELIVERY_GUARDED,
    TS_DELIVERY_QUEUED,
    TS_DELIVERY_COUNT
};

#endif

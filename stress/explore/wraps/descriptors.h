/*
 * Descriptors: which operations on them would block, and points before them.
 *
 * All descriptors that can block are one object to the search: who writes to a pipe cannot know who reads its
 * other end. Regular files never wait, and descriptors with O_NONBLOCK do not wait, which is asked of the
 * kernel each time.
 *
 * Threads: the one that runs. Errors: none; what is no descriptor is left to the real call.
 */
#ifndef TS_EXPLORE_WRAPS_DESCRIPTORS_H
#define TS_EXPLORE_WRAPS_DESCRIPTORS_H

#include "explore/wraps/wrap.h"

enum ts_descriptor_kind {
    TS_DESCRIPTOR_FREE,  /* an operation never waits */
    TS_DESCRIPTOR_OTHER, /* it can: a socket, an eventfd, a terminal */
    TS_DESCRIPTOR_PIPE,  /* it can: a pipe or a FIFO */
};

/* TS_DESCRIPTOR_FREE when it does not wait because of O_NONBLOCK, too. */
enum ts_descriptor_kind ts_wrap_descriptor_kind(int fd);

/* A point before an operation on the descriptor, at which the thread waits in the model until it is ready
 * (POLLIN, POLLOUT), unless the operation never waits or `at_once` says that this one does not. Others are
 * taken to be ready for something after it. False: a signal's handler cut it short. */
bool ts_wrap_descriptor(int fd, short events, bool at_once, const void *pc);

/* The same before an operation on several of which one must be ready. The time may come first. */
bool ts_wrap_descriptors(struct pollfd *fds, uint32_t count, int64_t deadline_ns,
                         enum ts_interrupts interrupts, const void *pc);

/* A point before an operation that changes what is ready, and does not wait. */
void ts_wrap_descriptor_change(int fd, const void *pc);

/* It is /dev/random or /dev/urandom. */
bool ts_wrap_is_random(int fd);

/* Fills a buffer as these do, the same each time; `pc`: of the call. */
void ts_wrap_random(void *buffer, size_t size, void *pc);

/* The virtual time of a time-out in milliseconds, negative for none, as poll has it. */
int64_t ts_wrap_poll_deadline(int timeout_ms);

#endif

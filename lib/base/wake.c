#include "base/wake.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LONGEST_NS (3600 * TS_NS_PER_S)

ts_err ts_wake_init(struct ts_wake *wake, struct ts_diag *diag)
{
    wake->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake->descriptor < 0) {
        return ts_fail_errno(diag, errno, "create event", NULL);
    }
    return TS_OK;
}

void ts_wake_fini(struct ts_wake *wake)
{
    close(wake->descriptor);
    wake->descriptor = -1;
}

void ts_wake_signal(struct ts_wake *wake)
{
    uint64_t one = 1;
    /* A counter that is full wakes as well. */
    while (write(wake->descriptor, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void ts_wake_wait(struct ts_wake *wake, int64_t timeout_ns)
{
    uint64_t signals;
    if (timeout_ns > 0) {
        int64_t bounded_ns = timeout_ns < LONGEST_NS ? timeout_ns : LONGEST_NS;
        struct pollfd wait = {.fd = wake->descriptor, .events = POLLIN};
        struct timespec timeout = {.tv_sec = bounded_ns / TS_NS_PER_S, .tv_nsec = bounded_ns % TS_NS_PER_S};
        if (ppoll(&wait, 1, &timeout, NULL) <= 0) {
            return;
        }
    }
    while (read(wake->descriptor, &signals, sizeof signals) < 0 && errno == EINTR) {
    }
}

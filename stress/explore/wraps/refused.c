/*
 * What is not modelled and can block for ever, or acts on threads behind the scheduler's back: it ends the
 * schedule by name, where a call can block and it is known that it would or might.
 */
#include "explore/wraps/descriptors.h"

#include <errno.h>
#include <mqueue.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <unistd.h>

/* A call that is refused to threads under the scheduler where `when` holds. */
#define REFUSED(result, name, when, parameters, arguments)                                                   \
    result __real_##name parameters;                                                                         \
    TS_WRAP_EXPORT result __wrap_##name parameters;                                                          \
    result __wrap_##name parameters                                                                          \
    {                                                                                                        \
        if (ts_self != NULL && (when)) {                                                                     \
            ts_sched_fail(TS_RUN_REFUSED, #name " is not modelled");                                         \
        }                                                                                                    \
        TS_TAIL return __real_##name arguments;                                                              \
    }

REFUSED(ssize_t, msgrcv, (flags & IPC_NOWAIT) == 0,
        (int id, void *message, size_t size, long type, int flags), (id, message, size, type, flags))
REFUSED(int, msgsnd, (flags & IPC_NOWAIT) == 0, (int id, const void *message, size_t size, int flags),
        (id, message, size, flags))
REFUSED(ssize_t, mq_receive, ts_wrap_descriptor_kind(queue) != TS_DESCRIPTOR_FREE,
        (mqd_t queue, char *message, size_t size, unsigned *priority), (queue, message, size, priority))
REFUSED(ssize_t, mq_timedreceive, ts_wrap_descriptor_kind(queue) != TS_DESCRIPTOR_FREE,
        (mqd_t queue, char *message, size_t size, unsigned *priority, const struct timespec *until),
        (queue, message, size, priority, until))
REFUSED(int, mq_send, ts_wrap_descriptor_kind(queue) != TS_DESCRIPTOR_FREE,
        (mqd_t queue, const char *message, size_t size, unsigned priority), (queue, message, size, priority))
REFUSED(int, mq_timedsend, ts_wrap_descriptor_kind(queue) != TS_DESCRIPTOR_FREE,
        (mqd_t queue, const char *message, size_t size, unsigned priority, const struct timespec *until),
        (queue, message, size, priority, until))

static bool may_block(const struct sembuf *operations, size_t count)
{
    bool all_at_once = true;
    for (size_t i = 0; i < count; i++) {
        all_at_once = all_at_once && (operations[i].sem_op > 0 || (operations[i].sem_flg & IPC_NOWAIT) != 0);
    }
    return !all_at_once;
}

REFUSED(int, semop, may_block(operations, count), (int id, struct sembuf *operations, size_t count),
        (id, operations, count))
REFUSED(int, semtimedop, may_block(operations, count),
        (int id, struct sembuf *operations, size_t count, const struct timespec *timeout),
        (id, operations, count, timeout))

/* Refused only when somebody holds it. */
TS_WRAPPED(int, flock, int fd, int operation);

int __wrap_flock(int fd, int operation)
{
    int result = __real_flock(fd, ts_self != NULL ? operation | LOCK_NB : operation);
    if (ts_self != NULL && result != 0 && errno == EWOULDBLOCK && (operation & LOCK_NB) == 0) {
        ts_sched_fail(TS_RUN_REFUSED, "flock of what somebody has locked is not modelled");
    }
    return result;
}

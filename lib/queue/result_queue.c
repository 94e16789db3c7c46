#include "queue/result_queue.h"

#include "base/probe.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A blocked producer holds everything behind it: it looks again sooner than an idle thread would. */
#define BLOCKED_SLEEP_MAX_NS 50000

static const char *const policy_names[TS_OVERFLOW_COUNT] = {
    [TS_OVERFLOW_DROP_NEWEST] = "drop-newest",
    [TS_OVERFLOW_DROP_OLDEST] = "drop-oldest",
    [TS_OVERFLOW_BLOCK] = "block",
    [TS_OVERFLOW_REJECT] = "reject",
};

const char *ts_overflow_policy_name(enum ts_overflow_policy policy)
{
    return (unsigned)policy < TS_OVERFLOW_COUNT ? policy_names[policy] : "unknown";
}

ts_err ts_overflow_policy_parse(const char *name, enum ts_overflow_policy *policy)
{
    for (int i = 0; i < TS_OVERFLOW_COUNT; i++) {
        if (strcmp(name, policy_names[i]) == 0) {
            *policy = (enum ts_overflow_policy)i;
            return TS_OK;
        }
    }
    return TS_UNKNOWN;
}

/* Relaxed: each counter has one writer, and a reader takes it as a number, never as a sign that other data is
 * ready. */
static void count(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static uint32_t record_size(uint32_t value_count)
{
    return (uint32_t)offsetof(struct ts_result, values) + value_count * (uint32_t)sizeof(double);
}

ts_err ts_result_queue_init(struct ts_result_queue *queue, uint32_t capacity, uint32_t values_max,
                            enum ts_overflow_policy policy, struct ts_diag *diag)
{
    if (capacity == 0 || (capacity & (capacity - 1)) != 0) {
        return ts_fail(diag, TS_INVALID, "init result queue", NULL, "capacity %u is not a power of two",
                       capacity);
    }
    if (values_max > TS_RESULT_VALUES_MAX) {
        return ts_fail(diag, TS_LIMIT, "init result queue", NULL, "%u values a result; the limit is %d",
                       values_max, TS_RESULT_VALUES_MAX);
    }
    memset(queue, 0, sizeof *queue);
    queue->policy = policy;
    queue->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (queue->event_fd < 0) {
        return ts_fail_errno(diag, errno, "init result queue", "eventfd");
    }
    ts_err error = ts_spsc_init(&queue->ring, 0, capacity, record_size(values_max),
                                policy == TS_OVERFLOW_DROP_OLDEST, diag);
    if (error != TS_OK) {
        close(queue->event_fd);
    }
    return error;
}

void ts_result_queue_fini(struct ts_result_queue *queue)
{
    ts_spsc_fini(&queue->ring);
    close(queue->event_fd);
}

static void *claim_by_dropping_oldest(struct ts_result_queue *queue, uint32_t size)
{
    void *room;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    uint64_t evicted = queue->ring.evicted;
    while ((room = ts_spsc_claim(&queue->ring, size)) == NULL) {
        if (ts_spsc_evict_oldest(&queue->ring) == TS_FULL) {
            ts_idle_wait(&idle);
        } else if (queue->ring.evicted != evicted) {
            evicted = queue->ring.evicted;
            count(&queue->dropped_oldest);
        }
    }
    return room;
}

static void *claim_by_waiting(struct ts_result_queue *queue, uint32_t size)
{
    void *room = NULL;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    count(&queue->blocked);
    while (atomic_load_explicit(&queue->closed, memory_order_acquire) == 0) { /* CLOSE acquire */
        ts_result_queue_flush(queue);
        TS_PROBE_PAUSE(QUEUE_BLOCK_WAIT);
        room = ts_spsc_claim(&queue->ring, size);
        if (room != NULL) {
            break;
        }
        ts_idle_wait(&idle);
        idle.sleep_ns = idle.sleep_ns < BLOCKED_SLEEP_MAX_NS ? idle.sleep_ns : BLOCKED_SLEEP_MAX_NS;
    }
    return room;
}

ts_err ts_result_queue_push(struct ts_result_queue *queue, const char symbol[WINGCHUN_SYMBOL_SIZE],
                            int64_t timestamp_ns, const double *values, uint32_t value_count)
{
    uint32_t size = record_size(value_count);
    struct ts_result *room = TS_PROBE(QUEUE_PUSH_FULL) ? NULL : ts_spsc_claim(&queue->ring, size);
    count(&queue->offered);
    if (room == NULL) {
        switch (queue->policy) {
        case TS_OVERFLOW_DROP_NEWEST:
            count(&queue->accepted);
            count(&queue->dropped_newest);
            return TS_OK;
        case TS_OVERFLOW_DROP_OLDEST:
            room = claim_by_dropping_oldest(queue, size);
            break;
        case TS_OVERFLOW_BLOCK:
            room = claim_by_waiting(queue, size);
            break;
        case TS_OVERFLOW_REJECT:
        case TS_OVERFLOW_COUNT:
            break;
        }
    }
    if (room == NULL) {
        count(&queue->rejected);
        return queue->policy == TS_OVERFLOW_BLOCK ? TS_CLOSED : TS_FULL;
    }
    TS_PROBE_PAUSE(QUEUE_PUSH_FILL);
    memcpy(room->symbol, symbol, WINGCHUN_SYMBOL_SIZE);
    room->timestamp_ns = timestamp_ns;
    room->count = value_count;
    room->reserved = 0;
    memcpy(room->values, values, value_count * sizeof *values);
    TS_PROBE_PAUSE(QUEUE_PUSH_COMMIT);
    count(&queue->accepted);
    ts_spsc_commit(&queue->ring);
    return TS_OK;
}

static void signal_event(struct ts_result_queue *queue)
{
    uint64_t one = 1;
    ssize_t written;
    do {
        written = write(queue->event_fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
    TS_ASSERT(written == (ssize_t)sizeof one || errno == EAGAIN); /* EAGAIN: signalled already */
}

/* What was left in it would end the next sleep at once. */
static void drain_event(struct ts_result_queue *queue)
{
    uint64_t drained;
    ssize_t got;
    do {
        got = read(queue->event_fd, &drained, sizeof drained);
    } while (got < 0 && errno == EINTR);
    TS_ASSERT(got == (ssize_t)sizeof drained || errno == EAGAIN);
}

void ts_result_queue_flush(struct ts_result_queue *queue)
{
    ts_spsc_publish(&queue->ring);
    TS_PROBE_PAUSE(QUEUE_FLUSH_PUBLISHED);
    if (atomic_exchange_explicit(&queue->armed, 0, memory_order_acq_rel) != 0) { /* WAKE */
        TS_PROBE_PAUSE(QUEUE_FLUSH_SIGNAL);
        signal_event(queue);
        count(&queue->wakeups);
    }
}

ts_err ts_result_queue_pop(struct ts_result_queue *queue, struct ts_result *result)
{
    uint32_t size;
    ts_err error = ts_spsc_take(&queue->ring, result, sizeof *result, &size);
    if (error == TS_OK) {
        TS_PROBE_PAUSE(QUEUE_POP_TAKEN);
        count(&queue->executed);
    }
    return error;
}

static bool has_results(struct ts_result_queue *queue)
{
    uint64_t head =
        atomic_load_explicit(&queue->ring.head, memory_order_relaxed); /* ours, or grown by an eviction */
    return head != atomic_load_explicit(&queue->ring.tail, memory_order_acquire); /* DATA acquire */
}

bool ts_result_queue_any(struct ts_result_queue *queue)
{
    /* MARK where the producer takes nothing back: it is in the line that a pop reads next. */
    return queue->ring.evictable ? has_results(queue) : ts_spsc_peek(&queue->ring, NULL) != NULL;
}

bool ts_result_queue_arm(struct ts_result_queue *queue)
{
    drain_event(queue);
    TS_PROBE_PAUSE(QUEUE_ARM_DRAINED);
    atomic_exchange_explicit(&queue->armed, 1, memory_order_acq_rel); /* WAKE */
    TS_PROBE_PAUSE(QUEUE_ARM_ARMED);
    if (has_results(queue)) {
        atomic_exchange_explicit(&queue->armed, 0, memory_order_acq_rel); /* WAKE: not needed after all */
        return false;
    }
    return true;
}

void ts_result_queue_close(struct ts_result_queue *queue)
{
    atomic_store_explicit(&queue->closed, 1, memory_order_release); /* CLOSE release */
}

struct ts_result_queue_stats ts_result_queue_stats(const struct ts_result_queue *queue)
{
    return (struct ts_result_queue_stats){
        .offered = read_counter(&queue->offered),
        .accepted = read_counter(&queue->accepted),
        .rejected = read_counter(&queue->rejected),
        .executed = read_counter(&queue->executed),
        .dropped_newest = read_counter(&queue->dropped_newest),
        .dropped_oldest = read_counter(&queue->dropped_oldest),
        .pending = ts_spsc_records(&queue->ring),
        .blocked = read_counter(&queue->blocked),
        .wakeups = read_counter(&queue->wakeups),
    };
}

uint64_t ts_result_queue_walk(struct ts_result_queue *queue)
{
    return ts_spsc_walk(&queue->ring);
}

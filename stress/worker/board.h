/*
 * The board: what a worker leaves behind for its supervisor, in a file that both map.
 *
 * A shared mapping survives any death of the worker, costs a store to write, and synchronises nobody, so
 * counters on measured threads do not hide the races they watch.
 *
 * Threads: counters and heartbeat by any thread of the worker, relaxed. Reports and violations by one thread
 * at a time (reports: the sanitizer's report lock; violations: ts_board_violation serialises by claiming an
 * index first). Ownership: the supervisor creates and sizes the file; the worker maps it shared; both unmap.
 * Order: `reports_ready`, `violations_ready` and `phase` are stored with release after what they cover
 * (READY) and loaded by the supervisor with acquire.
 */
#ifndef TS_WORKER_BOARD_H
#define TS_WORKER_BOARD_H

#include "base/err.h"
#include "faults/log.h"
#include "worker/latency.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TS_BOARD_MAGIC        UINT64_C(0x3844524f42545354) /* "TSTBORD8" */
#define TS_BOARD_REPORTS      64
#define TS_BOARD_REPORTS_KEPT (TS_BOARD_REPORTS - 1) /* the last one is the workbench of a full board */
#define TS_BOARD_VIOLATIONS   16
#define TS_BOARD_STACKS       12
#define TS_BOARD_FRAMES       20
#define TS_BOARD_MODULES      12
#define TS_BOARD_NO_MODULE    UINT32_MAX
#define TS_BOARD_SCHEDULE     (64u << 10)
#define TS_BOARD_STEPS        2048
#define TS_BOARD_TROUGHS      64

enum ts_board_phase {
    TS_BOARD_EMPTY,    /* the worker has not mapped it yet */
    TS_BOARD_STARTING, /* building host and engine */
    TS_BOARD_RUNNING,
    TS_BOARD_CHECKING, /* threads are quiet; invariants are being checked */
    TS_BOARD_DONE,     /* the life came to its end by itself */
    TS_BOARD_REFUSED,  /* the worker could not run the cell; `note` says why */
};

/* X(name, what it counts). Counters are sums over the life. */
#define TS_COUNTERS(X)                                                                                       \
    X(ticks_fed, "ticks given to the engine")                                                                \
    X(ticks_depth, "Depth ticks among them")                                                                 \
    X(ticks_dropped, "ticks dropped at the ingress")                                                         \
    X(ticks_rejected, "ticks that the engine rejected")                                                      \
    X(ticks_suspect, "ticks that it took and found odd")                                                     \
    X(hostile_ticks, "hostile ticks given to it")                                                            \
    X(results_offered, "results that reached the sender")                                                    \
    X(results_executed, "results whose callback was executed")                                               \
    X(results_dropped, "results dropped by the queue's policy")                                              \
    X(results_rejected, "results refused by the queue's policy")                                             \
    X(results_pending, "results pending when an engine was destroyed")                                       \
    X(producer_waits, "times the sender had to wait for room")                                               \
    X(factor_calls, "calls of on_factor")                                                                    \
    X(foreign_calls, "calls of on_factor on a thread that does not own the strategy")                        \
    X(stale_skipped, "results older than the strategy they would have gone to")                              \
    X(strategies_created, "strategies created")                                                              \
    X(strategies_destroyed, "strategies destroyed")                                                          \
    X(strategies_refused, "strategies that there was no memory for")                                         \
    X(addresses_reused, "strategies that came to stand where another one had stood")                         \
    X(destroyed_in_flight, "strategies destroyed while a callback was in flight")                            \
    X(destroyed_with_pending, "strategies destroyed while results were pending")                             \
    X(teardowns_deferred, "teardowns put off until the last reference was gone")                             \
    X(engines_created, "engines created")                                                                    \
    X(overflows, "times a full queue or ingress turned something away or made it wait")                      \
    X(cases_run, "cases of the scenario's matrix that were run")                                             \
    X(cases_exercised, "cases among them whose hazard occurred")                                             \
    X(ticks_while_busy, "ticks that arrived while the host was busy in a strategy")                          \
    X(idle_wakeups, "times the idle host was woken by the engine's event")                                   \
    X(tasks_submitted, "tasks that the coordinator took")                                                    \
    X(tasks_ended, "tasks whose event was polled")                                                           \
    X(task_callbacks, "callbacks of tasks that were called to their end")                                    \
    X(schedules, "schedules that the explorer ran")                                                          \
    X(schedule_steps, "steps in them")                                                                       \
    X(schedule_classes, "schedules among them that differ in the order of conflicting operations")           \
    X(checks, "invariants evaluated")

enum ts_counter {
#define TS_COUNTER_ENUM(name, text) TS_COUNTER_##name,
    TS_COUNTERS(TS_COUNTER_ENUM)
#undef TS_COUNTER_ENUM
        TS_COUNTER_COUNT
};

/* What a stack tells about. */
enum ts_board_role {
    TS_BOARD_NO_STACK,
    TS_BOARD_ACCESS,     /* of a race or a memory error: the access itself; a race has two */
    TS_BOARD_ALLOCATION, /* of the memory accessed */
    TS_BOARD_FREE,       /* of the memory accessed */
    TS_BOARD_THREAD,     /* where a thread named by another stack was created */
    TS_BOARD_MUTEX,      /* where a mutex named by another stack was created */
    TS_BOARD_LOCK,       /* of a lock order inversion: where a mutex was taken */
    TS_BOARD_CRASH,      /* where the process was when a signal ended it */
    TS_BOARD_OTHER       /* any other stack of a report */
};

/* An instruction within the call or the access, never a return address: ready for a symbolizer. */
struct ts_board_frame {
    uint32_t module; /* index into the board's modules; TS_BOARD_NO_MODULE when nobody knows it */
    uint64_t offset; /* address as in the module's file: its load address is subtracted */
};

struct ts_board_stack {
    uint32_t role;
    int32_t thread; /* the report's number of the thread; TS_BOARD_THREAD: of the one created; else -1 */
    uint64_t mutex; /* TS_BOARD_MUTEX, TS_BOARD_LOCK: the report's number of it */
    uint64_t held;  /* TS_BOARD_LOCK: of the mutex that was held meanwhile, where the report says so */
    bool holds;     /* TS_BOARD_LOCK: it does */
    struct ts_board_frame place; /* TS_BOARD_LOCK: of the mutex, when it lies in a module */
    uint32_t size;               /* of an access, bytes */
    uint8_t is_write;            /* of an access */
    uint8_t is_atomic;           /* of an access */
    char thread_name[24];        /* "" when unknown */
    uint32_t frame_count;
    struct ts_board_frame frames[TS_BOARD_FRAMES]; /* innermost first */
};

struct ts_board_report {
    char kind[24]; /* "race", "memory-error", "leak", "undefined", "deadlock", or the sanitizer's own type */
    char description[48]; /* "data-race", "heap-use-after-free", ... */
    char location[16];    /* what the address lies in: "heap", "global", "stack", "tls", "fd" or "" */
    struct ts_board_frame address; /* of the access; in a module for a global, else offset is the address */
    uint64_t location_size;        /* of the heap block or variable, bytes; 0 when unknown */
    uint64_t key;      /* equal reports have equal keys: kind, description and the access stacks */
    uint64_t sequence; /* how many reports the process had made before its first */
    uint64_t count;    /* reports with this key */
    char source[64];   /* UBSan: "file.c:12"; else "" */
    uint32_t stack_count;
    struct ts_board_stack stacks[TS_BOARD_STACKS];
};

/* The signal that ended the process. */
struct ts_board_crash {
    int32_t signal; /* 0: none */
    int32_t code;   /* si_code */
    uint64_t address;
    struct ts_board_stack stack;
};

struct ts_board_violation {
    char name[48]; /* "accounting", "order", ... */
    char detail[208];
    _Atomic uint32_t ready;
};

/* A step of the schedule that ended an explored life; members are those of explore/core/excerpt.h. */
struct ts_board_step {
    uint64_t number;
    uint64_t event;
    uint64_t opener;
    struct ts_board_frame place;
    uint32_t object;
    uint16_t thread;
    uint16_t holder;
    uint16_t choice;
    uint8_t kind;
    uint8_t mark;
    uint8_t picked;
    uint8_t waited;
    uint8_t timed;
    uint8_t named;
};

/* Beats that should come every period_ns, and what lay between two. */
struct ts_board_beats {
    int64_t period_ns;
    uint64_t beats, missed;
    int64_t gap_mean_ns, gap_deviation_ns, gap_p50_ns, gap_p99_ns, gap_most_ns;
};

/* What a life saw that looked after its memory and its system's heartbeat. Read once the worker is dead. */
struct ts_board_soak {
    /* Resident memory: the lowest of each stretch of trough_ns, the latest stretch last. */
    uint32_t trough_count; /* 0: it did not look */
    int64_t trough_ns;
    uint32_t troughs_kib[TS_BOARD_TROUGHS];
    uint32_t settled; /* how many troughs at the begin the slope leaves out */
    /* KiB an hour, and its interval at 95 % (reports/trend.h); infinite where nothing bounds it. */
    double slope, slope_low, slope_high;
    /* Of the system's heart, and of a thread beside it that does nothing but sleep for as long: what a busy
     * machine does to the one it does to the other. */
    struct ts_board_beats heart, witness;
};

struct ts_board {
    uint64_t magic;
    uint32_t size; /* sizeof(struct ts_board), written by the supervisor, checked by the worker */
    _Atomic uint32_t phase;
    _Atomic uint64_t heartbeat;      /* grows while the worker makes progress */
    _Atomic uint64_t hazard;         /* how often the scenario's hazard occurred */
    _Atomic uint32_t stop_requested; /* set by the supervisor: end the life cleanly, now */
    _Atomic uint64_t counters[TS_COUNTER_COUNT];
    struct ts_fault_log faults;
    struct ts_latencies latencies; /* from tick to on_factor; as far as the life came */

    char crash_class[32]; /* written just before the worker aborts knowingly: "pure-virtual-call", ... */
    char note[256];       /* why phase is REFUSED; at the end of a life that passes, what it came to */
    struct ts_board_soak soak;

    /* The schedule in which the explorer met what stands on this board, as text; "" for none or too long. */
    char schedule[TS_BOARD_SCHEDULE];

    /* Its end, with it. Read once the worker is dead. */
    uint64_t schedule_steps;
    uint64_t schedule_preemptions;
    uint32_t schedule_threads;
    uint32_t schedule_end; /* enum ts_run_end */
    uint32_t step_count;
    struct ts_board_step steps[TS_BOARD_STEPS];

    /* Files of code, in the order in which stacks named them. Written before the stack that refers to them.
     */
    uint32_t module_count;
    char modules[TS_BOARD_MODULES][256];

    _Atomic uint32_t crash_ready; /* 1: `crash` is whole */
    struct ts_board_crash crash;

    uint64_t reports_made; /* all of them, also equal and lost ones */
    _Atomic uint32_t reports_ready;
    uint32_t reports_lost; /* more distinct ones than there is room for */
    struct ts_board_report reports[TS_BOARD_REPORTS];

    _Atomic uint32_t violations_claimed; /* may exceed TS_BOARD_VIOLATIONS */
    struct ts_board_violation violations[TS_BOARD_VIOLATIONS];
};

extern const char *const ts_counter_names[TS_COUNTER_COUNT];
extern const char *const ts_counter_texts[TS_COUNTER_COUNT];

/* Supervisor: makes the file with a fresh board and maps it. Worker: maps an existing one and checks magic
 * and size. */
ts_err ts_board_create(const char *path, struct ts_board **board, struct ts_diag *diag);
ts_err ts_board_open(const char *path, struct ts_board **board, struct ts_diag *diag);
void ts_board_unmap(struct ts_board *board);

/* Relaxed: statistics that order nothing. */
static inline void ts_board_add(struct ts_board *board, enum ts_counter counter, uint64_t amount)
{
    atomic_fetch_add_explicit(&board->counters[counter], amount, memory_order_relaxed);
}

static inline uint64_t ts_board_get(const struct ts_board *board, enum ts_counter counter)
{
    return atomic_load_explicit(&board->counters[counter], memory_order_relaxed);
}

static inline void ts_board_beat(struct ts_board *board)
{
    atomic_fetch_add_explicit(&board->heartbeat, 1, memory_order_relaxed);
}

/* Records a broken invariant. Any thread. */
void ts_board_violation(struct ts_board *board, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Records a sanitizer's report, merged with one of equal key. One thread at a time. No malloc, no lock.
 * `ts_board_report_begin` returns a report for the caller to fill, zeroed, its address in no module.
 * `ts_board_report_end` computes its key and publishes it, and returns true; or counts the equal one, or the
 * loss, and returns false. To a published report the caller may go on to append stacks, raising stack_count
 * last.
 */
struct ts_board_report *ts_board_report_begin(struct ts_board *board);
bool ts_board_report_end(struct ts_board *board, struct ts_board_report *report);

/* The index of a module, added when it is new; TS_BOARD_NO_MODULE when there is no room. As above. */
uint32_t ts_board_module(struct ts_board *board, const char *path);

#endif

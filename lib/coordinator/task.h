/*
 * Inside the coordinator: the table of tasks, and the lists that they stand in.
 *
 * A task's number is its slot and how often the slot was used: a number never comes back, and one of a task
 * that is gone is told from one that never was. All under the coordinator's mutex, but for `cancel`.
 */
#ifndef TS_COORDINATOR_TASK_H
#define TS_COORDINATOR_TASK_H

#include "coordinator/coordinator.h"

#include <stdatomic.h>

/* A task stands in one list of each kind at most. */
enum ts_list_kind { TS_LIST_TURN, TS_LIST_EVENT, TS_LIST_CALLBACK, TS_LIST_KINDS };

enum ts_task_phase { TS_TASK_FREE, TS_TASK_QUEUED, TS_TASK_RUNNING, TS_TASK_ENDED };

struct ts_task {
    uint64_t uses; /* of the slot */
    enum ts_task_phase phase;
    struct ts_work work;
    ts_task_callback callback;
    struct ts_task_event event;
    int64_t submitted_ns, begun_ns;
    _Atomic bool cancel; /* relaxed: read by the worker that runs it, carries nothing but itself */
    bool event_due, callback_due;
    uint32_t waiters;
    struct {
        struct ts_task *next, *previous;
    } links[TS_LIST_KINDS];
};

struct ts_task_list {
    enum ts_list_kind kind;
    uint32_t count;
    struct ts_task *first, *last;
};

struct ts_task_table {
    struct ts_task *tasks;
    uint32_t capacity;
    struct ts_task_list free;
};

void ts_task_list_append(struct ts_task_list *list, struct ts_task *task);
void ts_task_list_remove(struct ts_task_list *list, struct ts_task *task);

ts_err ts_task_table_init(struct ts_task_table *table, uint32_t capacity, struct ts_diag *diag);
void ts_task_table_fini(struct ts_task_table *table);

/* A free slot with a number, or NULL. */
struct ts_task *ts_task_table_take(struct ts_task_table *table);
void ts_task_table_give(struct ts_task_table *table, struct ts_task *task);

/* TS_OK, TS_END when the slot is another's by now, TS_UNKNOWN when nobody ever had that number. */
ts_err ts_task_table_find(const struct ts_task_table *table, uint64_t number, struct ts_task **task);

#endif

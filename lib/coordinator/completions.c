/*
 * The queue of completions: each task ends here, once.
 *
 * The task's slot is the room for its event, so nothing here can wait or fail. Under the mutex, all of it.
 */
#include "base/clock.h"
#include "coordinator/internal.h"

static void count_outcome(struct ts_coordinator_state *counts, enum ts_outcome outcome)
{
    switch (outcome) {
    case TS_OUTCOME_COMPLETED:
        counts->completed++;
        break;
    case TS_OUTCOME_FAILED:
        counts->failed++;
        break;
    default:
        counts->cancelled++;
    }
    counts->active--;
}

void ts_complete(struct ts_coordinator *coordinator, struct ts_task *task, enum ts_outcome outcome,
                 const struct ts_result *result, const struct ts_diag *error)
{
    int64_t now_ns = ts_clock_ns();
    struct ts_task_event *event = &task->event;
    event->outcome = outcome;
    event->queued_ns = (task->begun_ns != 0 ? task->begun_ns : now_ns) - task->submitted_ns;
    event->run_ns = task->begun_ns != 0 ? now_ns - task->begun_ns : 0;
    if (outcome == TS_OUTCOME_COMPLETED) {
        event->result = *result;
    } else {
        event->error = *error;
    }
    task->phase = TS_TASK_ENDED;
    count_outcome(&coordinator->counts, outcome);
    task->event_due = true;
    ts_task_list_append(&coordinator->events, task);
    if (task->callback != NULL) {
        ts_callbacks_announce(coordinator, task);
    }
    pthread_cond_broadcast(&coordinator->changed);
}

void ts_complete_cancelled(struct ts_coordinator *coordinator, struct ts_task *task)
{
    struct ts_diag error;
    ts_fail(&error, TS_CLOSED, "run task", ts_request_kind_name(task->work.kind), "it was cancelled");
    ts_complete(coordinator, task, TS_OUTCOME_CANCELLED, NULL, &error);
}

void ts_task_settle(struct ts_coordinator *coordinator, struct ts_task *task)
{
    if (task->phase != TS_TASK_ENDED || task->callback_due || task->waiters > 0) {
        return;
    }
    if (!task->event_due) {
        ts_task_table_give(&coordinator->table, task);
    } else if (coordinator->options.unpolled != TS_UNPOLLED_EVICT) {
        return;
    }
    /* Room for a submitter: a slot, or an event that may give way now and might not before. */
    pthread_cond_broadcast(&coordinator->changed);
}

static void remove_event(struct ts_coordinator *coordinator, struct ts_task *task)
{
    ts_task_list_remove(&coordinator->events, task);
    task->event_due = false;
    ts_task_settle(coordinator, task);
}

void ts_completions_take(struct ts_coordinator *coordinator, struct ts_task_event *event)
{
    struct ts_task *task = coordinator->events.first;
    *event = task->event;
    coordinator->counts.events_taken++;
    remove_event(coordinator, task);
}

/* The oldest whose slot comes free by it. */
bool ts_completions_evict(struct ts_coordinator *coordinator)
{
    struct ts_task *task = coordinator->events.first;
    while (task != NULL && (task->callback_due || task->waiters > 0)) {
        task = task->links[TS_LIST_EVENT].next;
    }
    if (task == NULL) {
        return false;
    }
    coordinator->counts.events_evicted++;
    remove_event(coordinator, task);
    return true;
}

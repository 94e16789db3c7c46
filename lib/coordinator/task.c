#include "coordinator/task.h"

#include <stdlib.h>

void ts_task_list_append(struct ts_task_list *list, struct ts_task *task)
{
    task->links[list->kind].previous = list->last;
    task->links[list->kind].next = NULL;
    if (list->last != NULL) {
        list->last->links[list->kind].next = task;
    } else {
        list->first = task;
    }
    list->last = task;
    list->count++;
}

void ts_task_list_remove(struct ts_task_list *list, struct ts_task *task)
{
    struct ts_task *next = task->links[list->kind].next, *previous = task->links[list->kind].previous;
    TS_ASSERT(list->count > 0);
    if (previous != NULL) {
        previous->links[list->kind].next = next;
    } else {
        list->first = next;
    }
    if (next != NULL) {
        next->links[list->kind].previous = previous;
    } else {
        list->last = previous;
    }
    list->count--;
}

ts_err ts_task_table_init(struct ts_task_table *table, uint32_t capacity, struct ts_diag *diag)
{
    *table = (struct ts_task_table){.capacity = capacity, .free.kind = TS_LIST_TURN};
    table->tasks = calloc(capacity, sizeof *table->tasks);
    if (table->tasks == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create coordinator", "tasks_max", "no room for %u tasks",
                       capacity);
    }
    for (uint32_t i = 0; i < capacity; i++) {
        ts_task_list_append(&table->free, &table->tasks[i]);
    }
    return TS_OK;
}

void ts_task_table_fini(struct ts_task_table *table)
{
    free(table->tasks);
}

struct ts_task *ts_task_table_take(struct ts_task_table *table)
{
    struct ts_task *task = table->free.first;
    if (task != NULL) {
        ts_task_list_remove(&table->free, task);
        task->event.task = ++task->uses * table->capacity + (uint64_t)(task - table->tasks);
    }
    return task;
}

void ts_task_table_give(struct ts_task_table *table, struct ts_task *task)
{
    task->phase = TS_TASK_FREE;
    ts_task_list_append(&table->free, task);
}

ts_err ts_task_table_find(const struct ts_task_table *table, uint64_t number, struct ts_task **task)
{
    struct ts_task *slot = &table->tasks[number % table->capacity];
    uint64_t use = number / table->capacity;
    if (use == 0 || use > slot->uses) {
        return TS_UNKNOWN;
    }
    if (use < slot->uses || slot->phase == TS_TASK_FREE) {
        return TS_END;
    }
    *task = slot;
    return TS_OK;
}

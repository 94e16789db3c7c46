/*
 * coordinator-load, coordinator-memory: a thousand tasks, a hundred at a time, nothing lost, and no memory
 * kept.
 *
 * Hazard of the first: submits that found more tasks on their way than there are workers; of the second:
 * tasks that ran after the memory was first measured, counted when all were run. Two threads submit (each
 * waits for room, and for the end of its last task), a third polls; the table of tasks is smaller than a
 * wave, so that all three kinds of waiting mix. Must show: at the end of each wave, when nothing is active,
 * every identity; one event a task, and one callback in every other wave, with the answer that the
 * controllers give alone; resident memory after task 100 and after the last within 5 % (plain; with a
 * sanitizer, within what it keeps for each thread), the scenario's own ledger not counted, and no more of it
 * allocated; neither is asked in an explored life, whose process keeps more. Threads: two submitters, one
 * poller.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/coordinator_rig.h"
#include "scenario/scenarios.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>

#define SUBMITTERS     2u
#define EXPLORED_TASKS 8u
#define WAVE           100u
/* Of the sanitizers' own books: AddressSanitizer's fake stacks and ThreadSanitizer's histories fill up,
 * thread by thread, and then stay. */
#define SANITIZER_BYTES (UINT64_C(64) << 20)
#define GROWTH_SHARE    0.05
/* A task allocates nothing. A thread that ended or began beside the first look may. */
#define ALLOCATED_SLACK_BYTES (UINT64_C(64) << 10)
#define LIMIT_NS              (20 * TS_NS_PER_S)

/* compiler-rt, sanitizer/allocator_interface.h; nowhere without a sanitizer, whose malloc mallinfo2 knows
 * nothing of. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* Where owner, submitters and poller meet; all of it under the mutex, but for what a wave's rows are. */
struct desk {
    struct ts_task_rig *rig;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint32_t wave, finished; /* number of the wave that runs; submitters that are through with it */
    uint32_t first, count;   /* its rows */
    bool over;
    uint64_t taken; /* events */
};

/* Both without the ledger. Resident: pages of the process, so also what malloc keeps for its arenas.
 * Allocated: what malloc has given out and not got back, of all arenas. */
struct memory {
    uint64_t resident_bytes, allocated_bytes;
};

/* What a life came to: coordinators that ran all their tasks. */
struct course {
    bool memory; /* it is looked after */
    uint64_t hazard;
    uint64_t coordinators, submitted, completed, failed, cancelled, callbacks;
    int64_t taken_ns;
    struct memory first, last; /* of the coordinator whose memory grew most */
};

struct submitter {
    struct desk *desk;
    struct ts_thread thread;
    uint32_t number;
    uint64_t crowded; /* submits that met a crowd */
};

static void poll_all(void *argument)
{
    struct desk *desk = argument;
    while (ts_task_rig_poll(desk->rig, TS_WAIT_FOREVER) == TS_OK) {
        pthread_mutex_lock(&desk->mutex);
        desk->taken++;
        pthread_cond_broadcast(&desk->changed);
        pthread_mutex_unlock(&desk->mutex);
    }
}

/* callback: NULL in every other wave, for the end of a callback wakes everybody, whoever was not woken
 * before. */
static void submit_part(struct submitter *submitter, uint32_t first, uint32_t count,
                        ts_task_callback callback)
{
    struct ts_task_rig *rig = submitter->desk->rig;
    struct ts_task_event event;
    uint64_t last = 0;
    for (uint32_t i = first + submitter->number; i < first + count; i += SUBMITTERS) {
        struct ts_task_row *row = &rig->rows[i];
        submitter->crowded += ts_coordinator_state(rig->coordinator).active > rig->options.workers;
        if (ts_task_rig_submit(rig, row, i % TS_WORKS, callback, TS_WAIT_FOREVER) == TS_OK) {
            last = row->task;
        }
    }
    ts_err error =
        last != 0 ? ts_coordinator_wait(rig->coordinator, last, TS_WAIT_FOREVER, &event, NULL) : TS_END;
    if (error != TS_OK && error != TS_END) {
        ts_board_violation(rig->life->board, "wait", "for a task without end: %s", ts_err_name(error));
    }
}

static void submit_waves(void *argument)
{
    struct submitter *submitter = argument;
    struct desk *desk = submitter->desk;
    pthread_mutex_lock(&desk->mutex);
    for (uint32_t wave = 1;; wave++) {
        while (desk->wave < wave && !desk->over) {
            pthread_cond_wait(&desk->changed, &desk->mutex);
        }
        if (desk->over) {
            break;
        }
        uint32_t first = desk->first, count = desk->count;
        pthread_mutex_unlock(&desk->mutex);
        submit_part(submitter, first, count, wave % 2 != 0 ? ts_task_rig_callback : NULL);
        pthread_mutex_lock(&desk->mutex);
        desk->finished++;
        pthread_cond_broadcast(&desk->changed);
    }
    pthread_mutex_unlock(&desk->mutex);
}

/* Returns when nothing of it is left; *accepted grows by its tasks. */
static void run_wave(struct desk *desk, uint32_t first, uint32_t count, uint64_t *accepted)
{
    pthread_mutex_lock(&desk->mutex);
    desk->first = first;
    desk->count = count;
    desk->finished = 0;
    desk->wave++;
    pthread_cond_broadcast(&desk->changed);
    while (desk->finished < SUBMITTERS) {
        pthread_cond_wait(&desk->changed, &desk->mutex);
    }
    for (uint32_t i = first; i < first + count; i++) {
        *accepted += desk->rig->rows[i].task != 0;
    }
    while (desk->taken < *accepted) {
        pthread_cond_wait(&desk->changed, &desk->mutex);
    }
    pthread_mutex_unlock(&desk->mutex);
}

static void end_waves(struct desk *desk)
{
    pthread_mutex_lock(&desk->mutex);
    desk->over = true;
    pthread_cond_broadcast(&desk->changed);
    pthread_mutex_unlock(&desk->mutex);
}

static void check_quiet(struct ts_task_rig *rig, uint64_t accepted)
{
    struct ts_coordinator_state state = ts_task_rig_check(rig);
    ts_board_add(rig->life->board, TS_COUNTER_checks, 1);
    if (state.submitted != accepted || state.active != 0 || state.events_queued != 0) {
        ts_board_violation(rig->life->board, "ghost",
                           "at rest after %llu tasks: %llu submitted, %u active, %u events",
                           (unsigned long long)accepted, (unsigned long long)state.submitted, state.active,
                           state.events_queued);
    }
}

static uint64_t allocated_bytes(void)
{
    if (__sanitizer_get_current_allocated_bytes != NULL) {
        return __sanitizer_get_current_allocated_bytes();
    }
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static struct memory look(const struct ts_task_rig *rig)
{
    /* The ledger grows with the tasks asked for, all of it before the first one: it is not to dilute the
     * share. */
    uint64_t ledger_bytes = rig->rows_max * sizeof *rig->rows, resident_bytes = ts_life_resident_bytes();
    return (struct memory){.resident_bytes =
                               resident_bytes > ledger_bytes ? resident_bytes - ledger_bytes : 0,
                           .allocated_bytes = allocated_bytes() - ledger_bytes};
}

static void check_memory(const struct ts_life *life, struct course *course, const struct memory *first,
                         const struct memory *last, uint32_t tasks)
{
    uint64_t growth_max_bytes = life->flavour == TS_FLAVOUR_PLAIN
                                    ? (uint64_t)((double)first->resident_bytes * GROWTH_SHARE)
                                    : SANITIZER_BYTES;
    ts_board_add(life->board, TS_COUNTER_checks, 2);
    if (last->resident_bytes > first->resident_bytes + growth_max_bytes) {
        ts_board_violation(life->board, "memory", "%llu bytes resident after task %u, %llu after task %u",
                           (unsigned long long)first->resident_bytes, WAVE,
                           (unsigned long long)last->resident_bytes, tasks);
    }
    if (last->allocated_bytes > first->allocated_bytes + ALLOCATED_SLACK_BYTES) {
        ts_board_violation(life->board, "memory", "%llu bytes allocated after task %u, %llu after task %u",
                           (unsigned long long)first->allocated_bytes, WAVE,
                           (unsigned long long)last->allocated_bytes, tasks);
    }
    int64_t growth_bytes = (int64_t)(last->resident_bytes - first->resident_bytes);
    if (course->first.resident_bytes == 0 ||
        growth_bytes > (int64_t)(course->last.resident_bytes - course->first.resident_bytes)) {
        course->first = *first;
        course->last = *last;
    }
}

/* Returns how many tasks were run after the first wave; 0 when they were cut short. */
static uint64_t run_waves(struct desk *desk, uint32_t tasks, struct course *course)
{
    struct ts_life *life = desk->rig->life;
    uint32_t size = ts_life_size(life, WAVE, 4), done = 0;
    uint64_t accepted = 0;
    bool memory = course->memory && !life->explored;
    struct memory first = {0}, last;
    while (done < tasks && (life->explored || !ts_life_over(life))) {
        uint32_t count = size < tasks - done ? size : tasks - done;
        run_wave(desk, done, count, &accepted);
        done += count;
        check_quiet(desk->rig, accepted);
        if (memory && done == count) {
            first = look(desk->rig);
        }
    }
    if (done < tasks || tasks <= size) {
        return 0;
    }
    if (memory) {
        last = look(desk->rig);
        check_memory(life, course, &first, &last, done);
    }
    return tasks - size;
}

static void add_up(struct course *course, const struct ts_coordinator_state *state, int64_t taken_ns)
{
    course->coordinators++;
    course->submitted += state->submitted;
    course->completed += state->completed;
    course->failed += state->failed;
    course->cancelled += state->cancelled;
    course->callbacks += state->callbacks_returned;
    course->taken_ns += taken_ns;
}

static ts_err run_tasks(struct ts_life *life, uint32_t tasks, struct course *course, struct ts_diag *diag)
{
    struct ts_task_rig rig;
    struct desk desk = {.rig = &rig, .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct submitter submitters[SUBMITTERS] = {0};
    struct ts_thread poller = {.started = false};
    struct ts_coordinator_options options = ts_task_rig_options(life, ts_life_size(life, 64, 3));
    ts_err error = ts_task_rig_open(&rig, life, &options, tasks, diag);
    if (error != TS_OK) {
        return error;
    }
    int64_t start_ns = ts_clock_ns();
    error = ts_thread_start(&poller, "poller", poll_all, &desk, diag);
    for (uint32_t i = 0; error == TS_OK && i < SUBMITTERS; i++) {
        submitters[i].desk = &desk;
        submitters[i].number = i;
        error = ts_thread_start(&submitters[i].thread, "submitter", submit_waves, &submitters[i], diag);
    }
    uint64_t after = error == TS_OK ? run_waves(&desk, tasks, course) : 0, crowded = 0;
    end_waves(&desk);
    for (uint32_t i = 0; i < SUBMITTERS; i++) {
        ts_thread_join(&submitters[i].thread);
        crowded += submitters[i].crowded;
    }
    ts_task_rig_shutdown(&rig, TS_SHUTDOWN_DRAIN, LIMIT_NS);
    ts_thread_join(&poller);
    int64_t taken_ns = ts_clock_ns() - start_ns;
    ts_task_rig_close(&rig);
    if (after > 0) {
        add_up(course, &rig.final, taken_ns);
    }
    course->hazard += course->memory ? after : crowded;
    return error;
}

/* What the life came to, beside its counters in the record. */
static void tell(const struct ts_life *life, const struct course *course, uint64_t tasks)
{
    struct ts_board *board = life->board;
    int used = snprintf(
        board->note, sizeof board->note,
        "%llu times %llu tasks on %s in %.3f s: %llu completed, %llu failed, %llu cancelled, %llu callbacks",
        (unsigned long long)course->coordinators, (unsigned long long)tasks,
        life->ticks_path != NULL ? "the tape's trades" : "drawn prices",
        (double)course->taken_ns / TS_NS_PER_S, (unsigned long long)course->completed,
        (unsigned long long)course->failed, (unsigned long long)course->cancelled,
        (unsigned long long)course->callbacks);
    if (course->first.resident_bytes > 0) {
        double first = (double)course->first.resident_bytes, last = (double)course->last.resident_bytes;
        snprintf(board->note + used, sizeof board->note - (size_t)used,
                 "; KiB after task %u: %.0f resident, %.1f allocated; after the last: %+.2f %%, %+.1f", WAVE,
                 first / 1024, (double)course->first.allocated_bytes / 1024, (last - first) / first * 100,
                 ((double)course->last.allocated_bytes - (double)course->first.allocated_bytes) / 1024);
    }
}

static ts_err run_rounds(struct ts_life *life, uint64_t tasks, bool memory, struct ts_diag *diag)
{
    struct course course = {.memory = memory};
    ts_err error = ts_life_number(life, "tasks", tasks, 1, 10000000, &tasks, diag);
    if (error != TS_OK) {
        return error;
    }
    tasks = life->explored ? EXPLORED_TASKS : tasks;
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    do {
        error = run_tasks(life, (uint32_t)tasks, &course, diag);
        ts_life_hazard(life, course.hazard);
    } while (error == TS_OK && !life->explored && !ts_life_over(life));
    if (error == TS_OK && course.coordinators > 0 && !life->explored) {
        tell(life, &course, tasks);
    }
    return error;
}

ts_err ts_scenario_coordinator_load(struct ts_life *life, struct ts_diag *diag)
{
    return run_rounds(life, 1000, false, diag);
}

ts_err ts_scenario_coordinator_memory(struct ts_life *life, struct ts_diag *diag)
{
    return run_rounds(life, 10000, true, diag);
}

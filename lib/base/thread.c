#include "base/thread.h"

#include "base/clock.h"
#include "base/probe.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static void *run_body(void *argument)
{
    struct ts_thread *thread = argument;
    pthread_setname_np(pthread_self(), thread->name);
    TS_PROBE_BEGIN(thread->lineage, thread->name);
    TS_PROBE_PAUSE(THREAD_BEGIN_BODY);
    thread->body(thread->argument);
    TS_PROBE_PAUSE(THREAD_END_BODY);
    return NULL;
}

ts_err ts_thread_start(struct ts_thread *thread, const char *name, ts_thread_body body, void *argument,
                       struct ts_diag *diag)
{
    snprintf(thread->name, sizeof thread->name, "%s", name);
    thread->body = body;
    thread->argument = argument;
    thread->started = false;
    TS_PROBE_CHILD(thread->lineage, thread->name);
    int error = TS_PROBE(THREAD_START_FAIL) ? EAGAIN : pthread_create(&thread->id, NULL, run_body, thread);
    if (error != 0) {
        return ts_fail_errno(diag, error, "start thread", thread->name);
    }
    TS_PROBE_PAUSE(THREAD_START_CREATED);
    thread->started = true;
    return TS_OK;
}

void ts_thread_join(struct ts_thread *thread)
{
    if (!thread->started) {
        return;
    }
    TS_PROBE_PAUSE(THREAD_JOIN_ENTER);
    int error = pthread_join(thread->id, NULL);
    TS_ASSERT(error == 0);
    thread->started = false;
}

void ts_thread_detach(struct ts_thread *thread)
{
    TS_ASSERT(thread->started);
    int error = pthread_detach(thread->id);
    TS_ASSERT(error == 0);
    thread->started = false;
}

void ts_idle_reset(struct ts_idle *idle)
{
    idle->rounds = 0;
    idle->sleep_ns = TS_IDLE_SLEEP_MIN_NS;
}

void ts_idle_wait(struct ts_idle *idle)
{
    if (idle->rounds < TS_IDLE_YIELDS) {
        idle->rounds++;
        sched_yield();
        return;
    }
    if (idle->sleep_ns < TS_IDLE_SLEEP_MIN_NS) {
        idle->sleep_ns = TS_IDLE_SLEEP_MIN_NS;
    }
    ts_sleep_ns(idle->sleep_ns);
    idle->sleep_ns = idle->sleep_ns * 2 < TS_IDLE_SLEEP_MAX_NS ? idle->sleep_ns * 2 : TS_IDLE_SLEEP_MAX_NS;
}

/*
 * Two threads, an unsynchronised write and read, and one operation between them: does the operation hide the
 * race from ThreadSanitizer?
 *
 *   observer_subject NAME [SPEC]    NAME is in `operations`; SPEC arms the probes (spec.h)
 *
 * The first thread writes, then does the operation; the second waits (by sleeping: no edge), does the
 * operation and reads. An edge that the operation makes from the one to the other hides the race. Exit
 * status: that of ThreadSanitizer's options when it reported, else 0; 2 for an unknown name.
 */
#include "base/probe.h"
#include "faults/handler.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define APART_US 20000

static int racy;
static _Atomic int word;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int pipe_ends[2];

static void nothing(void)
{
}

static void relaxed_store(bool first)
{
    if (first) {
        atomic_store_explicit(&word, 1, memory_order_relaxed);
    } else {
        (void)atomic_load_explicit(&word, memory_order_relaxed);
    }
}

static void relaxed_add(bool first)
{
    (void)first;
    atomic_fetch_add_explicit(&word, 1, memory_order_relaxed);
}

static void acq_rel_add(bool first)
{
    (void)first;
    atomic_fetch_add_explicit(&word, 1, memory_order_acq_rel);
}

static void seq_cst_add(bool first)
{
    (void)first;
    atomic_fetch_add_explicit(&word, 1, memory_order_seq_cst);
}

static void lock(bool first)
{
    (void)first;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void try_lock(bool first)
{
    (void)first;
    if (pthread_mutex_trylock(&mutex) == 0) {
        pthread_mutex_unlock(&mutex);
    }
}

static void read_lock(bool first)
{
    (void)first;
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
}

static void write_lock(bool first)
{
    (void)first;
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
}

static void do_once(bool first)
{
    (void)first;
    pthread_once(&once, nothing);
}

static void through_pipe(bool first)
{
    char byte = 0;
    ssize_t size = first ? write(pipe_ends[1], &byte, 1) : read(pipe_ends[0], &byte, 1);
    (void)size;
}

static void allocate(bool first)
{
    (void)first;
    free(malloc(64));
}

static void write_file(bool first)
{
    (void)first;
    int file = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ssize_t size = write(file, "x", 1);
    (void)size;
    close(file);
}

static void sleep_a_little(bool first)
{
    (void)first;
    usleep(100);
}

static void yield(bool first)
{
    (void)first;
    sched_yield();
}

static void read_clock(bool first)
{
    struct timespec now;
    (void)first;
    clock_gettime(CLOCK_MONOTONIC, &now);
}

static void probe_pause(bool first)
{
    (void)first;
    TS_PROBE_PAUSE(QUEUE_PUSH_COMMIT);
}

static void probe_fail(bool first)
{
    (void)first;
    if (TS_PROBE(QUEUE_PUSH_FULL)) {
        nothing();
    }
}

/* What a wrapper of a libc call does: who called is counted, too. */
static void probe_called(bool first)
{
    static struct ts_probe_site site = {.name = "call.malloc"};
    if (ts_probe_handler_called(&site, first ? 0x100 : 0x200, NULL)) {
        nothing();
    }
}

static const struct operation {
    const char *name;
    void (*run)(bool first);
} operations[] = {
    {"relaxed-store", relaxed_store},
    {"relaxed-add", relaxed_add},
    {"acq-rel-add", acq_rel_add},
    {"seq-cst-add", seq_cst_add},
    {"mutex", lock},
    {"trylock", try_lock},
    {"read-lock", read_lock},
    {"write-lock", write_lock},
    {"once", do_once},
    {"pipe", through_pipe},
    {"malloc", allocate},
    {"write-file", write_file},
    {"usleep", sleep_a_little},
    {"yield", yield},
    {"clock", read_clock},
    {"probe-pause", probe_pause},
    {"probe-fail", probe_fail},
    {"probe-called", probe_called},
};

static const struct operation *operation;

static void *first_thread(void *argument)
{
    (void)argument;
    racy = 1;
    operation->run(true);
    return NULL;
}

static void *second_thread(void *argument)
{
    (void)argument;
    usleep(APART_US);
    operation->run(false);
    return racy == 1 ? argument : NULL;
}

static int arm(const char *text)
{
    static struct ts_fault_spec spec;
    static struct ts_fault_log log;
    struct ts_diag diag;
    ts_fault_spec_begin(&spec);
    if (ts_fault_spec_parse(text, &spec, &diag) != TS_OK) {
        fprintf(stderr, "observer_subject: %s\n", diag.text);
        return 2;
    }
    ts_faults_arm(&spec, 1, &log);
    return 0;
}

int main(int argc, char **argv)
{
    pthread_t threads[2];
    for (size_t i = 0; argc > 1 && i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(argv[1], operations[i].name) == 0) {
            operation = &operations[i];
        }
    }
    if (operation == NULL || (argc > 2 && arm(argv[2]) != 0) || pipe(pipe_ends) != 0) {
        return 2;
    }
    if (pthread_create(&threads[0], NULL, first_thread, NULL) != 0 ||
        pthread_create(&threads[1], NULL, second_thread, NULL) != 0) {
        return 2;
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

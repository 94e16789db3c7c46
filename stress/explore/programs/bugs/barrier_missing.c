// One thread writes a cell, both meet, the other reads it; a second meeting before the next write is missing.
// Fails when: the writer's store of step n + 1 comes before the reader's load of step n.
// Preemptions: 0 (which thread goes on first after the barrier decides).
#include <assert.h>
#include <pthread.h>

enum { STEPS = 2 };

static pthread_barrier_t written;
static int cell;

static void *write_steps(void *arg)
{
    (void)arg;
    for (int step = 1; step <= STEPS; step++) {
        cell = step;
        pthread_barrier_wait(&written);
    }
    return NULL;
}

static void *read_steps(void *arg)
{
    (void)arg;
    for (int step = 1; step <= STEPS; step++) {
        pthread_barrier_wait(&written);
        assert(cell == step);
    }
    return NULL;
}

int main(void)
{
    pthread_t writer, reader;
    pthread_barrier_init(&written, NULL, 2);
    pthread_create(&writer, NULL, write_steps, NULL);
    pthread_create(&reader, NULL, read_steps, NULL);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    pthread_barrier_destroy(&written);
    return 0;
}

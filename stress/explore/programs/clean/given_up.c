// A detached thread has its job on its maker's stack, who looks whether it is done, resting between, until it
// is, and then uses the place for something else.
// Right because: it waits for as long as it takes.
// Twin of: given_up.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct job {
    atomic_int number;
    atomic_int done;
};

static void *work(void *argument)
{
    struct job *job = argument;
    assert(atomic_load(&job->number) == 7);
    atomic_store(&job->done, 1);
    return NULL;
}

int main(void)
{
    struct job job;
    pthread_t thread;
    atomic_init(&job.number, 7);
    atomic_init(&job.done, 0);
    pthread_create(&thread, NULL, work, &job);
    pthread_detach(thread);
    while (!atomic_load(&job.done)) {
        usleep(1000);
    }
    atomic_store(&job.number, 0);
    usleep(1000);
    return 0;
}

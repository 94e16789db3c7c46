// A detached thread has its job on its maker's stack, who looks twenty times whether it is done, resting
// between, and then uses the place for something else.
// Fails when: the thread has not begun to read its job after twenty rests.
// Preemptions: 0 (time passes).
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
    for (int i = 0; i < 20 && !atomic_load(&job.done); i++) {
        usleep(1000);
    }
    atomic_store(&job.number, 0);
    usleep(1000);
    return 0;
}

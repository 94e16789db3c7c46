// Threads that sleep in three ways; nothing depends on who wakes first.
// Right because: sleeping orders nothing, and nothing here asks it to.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static atomic_int awake;

static void *nap(void *arg)
{
    struct timespec length = {.tv_nsec = 2000000};
    int self = *(int *)arg;
    if (self == 0) {
        usleep(1000);
    } else if (self == 1) {
        nanosleep(&length, NULL);
    } else {
        clock_nanosleep(CLOCK_MONOTONIC, 0, &length, NULL);
    }
    atomic_fetch_add(&awake, 1);
    return NULL;
}

int main(void)
{
    static int ids[3] = {0, 1, 2};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, nap, &ids[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(atomic_load(&awake) == 3);
    return 0;
}

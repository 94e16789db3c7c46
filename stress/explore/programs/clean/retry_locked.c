// Readers and a writer try again and again, each time under a mutex, until they may enter.
// Right because: to look and to enter is one critical section, who may not enter lets go of the mutex, and
// everybody leaves.
// Twin of: retry_locked.c
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int writing, reading, value, copies;

static int may_enter(int *mine, int others)
{
    *mine += others == 0;
    return others == 0;
}

static void *write_once(void *arg)
{
    int in = 0;
    while (!in) {
        pthread_mutex_lock(&lock);
        in = may_enter(&writing, reading);
        pthread_mutex_unlock(&lock);
    }
    value = 3;
    pthread_mutex_lock(&lock);
    writing--;
    pthread_mutex_unlock(&lock);
    return arg;
}

static void *read_twice(void *arg)
{
    int in = 0;
    while (!in) {
        pthread_mutex_lock(&lock);
        in = may_enter(&reading, writing);
        pthread_mutex_unlock(&lock);
    }
    int first = value;
    assert(first == value);
    pthread_mutex_lock(&lock);
    reading--;
    copies++;
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    pthread_t threads[3];
    pthread_create(&threads[0], NULL, write_once, NULL);
    pthread_create(&threads[1], NULL, read_twice, NULL);
    pthread_create(&threads[2], NULL, read_twice, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(copies == 2 && reading == 0 && writing == 0);
    return 0;
}

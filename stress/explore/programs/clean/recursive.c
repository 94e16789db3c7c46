// A recursive mutex taken twice by each thread.
// Right because: it is let go as often as it was taken.
// Twin of: self_deadlock.c
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock;
static int value;

static void bump(void)
{
    pthread_mutex_lock(&lock);
    value++;
    pthread_mutex_unlock(&lock);
}

static void *bump_twice(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    int before = value;
    bump();
    bump();
    assert(value == before + 2);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_mutexattr_t recursive;
    pthread_t threads[2];
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, bump_twice, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(value == 4);
    pthread_mutex_destroy(&lock);
    return 0;
}

// A reader-writer lock of one's own that can be upgraded: an upgrader waits until it is the only reader. Two
// of them wait for each other.
// Fails when: both threads enter as readers before either upgrades.
// Preemptions: 1 (one thread, between enter() and upgrade()).
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left = PTHREAD_COND_INITIALIZER;
static int readers, value;

static void enter(void)
{
    pthread_mutex_lock(&lock);
    readers++;
    pthread_mutex_unlock(&lock);
}

static void upgrade(void)
{
    pthread_mutex_lock(&lock);
    while (readers > 1) {
        pthread_cond_wait(&left, &lock);
    }
}

static void leave(void)
{
    readers--;
    pthread_cond_broadcast(&left);
    pthread_mutex_unlock(&lock);
}

static void *bump(void *arg)
{
    (void)arg;
    enter();
    upgrade();
    value++;
    leave();
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, bump, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(value == 2);
    return 0;
}

// Two locks taken in opposite orders, where one side only tries its second and lets its first go when it
// fails.
// Right because: only one side gives way, so that the other always gets on, and then so does the first.
// Twin of: lock_cycle.c, polite.c
#include <assert.h>
#include <pthread.h>
#include <sched.h>

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static int value;

static void *firm(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    value++;
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    return NULL;
}

static void *yielding(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&right);
    while (pthread_mutex_trylock(&left) != 0) {
        pthread_mutex_unlock(&right);
        sched_yield();
        pthread_mutex_lock(&right);
    }
    value++;
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
    return NULL;
}

int main(void)
{
    pthread_t one, other;
    pthread_create(&one, NULL, firm, NULL);
    pthread_create(&other, NULL, yielding, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    assert(value == 2);
    return 0;
}

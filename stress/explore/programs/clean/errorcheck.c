// An error-checking mutex: a second lock by its owner and a try by another are refused, not waited for.
// Right because: each refusal is looked at.
// Twin of: self_deadlock.c
#include <assert.h>
#include <errno.h>
#include <pthread.h>

static pthread_mutex_t lock;
static int entered;

static void *enter(void *arg)
{
    (void)arg;
    int error = pthread_mutex_trylock(&lock);
    assert(error == 0 || error == EBUSY);
    if (error == EBUSY) {
        assert(pthread_mutex_lock(&lock) == 0);
    }
    assert(pthread_mutex_lock(&lock) == EDEADLK);
    entered++;
    assert(pthread_mutex_unlock(&lock) == 0);
    return NULL;
}

int main(void)
{
    pthread_mutexattr_t checking;
    pthread_t threads[2];
    pthread_mutexattr_init(&checking);
    pthread_mutexattr_settype(&checking, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&lock, &checking);
    pthread_mutexattr_destroy(&checking);
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, enter, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(entered == 2);
    pthread_mutex_destroy(&lock);
    return 0;
}

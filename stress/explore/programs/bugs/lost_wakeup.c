// The waiter looks at the flag before it takes the mutex and does not look again: it sleeps through the only
// signal.
// Fails when: the setter's signal comes between the waiter's load of `open` and its wait.
// Preemptions: 1 (the waiter, between its load and its lock).
#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static atomic_int open;

static void *pass(void *arg)
{
    (void)arg;
    if (!atomic_load(&open)) {
        pthread_mutex_lock(&lock);
        pthread_cond_wait(&opened, &lock);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *unlatch(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    atomic_store(&open, 1);
    pthread_cond_signal(&opened);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t waiter, setter;
    pthread_create(&waiter, NULL, pass, NULL);
    pthread_create(&setter, NULL, unlatch, NULL);
    pthread_join(waiter, NULL);
    pthread_join(setter, NULL);
    return 0;
}

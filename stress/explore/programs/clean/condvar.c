// One thread waits for a flag that another sets.
// Right because: the flag is read and written under the mutex, and the waiter looks before each wait.
// Twin of: lost_wakeup.c, signal_first.c, condvar_no_mutex.c
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static int open;

static void *pass(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (!open) {
        pthread_cond_wait(&opened, &lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *unlatch(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    open = 1;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&opened);
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

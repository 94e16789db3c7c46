// A recursive mutex held twice is given back once by the wait: who should signal never gets it.
// Fails when: the waiter takes the mutex before the setter.
// Preemptions: 0 (who runs first decides).
#include <pthread.h>

static pthread_mutex_t lock;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static int present;

static void await(void)
{
    pthread_mutex_lock(&lock);
    while (!present) {
        pthread_cond_wait(&arrived, &lock);
    }
    pthread_mutex_unlock(&lock);
}

static void *receive(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    await();
    present = 0;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *arrive(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    present = 1;
    pthread_cond_signal(&arrived);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_mutexattr_t recursive;
    pthread_t receiver, sender;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&lock, &recursive);
    pthread_create(&receiver, NULL, receive, NULL);
    pthread_create(&sender, NULL, arrive, NULL);
    pthread_join(receiver, NULL);
    pthread_join(sender, NULL);
    return 0;
}

// A wait without any predicate: whoever signals first signals nobody.
// Fails when: the signal comes before the wait.
// Preemptions: 0 (who runs first decides).
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t go = PTHREAD_COND_INITIALIZER;

static void *wait_for_go(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    pthread_cond_wait(&go, &lock);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *say_go(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&go);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t runner, starter;
    pthread_create(&runner, NULL, wait_for_go, NULL);
    pthread_create(&starter, NULL, say_go, NULL);
    pthread_join(runner, NULL);
    pthread_join(starter, NULL);
    return 0;
}

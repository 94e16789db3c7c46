// A statistic that must not wait: when the lock is busy the counter is incremented without it.
// Fails when: the fallback's increment comes between the load and the store of the holder's.
// Preemptions: 1 (the holder, between its load and its store).
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int requests;

static void *count(void *arg)
{
    (void)arg;
    int locked = pthread_mutex_trylock(&lock) == 0;
    int seen = requests;
    requests = seen + 1;
    if (locked) {
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, count, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(requests == 2);
    return 0;
}

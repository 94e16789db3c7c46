// A buffer of one slot with one condition variable for "empty" and "full", and a signal where a broadcast
// belongs: a consumer wakes the other consumer, and in the end all wait.
// Fails when: the consumer that emptied the slot signals while both a consumer and the producer wait, and the
// consumer is the one that wakes: it finds nothing and waits again.
// Preemptions: 0 (which waiter a signal wakes decides; with waiters woken first come first served, who waits
// first).
#include <pthread.h>

enum { ITEMS = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int full;

static void *produce(void *arg)
{
    (void)arg;
    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&lock);
        while (full) {
            pthread_cond_wait(&changed, &lock);
        }
        full = 1;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *consume(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (!full) {
        pthread_cond_wait(&changed, &lock);
    }
    full = 0;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t producer, consumers[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        pthread_create(&consumers[i], NULL, consume, NULL);
    }
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(producer, NULL);
    for (int i = 0; i < ITEMS; i++) {
        pthread_join(consumers[i], NULL);
    }
    return 0;
}

// A bounded buffer whose consumer re-checks nothing after its wait: `if` where `while` belongs.
// Fails when: another consumer takes the item between the signal for a waiting consumer and its return from
// the wait.
// Preemptions: 0 (the order in which consumers get the mutex decides).
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int slot, count;

static void *produce(void *arg)
{
    (void)arg;
    for (int i = 1; i <= 2; i++) {
        pthread_mutex_lock(&lock);
        while (count == 1) {
            pthread_cond_wait(&not_full, &lock);
        }
        slot = i;
        count++;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *consume(void *arg)
{
    int *taken = arg;
    pthread_mutex_lock(&lock);
    if (count == 0) {
        pthread_cond_wait(&not_empty, &lock);
    }
    assert(count == 1);
    *taken = slot;
    count--;
    pthread_cond_signal(&not_full);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t producer, consumers[2];
    int taken[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&consumers[i], NULL, consume, &taken[i]);
    }
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(producer, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_join(consumers[i], NULL);
    }
    assert(taken[0] + taken[1] == 3);
    return 0;
}

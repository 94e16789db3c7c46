// A bounded buffer of one slot, two producers, two consumers, two condition variables.
// Right because: who waits looks again after each wait, and each signal can only wake the side that it is
// meant for.
// Twin of: buffer_if.c
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int slot, count, sum;

static void *produce(void *arg)
{
    pthread_mutex_lock(&lock);
    while (count == 1) {
        pthread_cond_wait(&not_full, &lock);
    }
    slot = *(int *)arg;
    count++;
    pthread_cond_signal(&not_empty);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *consume(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (count == 0) {
        pthread_cond_wait(&not_empty, &lock);
    }
    sum += slot;
    count--;
    pthread_cond_signal(&not_full);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    static int items[2] = {1, 2};
    pthread_t producers[2], consumers[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&producers[i], NULL, produce, &items[i]);
        pthread_create(&consumers[i], NULL, consume, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(producers[i], NULL);
        pthread_join(consumers[i], NULL);
    }
    assert(sum == 3 && count == 0);
    return 0;
}

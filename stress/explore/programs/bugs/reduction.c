// A parallel sum: each thread adds its part under the lock, and the first takes the total without waiting for
// the rest.
// Fails when: thread 0 reads the total before another thread has added its part.
// Preemptions: 0 (thread 0 runs first).
#include <assert.h>
#include <pthread.h>

enum { THREADS = 3, EACH = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int data[THREADS * EACH], total;

static void *sum_part(void *arg)
{
    int self = *(int *)arg, part = 0;
    for (int i = 0; i < EACH; i++) {
        part += data[self * EACH + i];
    }
    pthread_mutex_lock(&lock);
    total += part;
    pthread_mutex_unlock(&lock);
    if (self == 0) {
        pthread_mutex_lock(&lock);
        assert(total == THREADS * EACH);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    static int ids[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS * EACH; i++) {
        data[i] = 1;
    }
    for (int i = 0; i < THREADS; i++) {
        ids[i] = THREADS - 1 - i;
        pthread_create(&threads[i], NULL, sum_part, &ids[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

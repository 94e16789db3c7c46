// Each thread is given the address of the loop's variable instead of its value: it may read the next one's.
// Fails when: a thread's load of `i` comes after main's next `i++`.
// Preemptions: 0 (the creator goes on, and that is not even a switch).
#include <assert.h>
#include <pthread.h>

enum { THREADS = 3 };

static int visits[THREADS + 1];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *visit(void *arg)
{
    int room = *(int *)arg;
    pthread_mutex_lock(&lock);
    visits[room]++;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    int i;
    pthread_t threads[THREADS];
    for (i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, visit, &i);
    }
    for (int k = 0; k < THREADS; k++) {
        pthread_join(threads[k], NULL);
    }
    for (int k = 0; k < THREADS; k++) {
        assert(visits[k] == 1);
    }
    return 0;
}

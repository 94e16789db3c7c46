// A queue is asked under its lock whether it is empty, and taken from under its lock, with a gap between the
// two.
// Fails when: both consumers' is_empty() come before either's take().
// Preemptions: 1 (one consumer, in the gap).
#include <assert.h>
#include <pthread.h>

enum { SIZE = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int items[SIZE] = {9}, head, tail = 1;

static int is_empty(void)
{
    pthread_mutex_lock(&lock);
    int empty = head == tail;
    pthread_mutex_unlock(&lock);
    return empty;
}

static int take(void)
{
    pthread_mutex_lock(&lock);
    assert(head != tail);
    int item = items[head++ % SIZE];
    pthread_mutex_unlock(&lock);
    return item;
}

static void *consume(void *arg)
{
    (void)arg;
    if (!is_empty()) {
        assert(take() == 9);
    }
    return NULL;
}

int main(void)
{
    pthread_t consumers[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&consumers[i], NULL, consume, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(consumers[i], NULL);
    }
    return 0;
}

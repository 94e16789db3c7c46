// A slot of a table is chosen in one critical section and taken in the next: two threads take the same.
// Fails when: both threads' first_free() come before either's fill().
// Preemptions: 1 (one thread, between first_free() and fill()).
#include <assert.h>
#include <pthread.h>

enum { SLOTS = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int table[SLOTS];

static int first_free(void)
{
    int slot = 0;
    pthread_mutex_lock(&lock);
    while (slot < SLOTS && table[slot] != 0) {
        slot++;
    }
    pthread_mutex_unlock(&lock);
    return slot;
}

static void fill(int slot, int value)
{
    pthread_mutex_lock(&lock);
    table[slot] = value;
    pthread_mutex_unlock(&lock);
}

static void *insert(void *arg)
{
    int slot = first_free();
    fill(slot, *(int *)arg);
    return NULL;
}

int main(void)
{
    static int values[2] = {3, 5};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, insert, &values[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    int sum = 0;
    for (int i = 0; i < SLOTS; i++) {
        sum += table[i];
    }
    assert(sum == 8);
    return 0;
}

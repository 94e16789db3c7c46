// Two threads add each other's number to their own, three times; somebody thought that the largest result
// cannot be.
// Fails when: the two alternate with every single addition: only then the eighth Fibonacci number is reached.
// Preemptions: 4 (after each addition but the last two).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { ROUNDS = 3, EIGHTH = 21 };

static atomic_int number[2] = {1, 1};

static void *grow(void *arg)
{
    int self = *(int *)arg;
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&number[self], atomic_load(&number[1 - self]));
    }
    return NULL;
}

int main(void)
{
    static int ids[2] = {0, 1};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, grow, &ids[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(atomic_load(&number[0]) < EIGHTH && atomic_load(&number[1]) < EIGHTH);
    return 0;
}

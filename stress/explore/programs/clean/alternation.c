// Two threads raise their number to one above the other's, five times.
// Right because: each store adds one to the larger of the two at most, and there are ten.
// Twin of: alternation.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { ROUNDS = 5 };

static atomic_int number[2] = {3, 6};

static void *raise_own(void *arg)
{
    int self = *(int *)arg;
    for (int i = 0; i < ROUNDS; i++) {
        atomic_store(&number[self], atomic_load(&number[1 - self]) + 1);
    }
    return NULL;
}

int main(void)
{
    int index[2] = {0, 1};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, raise_own, &index[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(number[0] <= 6 + 2 * ROUNDS && number[1] <= 6 + 2 * ROUNDS);
    return 0;
}

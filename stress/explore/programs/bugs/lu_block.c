// A factorisation in blocks: the second worker subtracts the pivot's block, and does not wait until it has
// been scaled.
// Fails when: the second worker's load of the pivot's block comes before the first worker's store of the
// scaled one.
// Preemptions: 0 (the second worker runs first).
#include <assert.h>
#include <pthread.h>

static double block[2] = {8.0, 10.0};

static void *scale_pivot(void *arg)
{
    (void)arg;
    block[0] = block[0] / 4.0;
    return NULL;
}

static void *eliminate(void *arg)
{
    (void)arg;
    block[1] = block[1] - block[0];
    return NULL;
}

int main(void)
{
    pthread_t pivot, rest;
    pthread_create(&pivot, NULL, scale_pivot, NULL);
    pthread_create(&rest, NULL, eliminate, NULL);
    pthread_join(pivot, NULL);
    pthread_join(rest, NULL);
    assert(block[1] == 8.0);
    return 0;
}

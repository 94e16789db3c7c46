// Cells computed from their neighbours' last value, step by step, with a barrier after reading and one after
// writing.
// Right because: nobody writes before all have read, nobody reads before all have written.
// Twin of: barrier_missing.c
#include <assert.h>
#include <pthread.h>

enum { CELLS = 3, STEPS = 3 };

static pthread_barrier_t step;
static int cell[CELLS] = {1, 2, 4};

static void *compute(void *arg)
{
    int self = *(int *)arg;
    for (int i = 0; i < STEPS; i++) {
        int neighbour = cell[(self + 1) % CELLS];
        pthread_barrier_wait(&step);
        cell[self] = neighbour;
        pthread_barrier_wait(&step);
    }
    return NULL;
}

int main(void)
{
    static int ids[CELLS];
    pthread_t threads[CELLS];
    pthread_barrier_init(&step, NULL, CELLS);
    for (int i = 0; i < CELLS; i++) {
        ids[i] = i;
        pthread_create(&threads[i], NULL, compute, &ids[i]);
    }
    for (int i = 0; i < CELLS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&step);
    assert(cell[0] == 1 && cell[1] == 2 && cell[2] == 4);
    return 0;
}

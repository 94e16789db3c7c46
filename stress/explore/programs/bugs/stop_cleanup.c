// A worker checks the stop flag, then uses the table; main raises the flag and takes the table away before it
// joins.
// Fails when: `table = NULL` comes between the worker's load of `stop` and its load of `table`.
// Preemptions: 2 (main once the worker exists, the worker between its two loads).
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static int cells[4];
static _Atomic(int *) table = cells;
static atomic_int stop;

static void *work(void *arg)
{
    (void)arg;
    for (int i = 0; i < 4 && !atomic_load(&stop); i++) {
        int *cell = atomic_load(&table);
        cell[i]++;
    }
    return NULL;
}

int main(void)
{
    pthread_t worker;
    pthread_create(&worker, NULL, work, NULL);
    atomic_store(&stop, 1);
    atomic_store(&table, NULL);
    pthread_join(worker, NULL);
    return 0;
}

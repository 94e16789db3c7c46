// Main leaves by pthread_exit before its threads are done; the last of them ends the process.
// Right because: what the threads use is static, and who is last is said by the count itself.
// Twin of: early_exit.c
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 2 };

static atomic_int finished;
static int results[THREADS];

static void *work(void *arg)
{
    *(int *)arg = 5;
    if (atomic_fetch_add(&finished, 1) == THREADS - 1) {
        exit(results[0] + results[1] == 5 * THREADS ? 0 : 3);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, work, &results[i]);
        pthread_detach(threads[i]);
    }
    pthread_exit(NULL);
}

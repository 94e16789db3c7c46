// An object shared by three threads; the last to release it frees it.
// Right because: the decrement itself says who was last, and its release and acquire order all uses before
// the free.
// Twin of: refcount_twice.c, late_thread.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 3 };

struct shared {
    atomic_int references;
    int value;
};

static atomic_int freed;

static void *use(void *arg)
{
    struct shared *shared = arg;
    assert(shared->value == 9);
    if (atomic_fetch_sub_explicit(&shared->references, 1, memory_order_acq_rel) == 1) {
        shared->value = 0;
        free(shared);
        atomic_fetch_add(&freed, 1);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    struct shared *shared = malloc(sizeof *shared);
    if (shared == NULL) {
        return 2;
    }
    atomic_init(&shared->references, THREADS);
    shared->value = 9;
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, use, shared);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(atomic_load(&freed) == 1);
    return 0;
}

// The last reference is recognised by a second load of the count, not by what the decrement returned: two
// threads do.
// Fails when: both decrements come before either thread's load.
// Preemptions: 1 (one thread, between its decrement and its load).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int references = 2, destroyed;

static void *release(void *arg)
{
    (void)arg;
    atomic_fetch_sub(&references, 1);
    if (atomic_load(&references) == 0) {
        assert(atomic_fetch_add(&destroyed, 1) == 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, release, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(atomic_load(&destroyed) == 1);
    return 0;
}

// A pthread_once of one's own: the flag is checked, the initialiser runs, the flag is set; two threads can be
// inside.
// Fails when: the other thread's load of `done` comes between the first's load and its store.
// Preemptions: 1 (the first thread, between its load and its store).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int done, initialised;

static void initialise(void)
{
    assert(atomic_fetch_add(&initialised, 1) == 0);
}

static void once(void)
{
    if (atomic_load(&done) == 0) {
        initialise();
        atomic_store(&done, 1);
    }
}

static void *use(void *arg)
{
    (void)arg;
    once();
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, use, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(atomic_load(&initialised) == 1);
    return 0;
}

// A notifier looks whether an observer is registered and then calls it; in between the observer may have
// gone.
// Fails when: the store of NULL comes between the notifier's two loads of the same observer.
// Preemptions: 1 (the notifier, between its two loads).
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

typedef void (*observer)(void);

static atomic_int calls;

static void observe(void)
{
    atomic_fetch_add(&calls, 1);
}

static _Atomic(observer) observers[2] = {observe, observe};

static void *notify(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        if (atomic_load(&observers[i]) != NULL) {
            observer call = atomic_load(&observers[i]);
            call();
        }
    }
    return NULL;
}

static void *unregister(void *arg)
{
    (void)arg;
    atomic_store(&observers[0], NULL);
    return NULL;
}

int main(void)
{
    pthread_t notifier, leaver;
    pthread_create(&notifier, NULL, notify, NULL);
    pthread_create(&leaver, NULL, unregister, NULL);
    pthread_join(notifier, NULL);
    pthread_join(leaver, NULL);
    return 0;
}

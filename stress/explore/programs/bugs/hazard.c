// A reader protects the node that it is about to use, but does not look whether it is still the current one.
// Fails when: the exchange of `current` and the look at `hazard` come between the reader's load and its
// protection.
// Preemptions: 1 (the reader, between its load of `current` and its store of `hazard`).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct node {
    atomic_int retired;
};

static struct node nodes[2];
static _Atomic(struct node *) current = &nodes[0], hazard;

static void *read_node(void *arg)
{
    (void)arg;
    struct node *mine = atomic_load(&current);
    atomic_store(&hazard, mine);
    assert(!atomic_load(&mine->retired));
    atomic_store(&hazard, NULL);
    return NULL;
}

static void *replace(void *arg)
{
    (void)arg;
    struct node *old = atomic_exchange(&current, &nodes[1]);
    if (atomic_load(&hazard) != old) {
        atomic_store(&old->retired, 1);
    }
    return NULL;
}

int main(void)
{
    pthread_t reader, writer;
    pthread_create(&reader, NULL, read_node, NULL);
    pthread_create(&writer, NULL, replace, NULL);
    pthread_join(reader, NULL);
    pthread_join(writer, NULL);
    return 0;
}

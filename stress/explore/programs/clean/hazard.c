// A reader protects a node and looks again whether it is still the current one; a writer retires what nobody
// protects.
// Right because: a node that is current after it was protected is retired only by who sees the protection.
// Twin of: hazard.c
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
    struct node *mine;
    (void)arg;
    do {
        mine = atomic_load(&current);
        atomic_store(&hazard, mine);
    } while (atomic_load(&current) != mine);
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

// A node is published through an atomic pointer before its fields are filled; the fields are atomic, so
// nothing races.
// Fails when: the reader's load of `value` comes between the store of `shared` and the store of `value`.
// Preemptions: 1 (the writer, between its two stores).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct node {
    atomic_int value;
};

static struct node node;
static _Atomic(struct node *) shared;

static void *publish(void *arg)
{
    (void)arg;
    atomic_store(&shared, &node);
    atomic_store(&node.value, 5);
    return NULL;
}

static void *read_node(void *arg)
{
    (void)arg;
    struct node *seen = atomic_load(&shared);
    if (seen != NULL) {
        assert(atomic_load(&seen->value) == 5);
    }
    return NULL;
}

int main(void)
{
    pthread_t writer, reader;
    pthread_create(&writer, NULL, publish, NULL);
    pthread_create(&reader, NULL, read_node, NULL);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    return 0;
}

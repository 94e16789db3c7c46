// A lock-free stack of indices without a version in its top: pop() cannot see that its top went and came
// back.
// Fails when: between a pop()'s load of `next[node]` and its exchange, others pop that node and the one
// below, and push the first back: the stack then hands out the second while its owner still has it.
// Preemptions: 3 (the slow pop; one owner while it holds a node; the pusher after its push).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { NODES = 3, THREADS = 3, NONE = -1 };

static atomic_int top, next[NODES], taken[NODES];

static int pop(int slow)
{
    (void)slow;
    int node = atomic_load(&top);
    while (node != NONE) {
        int below = atomic_load(&next[node]);
        if (atomic_compare_exchange_strong(&top, &node, below)) {
            break;
        }
    }
    return node;
}

static void push(int node)
{
    int old = atomic_load(&top);
    do {
        atomic_store(&next[node], old);
    } while (!atomic_compare_exchange_strong(&top, &old, node));
}

static void *use(void *arg)
{
    int self = *(int *)arg;
    for (int round = 0; round < 2; round++) {
        int node = pop(self == 0 && round == 0);
        if (node == NONE) {
            continue;
        }
        assert(atomic_exchange(&taken[node], 1) == 0);
        atomic_store(&taken[node], 0);
        push(node);
    }
    return NULL;
}

int main(void)
{
    static int ids[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < NODES; i++) {
        atomic_store(&next[i], i + 1 < NODES ? i + 1 : NONE);
    }
    for (int i = 0; i < THREADS; i++) {
        ids[i] = i;
        pthread_create(&threads[i], NULL, use, &ids[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    int length = 0;
    for (int node = atomic_load(&top); node != NONE && length <= NODES; node = atomic_load(&next[node])) {
        length++;
    }
    assert(length == NODES);
    return 0;
}

// A lock-free stack of indices used by three threads.
// Right because: the top carries a version that each change counts up, so that a top that came back is a new
// one.
// Twin of: aba_stack.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { NODES = 3, THREADS = 3, NONE = 0xff, VERSION = 0x100 };

static atomic_uint top, next[NODES];
static atomic_int taken[NODES];

static unsigned pop(void)
{
    unsigned old = atomic_load(&top), fresh;
    do {
        if ((old & NONE) == NONE) {
            return NONE;
        }
        fresh = ((old & ~(unsigned)NONE) + VERSION) | atomic_load(&next[old & NONE]);
    } while (!atomic_compare_exchange_strong(&top, &old, fresh));
    return old & NONE;
}

static void push(unsigned node)
{
    unsigned old = atomic_load(&top), fresh;
    do {
        atomic_store(&next[node], old & NONE);
        fresh = ((old & ~(unsigned)NONE) + VERSION) | node;
    } while (!atomic_compare_exchange_strong(&top, &old, fresh));
}

static void *use(void *arg)
{
    (void)arg;
    for (int round = 0; round < 2; round++) {
        unsigned node = pop();
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
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < NODES; i++) {
        atomic_store(&next[i], i + 1 < NODES ? i + 1 : NONE);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, use, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    int length = 0;
    while (pop() != NONE) {
        length++;
    }
    assert(length == NODES);
    return 0;
}

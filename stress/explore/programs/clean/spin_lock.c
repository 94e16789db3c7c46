// A spin lock by exchange, with a yield in its loop, round a plain counter.
// Right because: test and set are one operation; its acquire pairs with the release of the unlock.
// Twin of: spin_test_then_set.c, flags_plain.c
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int locked;
static int value;

static void *bump(void *arg)
{
    (void)arg;
    while (atomic_exchange_explicit(&locked, 1, memory_order_acquire)) {
        sched_yield();
    }
    value++;
    atomic_store_explicit(&locked, 0, memory_order_release);
    return NULL;
}

int main(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, bump, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(value == 3);
    return 0;
}

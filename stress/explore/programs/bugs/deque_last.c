// A work-stealing deque whose owner takes the last element without racing the thief for it by
// compare-and-swap.
// Fails when: the thief's loads of `top` and `bottom` come before pop()'s store of `bottom`, its exchange
// after pop()'s load of `top`.
// Preemptions: 2 (main once the thief exists, the thief between its loads and its exchange).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { SIZE = 4, TASKS = 2, EMPTY = -1 };

static atomic_int top, bottom, items[SIZE], runs[TASKS];

static void push(int task)
{
    int b = atomic_load(&bottom);
    atomic_store(&items[b % SIZE], task);
    atomic_store(&bottom, b + 1);
}

static int pop(void)
{
    int b = atomic_load(&bottom) - 1;
    atomic_store(&bottom, b);
    int t = atomic_load(&top);
    if (t <= b) {
        return atomic_load(&items[b % SIZE]);
    }
    atomic_store(&bottom, b + 1);
    return EMPTY;
}

static int steal(void)
{
    int t = atomic_load(&top);
    int b = atomic_load(&bottom);
    if (t >= b) {
        return EMPTY;
    }
    int task = atomic_load(&items[t % SIZE]);
    return atomic_compare_exchange_strong(&top, &t, t + 1) ? task : EMPTY;
}

static void run(int task)
{
    if (task != EMPTY) {
        atomic_fetch_add(&runs[task], 1);
    }
}

static void *thief(void *arg)
{
    (void)arg;
    run(steal());
    return NULL;
}

int main(void)
{
    pthread_t other;
    for (int i = 0; i < TASKS; i++) {
        push(i);
    }
    pthread_create(&other, NULL, thief, NULL);
    for (int i = 0; i < TASKS; i++) {
        run(pop());
    }
    pthread_join(other, NULL);
    for (int i = 0; i < TASKS; i++) {
        assert(atomic_load(&runs[i]) == 1);
    }
    return 0;
}

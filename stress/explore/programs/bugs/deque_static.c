// A work-stealing deque of two static slots whose thief reads the slot after it has given it up by moving
// `top`.
// Fails when: the owner's push into the freed slot comes between the thief's exchange and its load of the
// slot.
// Preemptions: 2 (main once the thief exists, the thief between its exchange and its load).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { SIZE = 2, TASKS = 4, EMPTY = -1 };

static atomic_int top, bottom, items[SIZE], runs[TASKS];

static int push(int task)
{
    int b = atomic_load(&bottom);
    if (b - atomic_load(&top) == SIZE) {
        return 0;
    }
    atomic_store(&items[b % SIZE], task);
    atomic_store(&bottom, b + 1);
    return 1;
}

static int steal(void)
{
    int t = atomic_load(&top);
    if (t >= atomic_load(&bottom) || !atomic_compare_exchange_strong(&top, &t, t + 1)) {
        return EMPTY;
    }
    return atomic_load(&items[t % SIZE]);
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
    run(steal());
    return NULL;
}

int main(void)
{
    pthread_t other;
    push(0);
    push(1);
    pthread_create(&other, NULL, thief, NULL);
    for (int i = 2; i < TASKS; i++) {
        if (!push(i)) {
            run(i);
        }
    }
    pthread_join(other, NULL);
    run(steal());
    run(steal());
    for (int i = 0; i < TASKS; i++) {
        assert(atomic_load(&runs[i]) == 1);
    }
    return 0;
}

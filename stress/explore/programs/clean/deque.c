// A work-stealing deque of four slots: an owner and a thief.
// Right because: pop() lowers `bottom` before it looks at `top`, and both race for the last task by
// compare-and-swap; the thief reads its slot before it gives it up.
// Twin of: deque_last.c, deque_order.c, deque_static.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { SIZE = 4, TASKS = 3, EMPTY = -1 };

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
    if (t > b) {
        atomic_store(&bottom, b + 1);
        return EMPTY;
    }
    int task = atomic_load(&items[b % SIZE]);
    if (t < b) {
        return task;
    }
    int won = atomic_compare_exchange_strong(&top, &t, t + 1);
    atomic_store(&bottom, b + 1);
    return won ? task : EMPTY;
}

static int steal(void)
{
    int t = atomic_load(&top);
    if (t >= atomic_load(&bottom)) {
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
    run(steal());
    return NULL;
}

int main(void)
{
    pthread_t other;
    push(0);
    push(1);
    pthread_create(&other, NULL, thief, NULL);
    push(2);
    for (int task; (task = pop()) != EMPTY;) {
        run(task);
    }
    pthread_join(other, NULL);
    for (int i = 0; i < TASKS; i++) {
        assert(atomic_load(&runs[i]) == 1);
    }
    return 0;
}

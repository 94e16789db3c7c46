// A work-stealing deque whose owner looks at `top` before it lowers `bottom`: a thief can pass between the
// two.
// Fails when: pop() loads `top` while two tasks are left, and two steals come before its store of `bottom`.
// Preemptions: 1 (the owner, between its load of `top` and its store of `bottom`).
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
    int t = atomic_load(&top);
    int b = atomic_load(&bottom) - 1;
    atomic_store(&bottom, b);
    if (t > b) {
        atomic_store(&bottom, t);
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

static void *thief(void *arg)
{
    (void)arg;
    for (int i = 0; i < TASKS; i++) {
        int task = steal();
        if (task != EMPTY) {
            atomic_fetch_add(&runs[task], 1);
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t other;
    push(0);
    push(1);
    pthread_create(&other, NULL, thief, NULL);
    for (int task; (task = pop()) != EMPTY;) {
        atomic_fetch_add(&runs[task], 1);
    }
    pthread_join(other, NULL);
    for (int i = 0; i < TASKS; i++) {
        assert(atomic_load(&runs[i]) <= 1);
    }
    return 0;
}

// A deque whose thief works under a lock and whose owner takes it only when the deque looks nearly empty; but
// the owner compares before it has made its claim on the tail visible.
// Fails when: the thief's look at `tail` comes between pop()'s load of `head` and its store of `tail`.
// Preemptions: 1 (the owner, between its load of `head` and its store of `tail`).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { TASKS = 2, EMPTY = -1 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int head, tail = TASKS, runs[TASKS];

static int steal(void)
{
    int task = EMPTY;
    pthread_mutex_lock(&lock);
    int h = atomic_load(&head);
    if (h < atomic_load(&tail)) {
        atomic_store(&head, h + 1);
        task = h;
    }
    pthread_mutex_unlock(&lock);
    return task;
}

static int pop(void)
{
    int task = EMPTY;
    int t = atomic_load(&tail) - 1;
    if (atomic_load(&head) < t) {
        atomic_store(&tail, t);
        return t;
    }
    pthread_mutex_lock(&lock);
    if (atomic_load(&head) <= t) {
        atomic_store(&tail, t);
        task = t;
    }
    pthread_mutex_unlock(&lock);
    return task;
}

static void *thief(void *arg)
{
    (void)arg;
    for (int task; (task = steal()) != EMPTY;) {
        atomic_fetch_add(&runs[task], 1);
    }
    return NULL;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, thief, NULL);
    for (int task; (task = pop()) != EMPTY;) {
        atomic_fetch_add(&runs[task], 1);
    }
    pthread_join(other, NULL);
    for (int i = 0; i < TASKS; i++) {
        assert(atomic_load(&runs[i]) == 1);
    }
    return 0;
}

// The naive flag protocol on plain variables: wait until the other's flag is down, then raise one's own.
// Fails when: both threads' last look at the other's flag comes before either raises its own.
// Preemptions: 2 (one thread between look and raise, the other inside).
#include <assert.h>
#include <pthread.h>
#include <sched.h>

static volatile int busy[2], inside;

static void *enter(void *arg)
{
    int self = *(int *)arg;
    while (busy[1 - self]) {
        sched_yield();
    }
    busy[self] = 1;
    inside++;
    assert(inside == 1);
    inside--;
    busy[self] = 0;
    return NULL;
}

int main(void)
{
    static int ids[2] = {0, 1};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, enter, &ids[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

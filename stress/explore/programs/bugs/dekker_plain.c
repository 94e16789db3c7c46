// Dekker's idea on plain variables, cut short: a thread that sees the other waiting takes back its wish,
// gives it again, and goes in without looking again.
// Fails when: a thread sees the other's wish, and the other is still inside when it comes back from its
// yield.
// Preemptions: 1 (one thread, inside).
#include <assert.h>
#include <pthread.h>
#include <sched.h>

static volatile int wants[2], inside;

static void *enter(void *arg)
{
    int self = *(int *)arg, other = 1 - self;
    wants[self] = 1;
    if (wants[other]) {
        wants[self] = 0;
        sched_yield();
        wants[self] = 1;
    }
    assert(inside == 0);
    inside = 1;
    inside = 0;
    wants[self] = 0;
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

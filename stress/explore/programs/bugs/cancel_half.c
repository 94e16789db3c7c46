// A transfer between two accounts is cancelled by main; the sleep between its two halves is a cancellation
// point, and no handler undoes the first.
// Fails when: main cancels before the transfer has come past its sleep.
// Preemptions: 0 (the sleep gives the turn away).
#include <assert.h>
#include <pthread.h>
#include <unistd.h>

static int from = 10, to;

static void *transfer(void *arg)
{
    from -= 4;
    usleep(100);
    to += 4;
    return arg;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, transfer, NULL);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    assert(from + to == 10);
    return 0;
}

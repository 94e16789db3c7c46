// A transfer between two accounts is cancelled by main, and puts that off while it is half-way.
// Right because: with cancellation disabled the sleep is no cancellation point.
// Twin of: cancel_half.c
#include <assert.h>
#include <pthread.h>
#include <unistd.h>

static int from = 10, to;

static void *transfer(void *arg)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    from -= 4;
    usleep(100);
    to += 4;
    pthread_setcancelstate(before, NULL);
    pthread_testcancel();
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

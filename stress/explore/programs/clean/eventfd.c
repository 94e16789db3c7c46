// A result announced through an eventfd that the other thread polls and then reads.
// Right because: the result's release comes before the write to the eventfd, its acquire after the read.
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int event;
static atomic_int result;

static void *compute(void *arg)
{
    uint64_t one = 1;
    (void)arg;
    atomic_store_explicit(&result, 42, memory_order_release);
    assert(write(event, &one, sizeof one) == (ssize_t)sizeof one);
    return NULL;
}

static void *collect(void *arg)
{
    struct pollfd ready = {.fd = event, .events = POLLIN};
    uint64_t count = 0;
    (void)arg;
    assert(poll(&ready, 1, -1) == 1);
    assert(read(event, &count, sizeof count) == (ssize_t)sizeof count);
    assert(count == 1);
    assert(atomic_load_explicit(&result, memory_order_acquire) == 42);
    return NULL;
}

int main(void)
{
    pthread_t collector, computer;
    event = eventfd(0, 0);
    if (event < 0) {
        return 2;
    }
    pthread_create(&collector, NULL, collect, NULL);
    pthread_create(&computer, NULL, compute, NULL);
    pthread_join(collector, NULL);
    pthread_join(computer, NULL);
    close(event);
    return 0;
}

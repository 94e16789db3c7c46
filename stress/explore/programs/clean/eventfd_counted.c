// Two results are announced through one eventfd of the semaphore kind, and collected one read at a time.
// Right because: each read takes one of the count, and there are as many reads as writes.
// Twin of: eventfd_merged.c
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int event;

static void *announce(void *arg)
{
    uint64_t one = 1;
    (void)arg;
    assert(write(event, &one, sizeof one) == (ssize_t)sizeof one);
    return NULL;
}

static void *collect(void *arg)
{
    uint64_t count;
    (void)arg;
    for (int i = 0; i < 2; i++) {
        assert(read(event, &count, sizeof count) == (ssize_t)sizeof count);
        assert(count == 1);
    }
    return NULL;
}

int main(void)
{
    pthread_t collector, announcers[2];
    event = eventfd(0, EFD_SEMAPHORE);
    if (event < 0) {
        return 2;
    }
    pthread_create(&collector, NULL, collect, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_create(&announcers[i], NULL, announce, NULL);
    }
    pthread_join(collector, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_join(announcers[i], NULL);
    }
    close(event);
    return 0;
}

// Two results are announced through one eventfd; the collector reads once for each. Two writes before the
// first read are one read, and the second read waits for ever.
// Fails when: both writes come before the first read.
// Preemptions: 0 (the collector comes last).
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int event;

static void *announce(void *arg)
{
    uint64_t one = 1;
    return write(event, &one, sizeof one) == (ssize_t)sizeof one ? NULL : arg;
}

static void *collect(void *arg)
{
    uint64_t count;
    for (int i = 0; i < 2; i++) {
        if (read(event, &count, sizeof count) != (ssize_t)sizeof count) {
            return arg;
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t collector, announcers[2];
    event = eventfd(0, 0);
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

// Numbers handed over through a pipe, read until its end.
// Right because: each number is written whole, and the reader blocks until it comes or the pipe is closed.
#include <assert.h>
#include <pthread.h>
#include <unistd.h>

static int ends[2];

static void *produce(void *arg)
{
    (void)arg;
    for (int i = 1; i <= 3; i++) {
        assert(write(ends[1], &i, sizeof i) == (ssize_t)sizeof i);
    }
    close(ends[1]);
    return NULL;
}

static void *consume(void *arg)
{
    int number, sum = 0;
    (void)arg;
    while (read(ends[0], &number, sizeof number) == (ssize_t)sizeof number) {
        sum += number;
    }
    assert(sum == 6);
    return NULL;
}

int main(void)
{
    pthread_t producer, consumer;
    if (pipe(ends) != 0) {
        return 2;
    }
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(consumer, NULL);
    pthread_join(producer, NULL);
    close(ends[0]);
    return 0;
}

// A sequence lock whose reader waits for an even number and then does not look whether it is still the same.
// Fails when: a whole write, or half of one, comes between the reader's loads of `left` and `right`.
// Preemptions: 1 (the reader, between its two loads).
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_uint sequence;
static atomic_int left, right;

static void *write_pair(void *arg)
{
    (void)arg;
    atomic_fetch_add(&sequence, 1);
    atomic_store(&left, 1);
    atomic_store(&right, -1);
    atomic_fetch_add(&sequence, 1);
    return NULL;
}

static void *read_pair(void *arg)
{
    (void)arg;
    while (atomic_load(&sequence) % 2 != 0) {
        sched_yield();
    }
    int a = atomic_load(&left);
    int b = atomic_load(&right);
    assert(a + b == 0);
    return NULL;
}

int main(void)
{
    pthread_t writer, reader;
    pthread_create(&writer, NULL, write_pair, NULL);
    pthread_create(&reader, NULL, read_pair, NULL);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    return 0;
}

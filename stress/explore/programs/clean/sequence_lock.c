// A pair behind a sequence lock, all of it atomic; the reader tries again until it was not disturbed.
// Right because: an odd or a changed sequence number is never taken for a whole pair, and the writer is
// finite.
// Twin of: publish_early.c
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_uint sequence;
static atomic_int left, right;

static void *write_pairs(void *arg)
{
    (void)arg;
    for (int i = 1; i <= 2; i++) {
        atomic_fetch_add(&sequence, 1);
        atomic_store(&left, i);
        atomic_store(&right, -i);
        atomic_fetch_add(&sequence, 1);
    }
    return NULL;
}

static void *read_pair(void *arg)
{
    (void)arg;
    for (;;) {
        unsigned before = atomic_load(&sequence);
        int a = atomic_load(&left), b = atomic_load(&right);
        if (before % 2 == 0 && atomic_load(&sequence) == before) {
            assert(a + b == 0);
            return NULL;
        }
        sched_yield();
    }
}

int main(void)
{
    pthread_t writer, reader;
    pthread_create(&writer, NULL, write_pairs, NULL);
    pthread_create(&reader, NULL, read_pair, NULL);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    return 0;
}

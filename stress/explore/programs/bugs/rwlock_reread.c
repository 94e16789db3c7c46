// A reader takes a writer-preferring read lock a second time; a writer that queued in between blocks it, and
// it the writer.
// Fails when: the writer's wrlock comes between the reader's first and second rdlock.
// Preemptions: 1 (the reader, between its two rdlocks).
#define _GNU_SOURCE
#include <assert.h>
#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static int left = 4, right = 4;

static int sum(void)
{
    pthread_rwlock_rdlock(&lock);
    int both = left + right;
    pthread_rwlock_unlock(&lock);
    return both;
}

static void *check(void *arg)
{
    (void)arg;
    pthread_rwlock_rdlock(&lock);
    int mine = left;
    assert(sum() == 2 * mine);
    pthread_rwlock_unlock(&lock);
    return NULL;
}

static void *change(void *arg)
{
    (void)arg;
    pthread_rwlock_wrlock(&lock);
    left++;
    right++;
    pthread_rwlock_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t reader, writer;
    pthread_create(&reader, NULL, check, NULL);
    pthread_create(&writer, NULL, change, NULL);
    pthread_join(reader, NULL);
    pthread_join(writer, NULL);
    return 0;
}

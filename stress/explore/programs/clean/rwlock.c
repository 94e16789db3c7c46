// Two readers and a writer on a reader-writer lock; the pair is always whole.
// Right because: the writer changes both halves under the write lock, and readers hold the read lock once.
// Twin of: rwlock_reread.c, rwlock_cross.c
#include <assert.h>
#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int left = 4, right = 4;

static void *check(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        pthread_rwlock_rdlock(&lock);
        assert(left == right);
        pthread_rwlock_unlock(&lock);
    }
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
    pthread_t writer, readers[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&readers[i], NULL, check, NULL);
    }
    pthread_create(&writer, NULL, change, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_join(readers[i], NULL);
    }
    pthread_join(writer, NULL);
    assert(left == 5 && right == 5);
    return 0;
}

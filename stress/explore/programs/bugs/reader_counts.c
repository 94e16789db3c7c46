// Readers of a table count their hits, and hold only the read lock while they do.
// Fails when: one reader's load of `hits` comes between the other's load and store of it.
// Preemptions: 1 (one reader, between its load and its store).
#include <assert.h>
#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int table[2] = {5, 6}, hits;

static void *look_up(void *arg)
{
    int row = *(int *)arg;
    pthread_rwlock_rdlock(&lock);
    assert(table[row] == 5 + row);
    int seen = hits;
    hits = seen + 1;
    pthread_rwlock_unlock(&lock);
    return NULL;
}

int main(void)
{
    static int rows[2] = {0, 1};
    pthread_t readers[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&readers[i], NULL, look_up, &rows[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(readers[i], NULL);
    }
    assert(hits == 2);
    return 0;
}

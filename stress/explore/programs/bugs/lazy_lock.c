// The lock itself is made on first use: two threads make one each, and lock what the other does not know.
// Fails when: both threads find no lock before either publishes its own, and both are inside at once.
// Preemptions: 2 (one thread between look and publication, the other inside).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t made[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static _Atomic(pthread_mutex_t *) lock;
static atomic_int inside;

static void *use(void *arg)
{
    pthread_mutex_t *mine = atomic_load(&lock);
    if (mine == NULL) {
        mine = arg;
        atomic_store(&lock, mine);
    }
    pthread_mutex_lock(mine);
    assert(atomic_fetch_add(&inside, 1) == 0);
    atomic_fetch_sub(&inside, 1);
    pthread_mutex_unlock(mine);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, use, &made[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

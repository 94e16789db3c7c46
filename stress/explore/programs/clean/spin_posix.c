// pthread_spin_lock and its try, round a plain counter.
// Right because: who does not get the lock by trying waits for it.
// Twin of: trylock_fallback.c
#include <assert.h>
#include <pthread.h>

static pthread_spinlock_t lock;
static int value;

static void *bump(void *arg)
{
    (void)arg;
    if (pthread_spin_trylock(&lock) != 0) {
        pthread_spin_lock(&lock);
    }
    value++;
    pthread_spin_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t threads[3];
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, bump, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(value == 3);
    pthread_spin_destroy(&lock);
    return 0;
}

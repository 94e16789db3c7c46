// Two readers hand the read lock to each other and never leave it free; the writer that would end them never
// gets in.
// Fails when: both readers hold the read lock once before the writer's wrlock; from then on, in every order.
// Preemptions: 0 (who runs first decides; the readers yield).
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int holder = -1;
static int stop;

static void *read_on(void *arg)
{
    int self = *(int *)arg, stopped = 0;
    while (!stopped) {
        pthread_rwlock_rdlock(&lock);
        stopped = stop;
        atomic_store(&holder, self);
        while (!stopped && atomic_load(&holder) == self) {
            sched_yield();
        }
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

static void *end(void *arg)
{
    (void)arg;
    pthread_rwlock_wrlock(&lock);
    stop = 1;
    pthread_rwlock_unlock(&lock);
    return NULL;
}

int main(void)
{
    static int ids[2] = {0, 1};
    pthread_t writer, readers[2];
    pthread_create(&writer, NULL, end, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_create(&readers[i], NULL, read_on, &ids[i]);
    }
    pthread_join(writer, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_join(readers[i], NULL);
    }
    return 0;
}

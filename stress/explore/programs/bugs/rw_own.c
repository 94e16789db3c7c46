// A reader-writer lock of one's own: the writer waits until there is no reader, lets the mutex go, and only
// then says that it writes.
// Fails when: a reader enters between the writer's release of `lock` and its store of `writing`, and stays.
// Preemptions: 2 (the writer after its release of the mutex, the reader once it is in).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static atomic_int readers, writing;

static void *write_value(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (atomic_load(&readers) > 0) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    atomic_store(&writing, 1);
    assert(atomic_load(&readers) == 0);
    pthread_mutex_lock(&lock);
    atomic_store(&writing, 0);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *read_value(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (atomic_load(&writing)) {
        pthread_cond_wait(&changed, &lock);
    }
    atomic_fetch_add(&readers, 1);
    pthread_mutex_unlock(&lock);
    pthread_mutex_lock(&lock);
    atomic_fetch_sub(&readers, 1);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t writer, reader;
    pthread_create(&writer, NULL, write_value, NULL);
    pthread_create(&reader, NULL, read_value, NULL);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    return 0;
}

// A reader-writer lock of one's own from a mutex and a condition variable.
// Right because: who enters changes the state in the critical section in which it found it fit.
// Twin of: rw_own.c, rw_upgrade.c
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int readers, writing, value;

static void *write_value(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (readers > 0 || writing) {
        pthread_cond_wait(&changed, &lock);
    }
    writing = 1;
    pthread_mutex_unlock(&lock);
    value++;
    value++;
    pthread_mutex_lock(&lock);
    writing = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *read_value(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (writing) {
        pthread_cond_wait(&changed, &lock);
    }
    readers++;
    pthread_mutex_unlock(&lock);
    assert(value % 2 == 0);
    pthread_mutex_lock(&lock);
    readers--;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t writers[2], reader;
    pthread_create(&writers[0], NULL, write_value, NULL);
    pthread_create(&reader, NULL, read_value, NULL);
    pthread_create(&writers[1], NULL, write_value, NULL);
    pthread_join(writers[0], NULL);
    pthread_join(reader, NULL);
    pthread_join(writers[1], NULL);
    assert(value == 4);
    return 0;
}

// Two threads give a device a larger buffer: each reads the old one under the lock, and frees it outside. The
// lock orders all accesses, and ThreadSanitizer says nothing of the second free.
// Fails when: both read the buffer before either has put its own in its place: both free the same.
// Preemptions: 1 (one thread, between its sections).
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *buffer;

static void *enlarge(void *size)
{
    pthread_mutex_lock(&lock);
    char *old = buffer;
    pthread_mutex_unlock(&lock);
    char *larger = calloc(1, *(const size_t *)size);
    pthread_mutex_lock(&lock);
    buffer = larger;
    pthread_mutex_unlock(&lock);
    free(old);
    return NULL;
}

int main(void)
{
    static size_t sizes[2] = {64, 128};
    pthread_t threads[2];
    buffer = calloc(1, 32);
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, enlarge, &sizes[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    free(buffer);
    return 0;
}

// Two threads give a device a larger buffer, and each frees the one that it has replaced.
// Right because: the old buffer is taken out in the section that puts the new one in its place.
// Twin of: freed_twice.c
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *buffer;

static void *enlarge(void *size)
{
    char *larger = calloc(1, *(const size_t *)size);
    pthread_mutex_lock(&lock);
    char *old = buffer;
    buffer = larger;
    pthread_mutex_unlock(&lock);
    old = realloc(old, 16);
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

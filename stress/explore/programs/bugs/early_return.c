// A reader that finds the file not yet open returns its error with the lock still held.
// Fails when: read_file() takes the lock before open_file() does.
// Preemptions: 0 (who runs first decides).
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int is_open, reads;

static void *open_file(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    is_open = 1;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *read_file(void *arg)
{
    pthread_mutex_lock(&lock);
    if (!is_open) {
        return arg;
    }
    reads++;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t opener, reader;
    pthread_create(&opener, NULL, open_file, NULL);
    pthread_create(&reader, NULL, read_file, NULL);
    pthread_join(opener, NULL);
    pthread_join(reader, NULL);
    return 0;
}

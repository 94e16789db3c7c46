// Double-checked initialisation whose flag is set before the object is whole; the first check takes no lock.
// Fails when: the other thread's load of `ready` comes between `ready = 1` and the last store to `config`.
// Preemptions: 1 (the initialising thread, after `ready = 1`).
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int ready;
static struct {
    int width, height;
} config;

static int area(void)
{
    if (!ready) {
        pthread_mutex_lock(&lock);
        if (!ready) {
            ready = 1;
            config.width = 6;
            config.height = 7;
        }
        pthread_mutex_unlock(&lock);
    }
    return config.width * config.height;
}

static void *use(void *arg)
{
    (void)arg;
    assert(area() == 42);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, use, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

// Initialisation by pthread_once from three threads.
// Right because: pthread_once runs it once, and returns in each thread only after it has run.
// Twin of: once_by_hand.c
#include <assert.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised;

static void initialise(void)
{
    initialised++;
}

static void *use(void *arg)
{
    (void)arg;
    pthread_once(&once, initialise);
    assert(initialised == 1);
    return NULL;
}

int main(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, use, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

// A stack of plain integers, locked when it is changed, but asked without the lock whether there is anything
// on it.
// Fails when: both poppers' look at `height` comes before either pops the only element.
// Preemptions: 1 (one popper, between its look and its lock).
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int stack[4] = {8}, height = 1;

static int pop(void)
{
    pthread_mutex_lock(&lock);
    assert(height > 0);
    int value = stack[--height];
    pthread_mutex_unlock(&lock);
    return value;
}

static void *pop_if_any(void *arg)
{
    (void)arg;
    if (height > 0) {
        assert(pop() == 8);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, pop_if_any, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

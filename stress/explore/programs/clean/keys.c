// Thread-specific values and thread-locals; the key's destructor frees the first and counts.
// Right because: each thread has its own value, and join comes after its destructors.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_key_t key;
static atomic_int destroyed;
static _Thread_local int local;

static void destroy(void *value)
{
    free(value);
    atomic_fetch_add(&destroyed, 1);
}

static void *use(void *arg)
{
    int *mine = malloc(sizeof *mine);
    if (mine == NULL) {
        return NULL;
    }
    *mine = local = *(int *)arg;
    pthread_setspecific(key, mine);
    assert(*(int *)pthread_getspecific(key) == local);
    return NULL;
}

int main(void)
{
    static int values[2] = {7, 8};
    pthread_t threads[2];
    pthread_key_create(&key, destroy);
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, use, &values[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(atomic_load(&destroyed) == 2 && local == 0);
    pthread_key_delete(key);
    return 0;
}

// A server that finds all closed leaves by pthread_exit; its clean-up handler counts it, and does not let
// go of the lock that it holds.
// Fails when: it is closed before the server has looked.
// Preemptions: 0 (main waits, and the second thread goes first).
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int closed, served, left;

static void count(void *arg)
{
    (void)arg;
    left++;
}

static void *serve(void *arg)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(count, &lock);
    if (closed) {
        pthread_exit(NULL);
    }
    pthread_cleanup_pop(0);
    served++;
    pthread_mutex_unlock(&lock);
    return arg;
}

static void *close_down(void *arg)
{
    pthread_mutex_lock(&lock);
    closed = 1;
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    pthread_t server, closer;
    pthread_create(&server, NULL, serve, NULL);
    pthread_create(&closer, NULL, close_down, NULL);
    pthread_join(server, NULL);
    pthread_join(closer, NULL);
    pthread_mutex_lock(&lock);
    assert(served + left == 1);
    pthread_mutex_unlock(&lock);
    return 0;
}

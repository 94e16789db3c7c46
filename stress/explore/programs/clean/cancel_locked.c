// A worker takes orders under a lock until it is cancelled, and waits with a clean-up handler.
// Right because: a wait that is cancelled ends with the lock held, and the handler lets it go; nothing can
// be cancelled between taking and having done an order.
// Twin of: cancel_locked.c
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ordered, done;

static void unlock(void *arg)
{
    pthread_mutex_unlock(arg);
}

static void *work(void *arg)
{
    for (;;) {
        pthread_testcancel();
        pthread_mutex_lock(&lock);
        pthread_cleanup_push(unlock, &lock);
        while (done == ordered) {
            pthread_cond_wait(&changed, &lock);
        }
        done = ordered;
        pthread_cleanup_pop(1);
    }
    return arg;
}

int main(void)
{
    pthread_t worker;
    void *value;
    pthread_create(&worker, NULL, work, NULL);
    pthread_mutex_lock(&lock);
    ordered = 3;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_cancel(worker);
    pthread_join(worker, &value);
    assert(value == PTHREAD_CANCELED);
    pthread_mutex_lock(&lock);
    assert(done == 0 || done == ordered);
    pthread_mutex_unlock(&lock);
    return 0;
}

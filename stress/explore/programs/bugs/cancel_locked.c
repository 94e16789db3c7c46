// A worker takes orders under a lock until it is cancelled, and waits for the next without a clean-up
// handler: cancelled there, it ends with the lock held.
// Fails when: it comes to wait before main cancels it.
// Preemptions: 1
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ordered, done;

static void *work(void *arg)
{
    for (;;) {
        pthread_testcancel();
        pthread_mutex_lock(&lock);
        if (done == ordered) {
            pthread_cond_wait(&changed, &lock);
        }
        done = ordered;
        pthread_mutex_unlock(&lock);
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

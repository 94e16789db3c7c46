// A send that finds the line closed reports the error under the lock, and the report takes the same lock
// again.
// Fails when: hang_up() comes before send_line() takes the lock.
// Preemptions: 0 (who runs first decides).
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int closed, sent, errors;

static void report(void)
{
    pthread_mutex_lock(&lock);
    errors++;
    pthread_mutex_unlock(&lock);
}

static void *send_line(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    if (closed) {
        report();
    } else {
        sent++;
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *hang_up(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    closed = 1;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t sender, closer;
    pthread_create(&sender, NULL, send_line, NULL);
    pthread_create(&closer, NULL, hang_up, NULL);
    pthread_join(sender, NULL);
    pthread_join(closer, NULL);
    return 0;
}

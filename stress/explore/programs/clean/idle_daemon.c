// Main ends while a detached thread waits for work that never comes: no deadlock, the process just ends.
// Right because: main waits for all that it needs, and nothing is owed to the daemon.
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t submitted = PTHREAD_COND_INITIALIZER, served = PTHREAD_COND_INITIALIZER;
static int waiting, answers;

static void *serve(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (waiting == 0) {
            pthread_cond_wait(&submitted, &lock);
        }
        waiting--;
        answers++;
        pthread_cond_signal(&served);
    }
}

int main(void)
{
    pthread_t daemon;
    pthread_create(&daemon, NULL, serve, NULL);
    pthread_detach(daemon);
    pthread_mutex_lock(&lock);
    waiting++;
    pthread_cond_signal(&submitted);
    while (answers == 0) {
        pthread_cond_wait(&served, &lock);
    }
    assert(answers == 1);
    pthread_mutex_unlock(&lock);
    return 0;
}

// A token goes round a ring of three; whoever passes it on signals one waiter, and not necessarily the next
// holder.
// Fails when: a signal wakes a thread whose turn it is not while the one whose turn it is waits too.
// Preemptions: 0 (who waits first decides, with waiters woken first come first served).
#include <pthread.h>

enum { THREADS = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t passed = PTHREAD_COND_INITIALIZER;
static int token;

static void *take_turn(void *arg)
{
    int self = *(int *)arg;
    pthread_mutex_lock(&lock);
    while (token != self) {
        pthread_cond_wait(&passed, &lock);
    }
    token = (token + 1) % THREADS;
    pthread_cond_signal(&passed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    static int ids[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        ids[i] = i;
        pthread_create(&threads[i], NULL, take_turn, &ids[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

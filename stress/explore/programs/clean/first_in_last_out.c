// Two parties share a hall: the first of a party to come in waits for it, the last to go gives it back.
// Right because: who waits for the hall lets the lock go while it waits, on a condition variable.
// Twin of: first_in_last_out.c
#include <assert.h>
#include <pthread.h>

enum { EACH = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left = PTHREAD_COND_INITIALIZER;
static int guests[2], visits;

static void *visit(void *arg)
{
    int party = *(int *)arg;
    pthread_mutex_lock(&lock);
    while (guests[1 - party] > 0) {
        pthread_cond_wait(&left, &lock);
    }
    guests[party]++;
    pthread_mutex_unlock(&lock);
    pthread_mutex_lock(&lock);
    assert(guests[1 - party] == 0);
    visits++;
    if (--guests[party] == 0) {
        pthread_cond_broadcast(&left);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    static int parties[2] = {0, 1};
    pthread_t threads[2 * EACH];
    for (int i = 0; i < 2 * EACH; i++) {
        pthread_create(&threads[i], NULL, visit, &parties[i % 2]);
    }
    for (int i = 0; i < 2 * EACH; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(visits == 2 * EACH);
    return 0;
}

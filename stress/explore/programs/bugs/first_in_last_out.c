// Two parties share a hall: the first of a party to come in locks it, the last to go unlocks it, and both
// count under one lock. Who waits for the hall holds the lock that the others need to leave.
// Fails when: one party comes in while the other is in the hall.
// Preemptions: 1 (one thread, in the hall).
#include <pthread.h>

static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER, hall = PTHREAD_MUTEX_INITIALIZER;
static int guests[2];

static void *visit(void *arg)
{
    int party = *(int *)arg;
    pthread_mutex_lock(&count_lock);
    if (++guests[party] == 1) {
        pthread_mutex_lock(&hall);
    }
    pthread_mutex_unlock(&count_lock);
    pthread_mutex_lock(&count_lock);
    if (--guests[party] == 0) {
        pthread_mutex_unlock(&hall);
    }
    pthread_mutex_unlock(&count_lock);
    return NULL;
}

int main(void)
{
    static int parties[2] = {0, 1};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, visit, &parties[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

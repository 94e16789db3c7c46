// Three threads change one sum, each under the lock; the third takes it for granted that it does not come
// last.
// Fails when: the third thread's critical section comes after both others'.
// Preemptions: 0 (who runs when decides).
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int sum;

static void *add(void *arg)
{
    pthread_mutex_lock(&lock);
    sum += *(int *)arg;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *check(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    assert(sum < 3);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    static int amounts[2] = {1, 2};
    pthread_t checker, adders[2];
    pthread_create(&checker, NULL, check, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_create(&adders[i], NULL, add, &amounts[i]);
    }
    pthread_join(checker, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_join(adders[i], NULL);
    }
    return 0;
}

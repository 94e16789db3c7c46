/* A whole program to explore, of the usual size: two producers, a consumer, a queue of two under a lock. */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#define CAPACITY 2
#define EACH     3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int queue[CAPACITY], length;

static void *produce(void *argument)
{
    for (int i = 0; i < EACH; i++) {
        pthread_mutex_lock(&lock);
        while (length == CAPACITY) {
            pthread_cond_wait(&changed, &lock);
        }
        queue[length++] = i;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return argument;
}

int main(void)
{
    pthread_t producer[2];
    int sum = 0;
    for (int i = 0; i < 2; i++) {
        pthread_create(&producer[i], NULL, produce, NULL);
    }
    for (int i = 0; i < 2 * EACH; i++) {
        pthread_mutex_lock(&lock);
        while (length == 0) {
            pthread_cond_wait(&changed, &lock);
        }
        sum += queue[--length];
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(producer[i], NULL);
    }
    assert(length == 0 && sum == EACH * (EACH - 1));
    return 0;
}

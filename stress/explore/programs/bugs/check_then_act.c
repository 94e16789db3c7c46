// The balance is asked for under the lock, and drawn on under the lock, but not under the same hold of it.
// Fails when: both threads' balance() come before either's draw().
// Preemptions: 1 (one thread, between balance() and draw()).
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int account = 100;

static int balance(void)
{
    pthread_mutex_lock(&lock);
    int amount = account;
    pthread_mutex_unlock(&lock);
    return amount;
}

static void draw(int amount)
{
    pthread_mutex_lock(&lock);
    account -= amount;
    pthread_mutex_unlock(&lock);
}

static void *customer(void *arg)
{
    (void)arg;
    if (balance() >= 80) {
        draw(80);
    }
    return NULL;
}

int main(void)
{
    pthread_t one, other;
    pthread_create(&one, NULL, customer, NULL);
    pthread_create(&other, NULL, customer, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    assert(account >= 0);
    return 0;
}

// A transfer locks the account that it takes from, then the one that it gives to; two transfers go opposite
// ways.
// Fails when: both threads take their first lock before either takes its second.
// Preemptions: 1 (one thread, between its two locks).
#include <assert.h>
#include <pthread.h>

struct account {
    pthread_mutex_t lock;
    int amount;
};

static struct account accounts[2] = {{PTHREAD_MUTEX_INITIALIZER, 50}, {PTHREAD_MUTEX_INITIALIZER, 50}};

static void transfer(struct account *from, struct account *to, int amount)
{
    pthread_mutex_lock(&from->lock);
    from->amount -= amount;
    pthread_mutex_lock(&to->lock);
    to->amount += amount;
    pthread_mutex_unlock(&to->lock);
    pthread_mutex_unlock(&from->lock);
}

static void *forth(void *arg)
{
    (void)arg;
    transfer(&accounts[0], &accounts[1], 10);
    return NULL;
}

static void *back(void *arg)
{
    (void)arg;
    transfer(&accounts[1], &accounts[0], 20);
    return NULL;
}

int main(void)
{
    pthread_t one, other;
    pthread_create(&one, NULL, forth, NULL);
    pthread_create(&other, NULL, back, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    assert(accounts[0].amount + accounts[1].amount == 100);
    return 0;
}

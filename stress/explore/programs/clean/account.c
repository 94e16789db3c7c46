// Two customers draw on one account, and never overdraw it.
// Right because: the look at the balance and the drawing are one critical section.
// Twin of: check_then_act.c
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int account = 100, refused;

static void *customer(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    if (account >= 80) {
        account -= 80;
    } else {
        refused++;
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t one, other;
    pthread_create(&one, NULL, customer, NULL);
    pthread_create(&other, NULL, customer, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    assert(account == 20 && refused == 1);
    return 0;
}

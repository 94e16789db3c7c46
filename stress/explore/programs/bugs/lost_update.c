// Deposits and a withdrawal on a plain balance without any lock: one of them is lost.
// Fails when: one thread's load of `balance` comes between the other's load and store of it.
// Preemptions: 1 (one thread, between its load and its store).
#include <assert.h>
#include <pthread.h>

static int balance = 500;

static void *deposit(void *arg)
{
    (void)arg;
    int old = balance;
    balance = old + 200;
    return NULL;
}

static void *withdraw(void *arg)
{
    (void)arg;
    int old = balance;
    balance = old - 100;
    return NULL;
}

int main(void)
{
    pthread_t in, out;
    pthread_create(&in, NULL, deposit, NULL);
    pthread_create(&out, NULL, withdraw, NULL);
    pthread_join(in, NULL);
    pthread_join(out, NULL);
    assert(balance == 600);
    return 0;
}

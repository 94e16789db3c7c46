// A message handed over by a flag that is spun for without any yield.
// Right because: the release of the flag pairs with the acquire of the spin, and the flag is set on every
// path.
// Twin of: spin_never_set.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static int message;
static atomic_int ready;

static void *send_message(void *arg)
{
    (void)arg;
    message = 42;
    atomic_store_explicit(&ready, 1, memory_order_release);
    return NULL;
}

static void *receive(void *arg)
{
    (void)arg;
    while (!atomic_load_explicit(&ready, memory_order_acquire)) {
    }
    assert(message == 42);
    return NULL;
}

int main(void)
{
    pthread_t receiver, sender;
    pthread_create(&receiver, NULL, receive, NULL);
    pthread_create(&sender, NULL, send_message, NULL);
    pthread_join(receiver, NULL);
    pthread_join(sender, NULL);
    return 0;
}

// A gate for one: who finds no goods opens the gate again, and the common way out opens it once more.
// Fails when: after ask() has been through, one supplier comes in while the other is inside.
// Preemptions: 1 (one supplier, inside).
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

static sem_t gate;
static int goods;
static atomic_int inside;

static void *ask(void *arg)
{
    (void)arg;
    sem_wait(&gate);
    if (goods == 0) {
        sem_post(&gate);
    } else {
        goods--;
    }
    sem_post(&gate);
    return NULL;
}

static void *supply(void *arg)
{
    (void)arg;
    sem_wait(&gate);
    assert(atomic_fetch_add(&inside, 1) == 0);
    atomic_fetch_sub(&inside, 1);
    sem_post(&gate);
    return NULL;
}

int main(void)
{
    pthread_t asker, suppliers[2];
    sem_init(&gate, 0, 1);
    pthread_create(&asker, NULL, ask, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_create(&suppliers[i], NULL, supply, NULL);
    }
    pthread_join(asker, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_join(suppliers[i], NULL);
    }
    sem_destroy(&gate);
    return 0;
}

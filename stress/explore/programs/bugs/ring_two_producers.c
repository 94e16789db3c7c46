// A ring for one producer is filled by two: both write the same slot, and one item is gone.
// Fails when: both producers load `head` before either stores it.
// Preemptions: 1 (one producer, between its load and its store of `head`).
#include <assert.h>
#include <pthread.h>

enum { SLOTS = 4 };

static int ring[SLOTS], head;

static void push(int item)
{
    int at = head;
    ring[at % SLOTS] = item;
    head = at + 1;
}

static void *produce(void *arg)
{
    push(*(int *)arg);
    return NULL;
}

int main(void)
{
    static int items[2] = {11, 31};
    pthread_t producers[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&producers[i], NULL, produce, &items[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(producers[i], NULL);
    }
    assert(head == 2);
    assert(ring[0] + ring[1] == 42);
    return 0;
}

// Each thread is given the address of a request on the stack of its creator, in a block that the creator
// leaves at once; the next request is built in the same place.
// Fails when: the first thread reads its request after the second one was written.
// Preemptions: 0 (the creator goes on, and that is not even a switch).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

struct request {
    int number;
};

static atomic_int served[2];

static void *serve(void *arg)
{
    struct request *request = arg;
    int number = request->number;
    assert(number == 0 || number == 1);
    assert(atomic_fetch_add(&served[number], 1) == 0);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        struct request request = {i};
        pthread_create(&threads[i], NULL, serve, &request);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}

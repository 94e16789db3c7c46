// Bodies are hung into a tree of cells: the way down takes no lock, and the empty place at its end is not
// looked at again when it is filled.
// Fails when: both threads find the same empty place before either fills it: one body is lost.
// Preemptions: 1 (one thread, between finding and filling).
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

struct body {
    int key;
    struct body *below[2];
};

static struct body root = {50, {NULL, NULL}}, bodies[2] = {{70, {NULL, NULL}}, {60, {NULL, NULL}}};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *insert(void *arg)
{
    struct body *body = arg, **place = &root.below[body->key > root.key];
    while (*place != NULL) {
        place = &(*place)->below[body->key > (*place)->key];
    }
    pthread_mutex_lock(&lock);
    *place = body;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int count(const struct body *body)
{
    return body == NULL ? 0 : 1 + count(body->below[0]) + count(body->below[1]);
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, insert, &bodies[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(count(&root) == 3);
    return 0;
}

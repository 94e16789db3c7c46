// Three threads press keys of a door, each its own, four times, under the lock. A wrong key makes the door
// forget what was pressed.
// Right because: the code asks for one key five times, and nobody presses that often.
// Twin of: door_code.c
#include <assert.h>
#include <pthread.h>
#include <stdint.h>

#define LENGTH 5

static const uintptr_t code[LENGTH] = {2, 2, 2, 2, 2};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int right;

static void *press(void *key)
{
    for (int i = 0; i < 4; i++) {
        pthread_mutex_lock(&lock);
        if (right < LENGTH) {
            right = code[right] == (uintptr_t)key ? right + 1 : 0;
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[3];
    for (uintptr_t i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, press, (void *)i);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(right < LENGTH);
    return 0;
}

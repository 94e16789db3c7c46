// One thread steps two variables, each under the lock; the other looks at the first, the second and the first
// again, and takes it for granted that it never sees 2, 3 and 4.
// Fails when: each look comes between the store of its number and the next one to the same variable.
// Preemptions: 5 (each thread, before and after each look).
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int first, second;

static void set(int *variable, int value)
{
    pthread_mutex_lock(&lock);
    *variable = value;
    pthread_mutex_unlock(&lock);
}

static int get(const int *variable)
{
    pthread_mutex_lock(&lock);
    int value = *variable;
    pthread_mutex_unlock(&lock);
    return value;
}

static void *step(void *unused)
{
    for (int i = 1; i <= 5; i++) {
        set(&first, i);
        set(&second, i);
    }
    return unused;
}

static void *look(void *unused)
{
    int a = get(&first);
    int b = get(&second);
    int c = get(&first);
    assert(a != 2 || b != 3 || c != 4);
    return unused;
}

int main(void)
{
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, step, NULL);
    pthread_create(&threads[1], NULL, look, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

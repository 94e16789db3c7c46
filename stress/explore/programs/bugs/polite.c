// Two diners share a spoon; the one who has it offers it to the other as long as the other is hungry. Nobody
// eats.
// Fails when: both are hungry before either eats; from then on, in every order: the spoon goes to and fro.
// Preemptions: 0 (the one without the spoon runs first, and yields).
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int hungry[2], spoon;

static void *dine(void *arg)
{
    int self = *(int *)arg, other = 1 - self;
    atomic_store(&hungry[self], 1);
    while (atomic_load(&hungry[self])) {
        if (atomic_load(&spoon) != self) {
            sched_yield();
        } else if (atomic_load(&hungry[other])) {
            atomic_store(&spoon, other);
        } else {
            atomic_store(&hungry[self], 0);
        }
    }
    atomic_store(&spoon, other);
    return NULL;
}

int main(void)
{
    static int ids[2] = {0, 1};
    pthread_t diners[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&diners[i], NULL, dine, &ids[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(diners[i], NULL);
    }
    return 0;
}

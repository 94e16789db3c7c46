// A thread ends the process when its own work is done; another is in the middle of the two halves of a
// record.
// Fails when: exit() comes between the writer's two stores: the check at exit finds half a record and says 3.
// Preemptions: 1 (the writer, between its two stores).
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int debit, credit;

static void check(void)
{
    if (atomic_load(&debit) != atomic_load(&credit)) {
        _exit(3);
    }
}

static void *write_record(void *arg)
{
    (void)arg;
    atomic_store(&debit, 40);
    atomic_store(&credit, 40);
    return NULL;
}

static void *finish(void *arg)
{
    (void)arg;
    exit(0);
}

int main(void)
{
    pthread_t writer, finisher;
    atexit(check);
    pthread_create(&writer, NULL, write_record, NULL);
    pthread_create(&finisher, NULL, finish, NULL);
    pthread_join(writer, NULL);
    pthread_join(finisher, NULL);
    return 0;
}

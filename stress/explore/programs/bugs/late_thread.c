// The owner frees a session when its own work is done; a helper thread may come later and still use it.
// Fails when: help() loads `magic` after the owner's store of DEAD and its free().
// Preemptions: 0 (who gets to the session first decides).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { ALIVE = 0x11fe, DEAD = 0xdead };

struct session {
    char name[32]; // what malloc writes into a freed block stays in here
    atomic_int magic;
};

static void *help(void *arg)
{
    struct session *session = arg;
    assert(atomic_load(&session->magic) == ALIVE);
    return NULL;
}

static void *own(void *arg)
{
    struct session *session = arg;
    atomic_store(&session->magic, DEAD);
    free(session);
    return NULL;
}

int main(void)
{
    pthread_t helper, owner;
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return 2;
    }
    atomic_init(&session->magic, ALIVE);
    pthread_create(&helper, NULL, help, session);
    pthread_create(&owner, NULL, own, session);
    pthread_join(owner, NULL);
    pthread_join(helper, NULL);
    return 0;
}

/*
 * Calls that are not modelled end the schedule by name, where they would block; where they cannot, they pass.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

static void *wait_asynchronously(void *argument)
{
    int before;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
    usleep(1000);
    return argument;
}

static void cancel(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_asynchronously, NULL);
    sleep(1);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

static void receive_message(void)
{
    struct {
        long type;
        char text[8];
    } message;
    int queue = msgget(IPC_PRIVATE, 0600);
    must(msgrcv(queue, &message, sizeof message.text, 0, IPC_NOWAIT) == -1 && errno == ENOMSG);
    see(0);
    msgctl(queue, IPC_RMID, NULL);
    msgrcv(-1, &message, sizeof message.text, 0, 0);
}

static void take_semaphore(void)
{
    struct sembuf up = {.sem_op = 1}, down = {.sem_op = -1};
    int set = semget(IPC_PRIVATE, 1, 0600);
    must(semop(set, &up, 1) == 0);
    see(0);
    semctl(set, 0, IPC_RMID);
    semop(set, &down, 1);
}

static void lock_file(void)
{
    char path[] = "/tmp/tickstorm-flock-XXXXXX";
    int one = mkstemp(path);
    int two = open(path, O_RDWR | O_CLOEXEC);
    unlink(path);
    must(flock(one, LOCK_EX) == 0);
    must(flock(two, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    must(flock(one, LOCK_UN) == 0 && flock(two, LOCK_EX) == 0);
    see(0);
    flock(one, LOCK_EX);
}

static bool refuses(void (*body)(void), const char *name)
{
    enum ts_run_end end = run((struct trial){.body = body, .schedules = 1});
    bool named = strstr(arena->result.text, name) != NULL;
    if (end != TS_RUN_REFUSED || !named || seen->wrong != 0) {
        printf("end %u: '%s', %u wrong\n", end, arena->result.text, seen->wrong);
    }
    return end == TS_RUN_REFUSED && named && seen->wrong == 0;
}

int main(void)
{
    check(refuses(cancel, "PTHREAD_CANCEL_ASYNCHRONOUS"), "asynchronous cancellation is named");
    check(refuses(receive_message, "msgrcv") && saw(0) == 1,
          "msgrcv passes with IPC_NOWAIT, and is named without");
    check(refuses(take_semaphore, "semop") && saw(0) == 1, "semop passes upwards, and is named downwards");
    check(refuses(lock_file, "flock") && saw(0) == 1,
          "flock passes while the lock is free, and is named after");
    return failures == 0 ? 0 : 1;
}

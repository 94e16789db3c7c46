#!/usr/bin/env bash
# Usage: explore_names_test.sh TICKSTORM
#
# What a search has found is named: what each thread waits for, kinds of things apart in one function, who made a call that
# is not modelled, by the names of the system's own headers.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tickstorm=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

cat >blocks.c <<'END_OF_PROGRAM'
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_barrier_t gate;
static sem_t free_slots;
static const char *what;
static int is(const char *word) { return strcmp(what, word) == 0; }
static void *wait_for_it(void *argument) {
    int a[2], b[2], events = epoll_create1(0);
    char byte;
    if (pipe(a) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, b) != 0) {
        _exit(9);
    }
    struct pollfd fds[3] = {{a[0], POLLIN, 0}, {-1, POLLIN, 0}, {b[0], POLLIN, 0}};
    struct epoll_event event = {.events = EPOLLIN};
    struct iovec part = {&byte, 1};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    is("mutex") && pthread_mutex_lock(&lock);
    is("rwlock") && pthread_rwlock_rdlock(&table);
    is("spin") && pthread_spin_lock(&spin);
    is("semaphore") && sem_wait(&free_slots);
    is("barrier") && pthread_barrier_wait(&gate);
    is("read") && read(a[0], &byte, 1);
    is("poll") && poll(fds, 3, -1);
    is("epoll") && epoll_wait(events, &event, 1, -1);
    is("pause") && pause();
    is("msgrcv") && msgrcv(-1, argument, 0, 0, 0);
    is("recvmmsg") && recvmmsg(b[0], &message, 1, 0, NULL);
    return argument;
}
int main(int count, char **arguments) {
    pthread_t thread;
    what = arguments[count - 1];
    pthread_spin_init(&spin, 0);
    pthread_barrier_init(&gate, NULL, 3);
    sem_init(&free_slots, 0, 0);
    pthread_mutex_lock(&lock);
    pthread_rwlock_wrlock(&table);
    pthread_spin_lock(&spin);
    pthread_create(&thread, NULL, wait_for_it, NULL);
    pthread_join(thread, NULL);
    return 0;
}
END_OF_PROGRAM
expect 0 cc blocks.c -o blocks

# waits CODE WHAT TITLE TEXT: the finding's title, and a line of it.
waits() {
    expect "$1" explore --schedules 1 --no-shrink --quiet --still 300ms --out found -- ./blocks "$2"
    holds stdout "^finding 1: $3  \(0x"
    holds stdout "^  $4\$"
    holds stdout '^    #[0-9]+ wait_for_it blocks\.c:[0-9]+$'
    lacks stdout 'stress/explore'
}
waits 1 mutex 'deadlock: wait_for_it \(mutex\)' "T1 waits to lock 'lock', held by main thread"
waits 1 rwlock 'deadlock: wait_for_it \(read-write lock\)' "T1 waits to read lock 'table', held by main thread"
waits 1 spin 'deadlock: wait_for_it \(spin lock\)' "T1 waits to take spin lock 'spin', held by main thread"
waits 1 semaphore 'deadlock: wait_for_it \(semaphore\)' "T1 waits at 'free_slots' \(semaphore wait\)"
waits 1 barrier 'deadlock: wait_for_it \(barrier\)' "T1 waits at barrier 'gate', to which 1 of 3 have come"
waits 1 read 'deadlock: wait_for_it \(pipe\)' 'T1 waits for descriptor [0-9]+ \(pipe\)'
waits 1 poll 'deadlock: wait_for_it \(descriptors\)' 'T1 waits for one of 2 descriptors: [0-9]+ \(pipe\), [0-9]+ \(socket\)'
waits 1 epoll 'deadlock: wait_for_it \(eventpoll\)' 'T1 waits for descriptor [0-9]+ \(eventpoll\)'
waits 5 pause 'unmodelled: wait_for_it \(signal of the system\)' 'T1 waits for a signal'
waits 5 msgrcv 'unmodelled: msgrcv is not modelled, in wait_for_it' 'called by T1'
waits 5 recvmmsg 'unmodelled: recvmmsg blocks, in wait_for_it' 'a call that the scheduler does not model blocks: recvmmsg.*'
# Each in a file of its own: their signatures differ.
found=(found/0x????????????????.json)
((${#found[@]} == 11)) || fail "${#found[@]} different findings, not 11"

# Children that the program forks, and waits for: one that does not go on is named. Of its parent's threads it has the one
# that forked. One that works for longer than a still schedule may take is no finding.
cat >forks.c <<'END_OF_PROGRAM'
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER, own = PTHREAD_MUTEX_INITIALIZER;
static const char *what;
static int is(const char *word) { return strcmp(what, word) == 0; }
static int taken[2];
static void *hold(void *argument) {
    pthread_mutex_lock(&other);
    write(taken[1], "", 1);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&other);
    return argument;
}
static void work(void) {
    is("twice") && !pthread_mutex_lock(&own) && pthread_mutex_lock(&own);
    is("lost") && pthread_mutex_lock(&other);
    is("pause") && pause();
    for (time_t now = time(NULL); is("busy") && time(NULL) < now + 2;) {
    }
    _exit(0);
}
int main(int count, char **arguments) {
    pthread_t thread;
    char byte;
    what = arguments[count - 1];
    if (pipe(taken) != 0) {
        return 9;
    }
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, hold, NULL);
    read(taken[0], &byte, 1);
    if (fork() == 0) {
        work();
    }
    waitpid(-1, NULL, 0);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    return 0;
}
END_OF_PROGRAM
expect 0 cc forks.c -o forks

# forks CODE WHAT TITLE TEXT
forks() {
    expect "$1" explore --schedules 1 --no-shrink --quiet --still 300ms --out forked -- ./forks "$2"
    holds stdout "^finding 1: $3  \(0x"
    holds stdout "^  $4\$"
    holds stdout '^    #[0-9]+ work forks\.c:[0-9]+$'
    holds stdout '^1 schedule in '
}
forks 1 twice 'deadlock: child process, in work \(mutex\)' "a child that was forked waits for mutex 'own', held by itself"
forks 1 lost 'deadlock: child process, in work \(mutex\)' \
    "a child that was forked waits for mutex 'other', held by a thread of its parent"
forks 5 pause 'unmodelled: child process: pause blocks, in work' 'it waits for a child that was forked, and a call of which blocks: pause.*'
expect 0 explore --schedules 1 --quiet --still 300ms -- ./forks busy
holds stdout '^nothing found'

# What is given to replay, and is no schedule.
expect 3 replay '' -- ./blocks mutex
holds stderr "^tickstorm replay: '' is neither a schedule nor the name of a file\$"
expect 3 replay ts2.m.-.52d3 -- ./blocks mutex
holds stderr "'ts2\.m\.-\.52d3' looks like a schedule of version 2, and this tickstorm knows version 1\$"
expect 3 replay ts1.q.-.- -- ./blocks mutex
holds stderr "not a schedule, from character 5 on: 'q\.-\.-'; one is ts1\.POINTS\."
expect 3 replay ts1.m.1:2-0 -- ./blocks mutex
holds stderr "not a schedule: 'ts1\.m\.1:2-0' ends too early, after character 11; one is"
echo ts3.m.-.- >later
expect 3 replay later -- ./blocks mutex
holds stderr "^tickstorm replay: later: 'ts3\.m\.-\.-' looks like a schedule of version 3"
expect 3 replay ts -- ./blocks mutex
holds stderr 'ts: No such file or directory'

# A crash in the first schedule: that is one schedule, unlike others. It fails once in a lifetime, so no schedule brings it
# back; where to look for the reason is told then, and only then.
cat >once.c <<'END_OF_PROGRAM'
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
static void *work(void *argument) {
    assert(open("mark", O_CREAT | O_EXCL | O_WRONLY, 0600) < 0);
    return argument;
}
int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
    return 0;
}
END_OF_PROGRAM
expect 0 cc once.c -o once
expect 1 explore --schedules 1 --no-shrink --quiet --out found -- ./once
holds stdout '^1 schedule in .*, 1 of them different, seed'
lacks stdout 'check-determinism'
rm mark
expect 1 explore --schedules 1 --quiet --out found -- ./once
holds stdout '^1 did not come back by the same schedule: something decides that is no part of it'
holds stdout 'tickstorm explore --check-determinism -- \./once$'
expect 5 replay ts1.m.0:2-9.- -- ./once
holds stdout 'tickstorm explore --check-determinism -- \./once$'

finish_checks

#!/usr/bin/env bash
# Usage: explore_test.sh TICKSTORM PROGRAMS
#
# Programs as a user has them: built by make with CC="tickstorm cc" in a folder with a space in its name, explored, and
# every finding replayed ten times on either hand-off. PROGRAMS: the folder stress/explore/programs.

set -euo pipefail
tickstorm=$(realpath "$1")
programs=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/a folder"
cd "$scratch/a folder"
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect CODE COMMAND...: its output goes to the file out.
expect() {
    local code=0
    "${@:2}" >out 2>&1 || code=$?
    if ((code != $1)); then
        fail "exit code $code, not $1: ${*:2}"
        tail -n 20 out
    fi
}

says() {
    grep -qE -- "$1" out || {
        fail "no '$1' in the output of the last command"
        head -n 40 out
    }
}

cat >Makefile <<'END'
PROGRAMS = order lock lost uaf twice spin clean
CFLAGS = -std=gnu11
LDLIBS = -pthread
all: $(PROGRAMS)
%.o: $(FROM)/bugs/%.c
	$(CC) $(CFLAGS) $(DEFINES) -c $< -o $@
order: order.o
lock: lock_cycle.o
lost: lost_wakeup.o
uaf: uaf.o
twice: freed_twice.o
spin: spin_never_set.o
clean: clean.o
order lock lost uaf twice spin clean:
	$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
clean.o: $(FROM)/clean/order.c
	$(CC) $(CFLAGS) $(DEFINES) -c $< -o $@
END
cat >uaf.c <<'END'
#include <pthread.h>
#include <stdlib.h>
static int *box;
static void *use(void *argument) {
    *box = 1;
    return argument;
}
int main(void) {
    pthread_t user;
    box = malloc(sizeof *box);
    pthread_create(&user, NULL, use, NULL);
    free(box);
    pthread_join(user, NULL);
    return 3;
}
END
ln -s "$programs" programs
expect 0 make -j 2 CC="$tickstorm cc" FROM=programs DEFINES=-DTHREADS=3

# find PROGRAM WHAT: it is found, and each finding comes again.
find() {
    expect 1 "$tickstorm" explore --seed 1 --schedules 600 --stop-at "$2" --out "found $1" --quiet -- "./$1"
    says "^finding [0-9]+: $2: "
    local file handoff
    for file in "found $1"/*.json; do
        for handoff in auto futex; do
            expect 1 "$tickstorm" replay "$file" --repeat 10 --handoff $handoff -- "./$1"
            says '^10 runs: 10 with findings, 0 different from the first, 0 left the schedule$'
            mv out "out.$handoff"
        done
        cmp -s out.auto out.futex || fail "the hand-offs differ: $file"
    done
}
find order assertion
find lock deadlock
find lost lost-wakeup
find uaf exit
# ThreadSanitizer says nothing of memory that is freed again where locks order the accesses.
find twice crash
grep -q double-free "found twice"/*.json || fail "what crashed is not called by its name"
# A livelock is as long as the limit, and comes again all the same.
find spin livelock

# Its twin is not accused; nor are two runs of one schedule different.
expect 0 "$tickstorm" explore --seed 1 --schedules 100 --quiet -- ./clean
says '^nothing found$'
expect 0 "$tickstorm" explore --seed 1 --schedules 20 --check-determinism -- ./clean
says 'no difference'

# Schedules that come to no end say nothing.
expect 5 "$tickstorm" explore --seed 1 --schedules 20 --steps 16 --quiet -- ./clean
says '^No schedule came to its end: '

# What it does by itself, where no driver is.
expect 0 ./clean

# The interleaving, in columns.
expect 1 "$tickstorm" replay "$(grep -l assertion "found order"/*.json | head -n 1)" --trace -- ./order
says 'step +main T0 +T1'
says 'order\.c:[0-9]+ check'

# Under gdb, where it is there: the failing thread's stack.
if command -v gdb >/dev/null; then
    printf "continue\nbacktrace\n" >commands
    expect 0 "$tickstorm" replay "$(grep -l assertion "found order"/*.json | head -n 1)" --gdb -- ./order <commands
    says '#[0-9]+ .*check \(.*order\.c:[0-9]+'
fi

# A program that was changed leaves the schedule of its finding's file at the first step that is another: of another kind,
# in another function, or none; and what was read otherwise is named. Lines that move are no other step.
cat >changed.c <<'END'
#include <assert.h>
#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long money = MONEY;
static void *lift(void) {
    pthread_mutex_lock(&lock);
#ifdef KEEP
    (void)0;
#else
    money -= 80;
#endif
    pthread_mutex_unlock(&lock);
    return NULL;
}
static void *lift_again(void) {
    pthread_mutex_lock(&lock);
    money -= 80;
    pthread_mutex_unlock(&lock);
    return NULL;
}
static void *withdraw(void *argument) {
    pthread_mutex_lock(&lock);
    long seen = money;
    pthread_mutex_unlock(&lock);
    return seen >= 80 ? LIFT() : argument;
}
int main(void) {
    pthread_t one, two;
    (void)lift_again;
    pthread_create(&one, NULL, withdraw, NULL);
    pthread_create(&two, NULL, withdraw, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    assert(money >= 0);
    return 0;
}
END
change() { expect 0 "$tickstorm" cc "$@" changed.c -o changed; }
change -DMONEY=100 -DLIFT=lift
expect 1 "$tickstorm" explore --strategy dfs --schedules 50 --stop-at-first --shrink-tries 100 --quiet --out "found changed" -- ./changed
changed=$(echo "found changed"/0x*[0-9a-f].json)
change -DMONEY=100 -DLIFT=lift -DKEEP
expect 5 "$tickstorm" replay "$changed" -- ./changed
says '^run 1 left the schedule at step [0-9]+$'
says '^  recorded: thread [12], write of object 3, at changed\.c:10 in lift$'
says '^  now:      thread [12], unlock of object 2, at changed\.c:12 in lift$'
expect 5 "$tickstorm" replay "$(sed -n 's/.*"schedule":"\([^"]*\)".*/\1/p' "$changed")" -- ./changed
says "a schedule's text alone does not tell"
change -DMONEY=100 -DLIFT=lift_again
expect 5 "$tickstorm" replay "$changed" -- ./changed
says '^  recorded: thread [12], lock of object 2, at changed\.c:6 in lift$'
says '^  now:      thread [12], lock of object 2, at changed\.c:16 in lift_again$'
change -DMONEY=70 -DLIFT=lift
expect 5 "$tickstorm" replay "$changed" --repeat 2 -- ./changed
says '^  now:      thread [12], end'
says 'something else was read before that, first at step [0-9]+: thread [12], read of object 3, at changed\.c:23 in withdraw: it was 0x64, and is 0x46 now'
says '^2 runs: 0 with findings, 0 different from the first, 2 left the schedule$'
sed -i '1i /* its lines move */' changed.c
change -DMONEY=100 -DLIFT=lift
expect 1 "$tickstorm" replay "$changed" -- ./changed
says '^the program has been changed since: step 1 stood at changed\.c:[0-9]+, and stands at line [0-9]+$'

# A schedule that does not fit, or is none.
expect 5 "$tickstorm" replay ts1.m.0:2-9.- -- ./order
says 'left the schedule'
expect 3 "$tickstorm" replay ts1.m.0:2x9.- -- ./order
says 'not a schedule, from character'
mkfifo pipe # into which nobody writes
expect 3 timeout 60s "$tickstorm" replay pipe -- ./order
says 'read schedule: pipe: is empty'
expect 3 timeout 60s "$tickstorm" replay . -- ./order
says 'read schedule: \.: Is a directory'
expect 3 "$tickstorm" explore --quiet -- /bin/true
says 'is it built by tickstorm cc\?$'
expect 3 "$tickstorm" explore --quiet -- /bin/ls "no such file"
says 'is it built by tickstorm cc\? It said: .*no such file'

# Real time decides: that is named.
cat >clock.c <<'END'
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int main(void) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    for (long i = 0; i < now.tv_nsec % 7; i++) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
END
expect 0 "$tickstorm" cc clock.c -o clock
expect 5 "$tickstorm" explore --schedules 30 --check-determinism -- ./clock
says 'went two ways, first at step'
says 'at clock\.c:[0-9]+ in main'

# What is read otherwise and leads nowhere is no difference: the rest of a stack, a process's number.
cat >number.c <<'END'
#include <pthread.h>
#include <unistd.h>
static volatile pid_t number;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *look(void *argument) {
    number = getpid();
    for (pid_t i = LOOPS * number % 7; i > 0; i--) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return number > 0 ? argument : NULL;
}
int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, look, NULL);
    pthread_join(thread, NULL);
    return number > 0 ? 0 : 1;
}
END
expect 0 "$tickstorm" cc -DLOOPS=0 number.c -o number
expect 0 "$tickstorm" explore --schedules 5 --check-determinism -- ./number
says 'each run twice: no difference'
expect 0 "$tickstorm" cc -DLOOPS=1 number.c -o number
expect 5 "$tickstorm" explore --schedules 30 --check-determinism -- ./number
says '^something else was read before that, first at step'
says 'read of object [0-9]+, which holds 0x[0-9a-f]+, at number\.c:'

# Main leaves by pthread_exit: the schedule ends with the last thread, by exit, whose handlers are scheduled.
cat >leaves.c <<'END'
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int done;
static void *work(void *argument) {
    pthread_mutex_lock(&lock);
    done++;
    pthread_mutex_unlock(&lock);
    return argument;
}
static void check(void) {
    pthread_mutex_lock(&lock);
    assert(done == THREADS);
    pthread_mutex_unlock(&lock);
}
int main(void) {
    pthread_t thread;
    atexit(check);
    pthread_create(&thread, NULL, work, NULL);
    pthread_detach(thread);
    pthread_exit(NULL);
}
END
expect 0 "$tickstorm" cc -DTHREADS=1 leaves.c -o leaves
expect 0 "$tickstorm" explore --schedules 20 --quiet -- ./leaves
says 'nothing found'
expect 0 "$tickstorm" cc -DTHREADS=2 leaves.c -o leaves
expect 1 "$tickstorm" explore --schedules 2 --quiet --stop-at assertion -- ./leaves
says 'assertion in check'

# What a program forks is no schedule: it counts for none, and leaves those of its parent alone.
cat >forks.c <<'END'
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int done;
static void *work(void *argument) {
    pthread_mutex_lock(&lock);
    done++;
    pthread_mutex_unlock(&lock);
    return argument;
}
int main(void) {
    pthread_t threads[2];
    int status = 0;
    pthread_create(&threads[0], NULL, work, NULL);
    pthread_create(&threads[1], NULL, work, NULL);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 5; i++) {
            sched_yield(); /* to nobody: there is no other thread in this process */
        }
        LEAVE(1);
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 1 && done == 2 ? 0 : 7;
}
END
expect 0 "$tickstorm" cc -DLEAVE=exit forks.c -o forks
expect 0 "$tickstorm" explore --seed 1 --schedules 3 --quiet --fork -- ./forks
says '^3 schedules in '
expect 0 "$tickstorm" cc -DLEAVE=_exit forks.c -o forks
expect 0 "$tickstorm" explore --seed 1 --schedules 3 --quiet -- ./forks
says '^3 schedules in '
expect 0 "$tickstorm" explore --seed 1 --schedules 10 --check-determinism -- ./forks
says 'each run twice: no difference'

# A call that blocks everybody is named, and the search ends in time.
cat >block.c <<'END'
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
static int ends[2];
static void *wait_for_it(void *argument) {
    char byte;
    syscall(SYS_read, ends[0], &byte, 1);
    return argument;
}
int main(void) {
    pthread_t thread;
    if (pipe(ends) != 0) {
        return 9;
    }
    pthread_create(&thread, NULL, wait_for_it, NULL);
    pthread_join(thread, NULL);
    return 0;
}
END
expect 0 "$tickstorm" cc block.c -o block
expect 5 timeout -s KILL 30 "$tickstorm" explore --schedules 1 --still 300ms --out "found block" --quiet -- ./block
says 'unmodelled: '
says 'does not model blocks: read'

# Of a schedule that is too long to be kept whole, both accesses of the race are.
cat >loops.c <<'END'
#include <pthread.h>
static int total, mine[2];
static void *work(void *argument) {
    volatile int *own = argument;
    for (int i = 0; i < 2000; i++) {
        (*own)++;
    }
    total++;
    for (int i = 0; i < 2000; i++) {
        (*own)++;
    }
    return NULL;
}
int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, work, &mine[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
END
expect 0 "$tickstorm" cc loops.c -o loops
expect 1 "$tickstorm" explore --seed 1 --schedules 1 --no-shrink --quiet --out "found loops" -- ./loops
(($(cat "found loops"/*.interleaving.jsonl | grep -c '"line":8,.*"named":true') == 2)) || fail "the accesses of a race are not kept"

# Who else kills a schedule has found nothing in it.
cat >killed.c <<'END'
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    long schedule = getpid();
    pid_t other = fork();
    if (other == 0) {
        syscall(SYS_kill, schedule, SIGNAL);
        syscall(SYS_exit_group, 0);
    }
    waitpid(other, NULL, 0);
    return 0;
}
END
expect 0 "$tickstorm" cc -DSIGNAL=SIGTERM killed.c -o killed
expect 0 "$tickstorm" explore --schedules 3 --quiet -- ./killed
says '^nothing found'
says '^3 were killed from outside \(Terminated\)'
expect 0 "$tickstorm" cc -DSIGNAL=SIGSEGV killed.c -o killed
expect 1 "$tickstorm" explore --schedules 3 --quiet --no-shrink --out "found killed" -- ./killed
says ': crash: '

# The process that runs the schedules, killed while it waits for a reply: the search goes on from there. Where schedules
# have no memory in common there is no such process, but the one that holds its place.
# left_alone CODE PROGRAM ARGUMENT...
left_alone() {
    local driver server worker='' looks=0 code=0
    "$tickstorm" explore --seed 1 --no-shrink --quiet "${@:3}" -- "./$2" >out 2>&1 &
    driver=$!
    while [[ -z $worker ]] && kill -0 $driver; do
        sleep 0.01
        server=$(pgrep -x -P $driver "$2") && worker=$(pgrep -x -P "$server" "$2") || worker=''
    done
    kill -STOP $driver
    while ((looks < 20)); do # each schedule is a child of its
        if pgrep -P "$worker" >/dev/null; then looks=0; else looks=$((looks + 1)); fi
        sleep 0.02
    done
    kill -KILL "$worker"
    kill -CONT $driver
    wait $driver || code=$?
    ((code == $1)) || { fail "exit code $code, not $1, when ./$2 was killed before a reply"; tail -n 20 out; }
    if kill -0 "$server" 2>/dev/null; then fail "a server of ./$2 is left"; fi
}
expect 0 "$tickstorm" cc programs/clean/order.c -o ordered
left_alone 0 ordered --schedules 700
says '^nothing found'
left_alone 1 order --schedules 300 --out "found alone"
says ': assertion: '
# An event taken for that of another schedule would tell of a crash that says nothing.
if grep -q 'crash: SIGABRT in' out; then fail "schedules were confused: $(grep -m 1 'SIGABRT in' out)"; fi

# What cannot be is said before the search, and a search that finds nothing leaves no folder.
expect 2 "$tickstorm" explore --stop-at asertion -- ./clean
says "did you mean 'assertion'"
expect 4 "$tickstorm" explore --schedules 1 --out clock.c -- ./order
says 'make folder: clock.c: Not a directory'
expect 0 "$tickstorm" explore --schedules 1 --quiet --out "found nothing" -- ./clean
if [[ -e "found nothing" ]]; then fail "an empty folder is left"; fi

# The compiler's other uses.
expect 0 "$tickstorm" cc -E clock.c
expect 0 "$tickstorm" cc -S clock.c -o clock.s
expect 0 "$tickstorm" cc -shared -fPIC clock.c -o libclock.so
expect 0 "$tickstorm" cc --version
expect 0 bash -c "echo 'int main(void) { return 0; }' | '$tickstorm' cc -x c - -o conftest && ./conftest"
cat >waits.cc <<'END'
#include <condition_variable>
#include <mutex>
#include <thread>
int main() {
    std::mutex lock;
    std::condition_variable changed;
    bool ready = false;
    std::thread waiter([&] {
        std::unique_lock<std::mutex> held(lock);
        if (!ready) {
            held.unlock(); // the signal can come here
            held.lock();
            changed.wait(held);
        }
    });
    {
        std::lock_guard<std::mutex> held(lock);
        ready = true;
    }
    changed.notify_one();
    waiter.join();
}
END
expect 0 "$tickstorm" c++ waits.cc -o waits
expect 1 "$tickstorm" explore --seed 1 --schedules 600 --stop-at lost-wakeup --out "found waits" --quiet -- ./waits
says ': lost-wakeup: '

# No detection: the failure shows, the race does not.
expect 0 "$tickstorm" cc --empty-runtime -DTHREADS=3 programs/bugs/order.c -o order.empty
expect 1 "$tickstorm" explore --seed 1 --schedules 600 --stop-at assertion --out "found empty" --quiet -- ./order.empty
says ': assertion: '
if grep -q ': race: ' out; then fail "a race without a detector"; fi

echo "$failures failure(s)"
((failures == 0))

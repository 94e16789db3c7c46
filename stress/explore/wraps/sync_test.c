/*
 * Semaphores, barriers, once, and joins of every kind, over small bodies under the real ThreadSanitizer: they
 * let through what they may, order what they must, time out with and without haste, and end as what they are
 * when nobody can go on.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <errno.h>
#include <semaphore.h>

static sem_t semaphore, old_semaphore;
static pthread_barrier_t barrier;
static int value;

/* --- semaphores --- */

static void *post(void *argument)
{
    value = 7;
    must(sem_post(&semaphore) == 0);
    return argument;
}

static void *await_post(void *argument)
{
    must(sem_wait(&semaphore) == 0);
    must(value == 7);
    return argument;
}

static void post_and_wait(void)
{
    int left;
    value = 0;
    must(sem_init(&semaphore, 0, 0) == 0);
    TOGETHER(await_post, post);
    must(sem_getvalue(&semaphore, &left) == 0 && left == 0);
    must(sem_trywait(&semaphore) == -1 && errno == EAGAIN);
    must(sem_destroy(&semaphore) == 0);
}

static void *pass_gate(void *argument)
{
    must(sem_wait(&old_semaphore) == 0);
    enter(1);
    must(who_is_inside() <= 2);
    see(who_is_inside() == 2);
    enter(-1);
    must(sem_post(&old_semaphore) == 0);
    return argument;
}

/* The scheduler has not seen it made. */
static void pass_old_gate(void)
{
    TOGETHER(pass_gate, pass_gate, pass_gate);
}

static void *wait_timed(void *argument)
{
    bool monotonic = (uintptr_t)argument % 2 == 1;
    struct timespec until = in_ms(monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME, 10);
    int result =
        monotonic ? sem_clockwait(&semaphore, CLOCK_MONOTONIC, &until) : sem_timedwait(&semaphore, &until);
    must(result == 0 || errno == ETIMEDOUT);
    must(result != 0 || value == 7);
    see(result == 0 ? 0 : 1);
    return argument;
}

static void *post_twice(void *argument)
{
    value = 7;
    sem_post(&semaphore);
    sem_post(&semaphore);
    return argument;
}

static void wait_for_posts(void)
{
    struct timespec never = {0, -1};
    value = 0;
    sem_init(&semaphore, 0, 0);
    TOGETHER(wait_timed, wait_timed, post_twice);
    must(sem_timedwait(&semaphore, &never) == -1 && errno == EINVAL);
}

static void *poll_semaphore(void *argument)
{
    while (sem_trywait(&semaphore) != 0) {
        see(0);
    }
    must(value == 7);
    return argument;
}

static void poll_for_post(void)
{
    sem_init(&semaphore, 0, 0);
    TOGETHER(poll_semaphore, post);
}

static void wait_for_no_post(void)
{
    sem_init(&semaphore, 0, 1);
    sem_wait(&semaphore);
    sem_wait(&semaphore);
}

static void check_semaphores(void)
{
    sem_init(&old_semaphore, 0, 2);
    check(holds(post_and_wait), "a post comes before the wait that it ends");
    check(holds(pass_old_gate) && saw(1) > 0, "a semaphore made earlier lets two through, not three");
    check(holds(wait_for_posts) && saw(0) > 0 && saw(1) > 0, "timed waits time out, or not");
    check(holds_lazily(wait_for_posts) && saw(1) == 0, "... and never, when time is lazy");
    check(holds(poll_for_post) && saw(0) > 0, "a loop of trywait gives way to who posts");
    check(ends(wait_for_no_post, TS_RUN_DEADLOCK), "a wait for a post that does not come is a deadlock");
}

/* --- barriers --- */

static int cells[3];

static void *work_in_phases(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument;
    for (int phase = 1; phase <= 3; phase++) {
        cells[me] = phase;
        int result = pthread_barrier_wait(&barrier);
        must(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
        if (result != 0) {
            see((unsigned)phase);
        }
        must(cells[0] == phase && cells[1] == phase && cells[2] == phase);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void phases(void)
{
    must(pthread_barrier_init(&barrier, NULL, 3) == 0);
    TOGETHER(work_in_phases, work_in_phases, work_in_phases);
    must(pthread_barrier_destroy(&barrier) == 0);
}

/* One phase too few between the write and the others' reads. */
static void *race_in_phases(void *argument)
{
    int *place = argument;
    pthread_barrier_wait(&barrier);
    ++*place;
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void race_between_barriers(void)
{
    pthread_t threads[2];
    int *place = calloc(1, sizeof *place);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&threads[0], NULL, race_in_phases, place);
    pthread_create(&threads[1], NULL, race_in_phases, place);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    free(place);
}

/* Who leaves as the serial one may end it at once. */
static void *leave_and_destroy(void *argument)
{
    pthread_barrier_t *mine = argument;
    if (pthread_barrier_wait(mine) == PTHREAD_BARRIER_SERIAL_THREAD) {
        see(0);
        must(pthread_barrier_destroy(mine) == 0);
    }
    return NULL;
}

static void destroy_early(void)
{
    pthread_t threads[2];
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&threads[0], NULL, leave_and_destroy, &barrier);
    pthread_create(&threads[1], NULL, leave_and_destroy, &barrier);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static void *come_alone(void *argument)
{
    pthread_barrier_wait(&barrier);
    return argument;
}

static void one_missing(void)
{
    pthread_barrier_init(&barrier, NULL, 3);
    TOGETHER(come_alone, come_alone);
}

static void check_barriers(void)
{
    check(holds(phases) && saw(1) == 300 && saw(2) == 300 && saw(3) == 300,
          "three threads in three phases, each with one serial thread");
    check(races(race_between_barriers), "a race between two barriers is reported in 50 of 50 schedules");
    check(holds(destroy_early) && saw(0) == 300, "the serial thread may destroy a barrier at once");
    check(ends(one_missing, TS_RUN_DEADLOCK), "a barrier to which one does not come is a deadlock");
}

/* --- once --- */

static pthread_once_t control;
static uint64_t guard;
int __cxa_guard_acquire(uint64_t *guard);
void __cxa_guard_release(uint64_t *guard);
void __cxa_guard_abort(uint64_t *guard);

static void initialise(void)
{
    see(0);
    value = 1;
    enter(0); /* others may come meanwhile */
    value = 2;
}

static void *need(void *argument)
{
    must(pthread_once(&control, initialise) == 0);
    must(value == 2);
    return argument;
}

static void once(void)
{
    control = PTHREAD_ONCE_INIT;
    value = 0;
    TOGETHER(need, need, need);
}

static void initialise_itself(void)
{
    pthread_once(&control, initialise_itself);
}

static void once_in_itself(void)
{
    control = PTHREAD_ONCE_INIT;
    pthread_once(&control, initialise_itself);
}

static void *need_guarded(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument;
    if (__cxa_guard_acquire(&guard) != 0) {
        if (me == 0) { /* an exception */
            __cxa_guard_abort(&guard);
            return NULL;
        }
        initialise();
        __cxa_guard_release(&guard);
    }
    must(value == 2);
    return NULL;
}

static void guarded(void)
{
    guard = 0;
    value = 0;
    TOGETHER(need_guarded, need_guarded, need_guarded);
}

static void check_once(void)
{
    check(holds(once) && saw(0) == 300, "one thread initialises, and the others wait for it");
    check(ends(once_in_itself, TS_RUN_DEADLOCK), "an initialisation within itself is a deadlock of one");
    check(holds(guarded) && saw(0) == 300, "guards of C++, one of them given up");
}

/* --- joins --- */

static void *compute(void *argument)
{
    value = 3;
    enter(0);
    return argument;
}

static void *nothing(void *argument)
{
    enter(0);
    return argument;
}

static void joins(void)
{
    pthread_t threads[3];
    void *result;
    for (uintptr_t i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, i == 0 ? compute : nothing, (void *)(i + 1));
    }
    int error;
    while ((error = pthread_tryjoin_np(threads[0], &result)) != 0) {
        must(error == EBUSY);
        see(0);
    }
    must(result == (void *)1 && value == 3);
    struct timespec until = in_ms(CLOCK_REALTIME, 10);
    error = pthread_timedjoin_np(threads[1], &result, &until);
    must(error == 0 ? result == (void *)2 : error == ETIMEDOUT);
    see(error == 0 ? 1 : 2);
    if (error != 0) {
        pthread_join(threads[1], NULL);
    }
    until = in_ms(CLOCK_MONOTONIC, 10);
    error = pthread_clockjoin_np(threads[2], NULL, CLOCK_MONOTONIC, &until);
    see(error == 0 ? 3 : 4);
    if (error != 0) {
        pthread_join(threads[2], NULL);
    }
}

int main(void)
{
    check_semaphores();
    check_barriers();
    check_once();
    check(holds(joins) && saw(0) > 0 && saw(1) > 0 && saw(2) > 0 && saw(3) > 0 && saw(4) > 0,
          "joins that try, and that time out, or not");
    check(holds_lazily(joins) && saw(2) == 0 && saw(4) == 0, "... and never, when time is lazy");
    return failures == 0 ? 0 : 1;
}

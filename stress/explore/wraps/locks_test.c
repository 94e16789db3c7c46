/*
 * Read-write locks and spin locks over small bodies under the real ThreadSanitizer: they exclude what they
 * must and let through what they may, time out with and without haste, and end as what they are when nobody
 * can go on.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <errno.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t lock_of_writers = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_spinlock_t spin;
static int value;

static void *read_it(void *argument)
{
    must(pthread_rwlock_rdlock(&lock) == 0);
    enter(1);
    must(who_is_inside() < 100);
    see(who_is_inside() == 2);
    must(value % 2 == 0);
    enter(-1);
    must(pthread_rwlock_unlock(&lock) == 0);
    return argument;
}

static void *write_it(void *argument)
{
    must(pthread_rwlock_wrlock(&lock) == 0);
    must(who_is_inside() == 0);
    enter(100);
    value++;
    must(who_is_inside() == 100);
    value++;
    enter(-100);
    must(pthread_rwlock_unlock(&lock) == 0);
    return argument;
}

static void read_and_write(void)
{
    value = 0;
    TOGETHER(read_it, write_it, read_it);
}

static void *write_as_reader(void *argument)
{
    int *place = argument;
    pthread_rwlock_rdlock(&lock);
    ++*place;
    pthread_rwlock_unlock(&lock);
    return NULL;
}

/* Memory of its own for each schedule: ThreadSanitizer takes no further reads of what it has reported. */
static void write_under_read_lock(void)
{
    pthread_t threads[2];
    int *place = calloc(1, sizeof *place);
    pthread_create(&threads[0], NULL, write_as_reader, place);
    pthread_create(&threads[1], NULL, write_as_reader, place);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    free(place);
}

static void *try_to_read(void *argument)
{
    int error = pthread_rwlock_tryrdlock(&lock);
    must(error == 0 || error == EBUSY);
    see(error == 0 ? 0 : 1);
    if (error == 0) {
        must(value % 2 == 0);
        pthread_rwlock_unlock(&lock);
    }
    return argument;
}

static void *try_to_write(void *argument)
{
    int error = pthread_rwlock_trywrlock(&lock);
    must(error == 0 || error == EBUSY);
    see(error == 0 ? 2 : 3);
    if (error == 0) {
        value += 2;
        pthread_rwlock_unlock(&lock);
    }
    return argument;
}

static void try_both(void)
{
    value = 0;
    TOGETHER(write_it, try_to_read, try_to_write);
}

static void *read_timed(void *argument)
{
    struct timespec until = in_ms(CLOCK_REALTIME, 10);
    int error = (uintptr_t)argument % 2 == 0 ? pthread_rwlock_timedrdlock(&lock, &until)
                                             : (until = in_ms(CLOCK_MONOTONIC, 10),
                                                pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &until));
    must(error == 0 || error == ETIMEDOUT);
    see(error == 0 ? 0 : 1);
    if (error == 0) {
        must(value % 2 == 0);
        pthread_rwlock_unlock(&lock);
    }
    return argument;
}

static void *write_timed(void *argument)
{
    struct timespec until = in_ms(CLOCK_REALTIME, 10);
    int error = (uintptr_t)argument % 2 == 0 ? pthread_rwlock_timedwrlock(&lock, &until)
                                             : (until = in_ms(CLOCK_MONOTONIC, 10),
                                                pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &until));
    must(error == 0 || error == ETIMEDOUT);
    see(error == 0 ? 2 : 3);
    if (error == 0) {
        value += 2;
        pthread_rwlock_unlock(&lock);
    }
    return argument;
}

static void timed_both(void)
{
    struct timespec never = {0, 1000000000};
    value = 0;
    TOGETHER(read_timed, read_timed, write_timed, write_timed);
    must(pthread_rwlock_timedrdlock(&lock, &never) == EINVAL);
    must(pthread_rwlock_clockwrlock(&lock, CLOCK_PROCESS_CPUTIME_ID, &never) == EINVAL);
}

static void read_twice(pthread_rwlock_t *it)
{
    pthread_rwlock_rdlock(it);
    pthread_rwlock_rdlock(it);
    pthread_rwlock_unlock(it);
    pthread_rwlock_unlock(it);
}

static void *read_lock_twice(void *argument)
{
    read_twice(&lock);
    return argument;
}

static void *read_lock_of_writers_twice(void *argument)
{
    read_twice(&lock_of_writers);
    return argument;
}

static void *write_lock_of_writers(void *argument)
{
    pthread_rwlock_wrlock(&lock_of_writers);
    value++;
    pthread_rwlock_unlock(&lock_of_writers);
    return argument;
}

static void readers_first(void)
{
    TOGETHER(read_lock_twice, write_it);
}

static void writers_first(void)
{
    TOGETHER(read_lock_of_writers_twice, write_lock_of_writers);
}

static void lock_own_rwlock(void)
{
    pthread_rwlock_wrlock(&lock);
    must(pthread_rwlock_wrlock(&lock) == EDEADLK);
    must(pthread_rwlock_rdlock(&lock) == EDEADLK);
    must(pthread_rwlock_trywrlock(&lock) == EBUSY);
    must(pthread_rwlock_tryrdlock(&lock) == EBUSY);
    pthread_rwlock_unlock(&lock);
}

static void upgrade(void)
{
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_wrlock(&lock);
}

static void check_rwlocks(void)
{
    check(holds(read_and_write) && saw(1) > 0, "readers read together, and nobody while somebody writes");
    check(races(write_under_read_lock), "writes under read locks are reported in 50 of 50 schedules");
    check(holds(try_both) && saw(0) > 0 && saw(1) > 0 && saw(2) > 0 && saw(3) > 0,
          "trying to read and to write does both, and fails both");
    check(holds(timed_both) && saw(0) > 0 && saw(1) > 0 && saw(2) > 0 && saw(3) > 0,
          "timed locks of both kinds time out, or not");
    check(holds_lazily(timed_both) && saw(1) == 0 && saw(3) == 0, "... and never, when time is lazy");
    check(holds(readers_first), "a reader may read again while a writer waits");
    check(ends(writers_first, TS_RUN_DEADLOCK), "... but not where writers go first: a deadlock");
    check(holds(lock_own_rwlock), "who writes is told that it would wait for itself");
    check(ends(upgrade, TS_RUN_DEADLOCK), "a reader that wants to write waits for itself");
}

static void *spin_once(void *argument)
{
    pthread_spin_lock(&spin);
    value++;
    must(who_is_inside() == 0);
    enter(1);
    value++;
    enter(-1);
    pthread_spin_unlock(&spin);
    return argument;
}

static void *spin_on_try(void *argument)
{
    int error;
    while ((error = pthread_spin_trylock(&spin)) != 0) {
        must(error == EBUSY);
        see(1);
    }
    value++;
    pthread_spin_unlock(&spin);
    return argument;
}

static void spin_together(void)
{
    value = 0;
    must(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) == 0);
    TOGETHER(spin_once, spin_on_try, spin_once);
    must(value == 5);
    must(pthread_spin_destroy(&spin) == 0);
}

static void spin_twice(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&spin);
    pthread_spin_lock(&spin);
}

static void *spin_for_ever(void *argument)
{
    while (pthread_spin_trylock(&spin) != 0) {
    }
    return argument;
}

static void spin_in_vain(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&spin);
    TOGETHER(spin_for_ever, spin_for_ever);
}

static void check_spinlocks(void)
{
    check(holds(spin_together) && saw(1) > 0, "a spin lock excludes, and a trylock fails meanwhile");
    check(ends(spin_twice, TS_RUN_DEADLOCK), "a spin lock taken twice is a deadlock of one");
    check(ends(spin_in_vain, TS_RUN_LIVELOCK), "trying for ever what nobody gives back is a livelock");
}

int main(void)
{
    check_rwlocks();
    check_spinlocks();
    return failures == 0 ? 0 : 1;
}

/*
 * Planted: two threads count in plain ints without the mutex that orders them. ThreadSanitizer may miss one
 * racing pair; so many cells and rounds leave no doubt.
 */
#include "canary.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>

enum { CELLS = 64, ROUNDS = 100 };

static int cells[CELLS];
static pthread_mutex_t cells_mutex = PTHREAD_MUTEX_INITIALIZER;

static void count_cells(bool ordered)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (int cell = 0; cell < CELLS; cell++) {
            if (ordered) {
                pthread_mutex_lock(&cells_mutex);
            }
            cells[cell]++;
            if (ordered) {
                pthread_mutex_unlock(&cells_mutex);
            }
        }
        sched_yield();
    }
}

static void *counter_main(void *ordered)
{
    count_cells(*(bool *)ordered);
    return NULL;
}

Test(canary, race)
{
    bool ordered = !canary_planted();
    pthread_t counter;
    cr_assert_eq(pthread_create(&counter, NULL, counter_main, &ordered), 0);
    count_cells(ordered);
    pthread_join(counter, NULL);
    cr_assert(!ordered || cells[0] == 2 * ROUNDS);
}

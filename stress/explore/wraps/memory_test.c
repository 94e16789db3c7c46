/*
 * Copies of structures and memory that is set, as points: what another thread reads of them is the old and
 * the new, and every race is reported.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <string.h>

struct record {
    long member[6];
};

static struct record *shared; /* anew for each schedule: what was reported is not reported again */

static struct record filled(long with)
{
    struct record record;
    for (int i = 0; i < 6; i++) {
        record.member[i] = with;
    }
    return record;
}

static void *copy_in(void *argument)
{
    struct record ones = filled(1);
    *shared = ones;
    return argument;
}

static void *set(void *argument)
{
    memset(shared, 1, sizeof *shared);
    return argument;
}

static void *look_at_last(void *argument)
{
    long last = shared->member[5], first = shared->member[0];
    see(last == 0 ? 0 : 1);
    see(first == 0 ? 2 : 3);
    return argument;
}

static void run_with(thread_fn writer)
{
    shared = calloc(1, sizeof *shared);
    TOGETHER(writer, look_at_last);
    free(shared);
}

static void copies(void)
{
    run_with(copy_in);
}

static void sets(void)
{
    run_with(set);
}

static bool both_orders(void (*body)(void))
{
    (void)run((struct trial){.body = body, .schedules = 200});
    return seen->done == 200 && seen->reports >= 200 && saw(0) > 0 && saw(1) > 0 && saw(2) > 0 && saw(3) > 0;
}

int main(void)
{
    check(both_orders(copies), "a copied structure is written at any time, and every race is reported");
    check(both_orders(sets), "memory is set at any time, and every race is reported");
    return failures == 0 ? 0 : 1;
}

/*
 * Planted: a block that nobody owns when the test's process ends. The assertions hold and the report comes at
 * exit: only the POST_ALL hook of criterion_main.c makes this red.
 */
#include "canary.h"

#include <criterion/criterion.h>

static void *volatile owner;

Test(canary, leak)
{
    owner = malloc(64);
    cr_assert_not_null(owner);
    if (!canary_planted()) {
        free(owner);
    }
    owner = NULL;
}

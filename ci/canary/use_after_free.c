/* Planted: a read of a block that was freed. */
#include "canary.h"

#include <criterion/criterion.h>

Test(canary, use_after_free)
{
    int *volatile block = malloc(sizeof *block);
    cr_assert_not_null(block);
    *block = 7;
    if (canary_planted()) {
        free(block);
    }
    int seen = *block;
    cr_assert_eq(seen, 7);
    free(block);
}

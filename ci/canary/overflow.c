/* Planted: a signed addition that leaves its type's range. */
#include "canary.h"

#include <criterion/criterion.h>
#include <limits.h>

Test(canary, overflow)
{
    volatile int most = canary_planted() ? INT_MAX : INT_MAX - 1;
    int sum = most + 1;
    cr_assert_neq(sum, 0);
}

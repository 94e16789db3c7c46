/* Planted: an assertion that does not hold. */
#include "canary.h"

#include <criterion/criterion.h>

Test(canary, assertion)
{
    cr_assert(!canary_planted(), "the planted assertion");
}

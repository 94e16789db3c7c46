#include "supervisor/suggest.h"

#include <criterion/criterion.h>

static const char *const modes[] = {"direct", "locked", "guarded", "queued"};

Test(suggest, counts_each_edit_once)
{
    cr_assert_eq(ts_edit_distance("", "abc"), 3);
    cr_assert_eq(ts_edit_distance("queued", "queued"), 0);
    cr_assert_eq(ts_edit_distance("quueed", "queued"), 1, "neighbours swapped are one edit");
    cr_assert_eq(ts_edit_distance("kitten", "sitting"), 3);
}

Test(suggest, finds_the_nearest_name)
{
    cr_assert_str_eq(ts_suggest("qeued", modes, 4), "queued");
    cr_assert_str_eq(ts_suggest("lokced", modes, 4), "locked");
}

Test(suggest, keeps_silent_when_nothing_is_near)
{
    cr_assert_null(ts_suggest("xyz", modes, 4));
    cr_assert_null(ts_suggest("d", modes, 0));
}

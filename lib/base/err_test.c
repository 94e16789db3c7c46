#include "base/err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

Test(err, every_code_has_its_own_name)
{
    for (int a = 0; a < TS_ERR_COUNT; a++) {
        cr_assert_not_null(ts_err_name((ts_err)a), "code %d", a);
        for (int b = 0; b < a; b++) {
            cr_assert_str_neq(ts_err_name((ts_err)a), ts_err_name((ts_err)b));
        }
    }
    cr_assert_str_eq(ts_err_name((ts_err)9999), "unknown-error");
}

Test(err, fail_fills_the_diag_and_returns_the_code)
{
    struct ts_diag diag;
    cr_assert_eq(ts_fail(&diag, TS_MALFORMED, "read tape", "a.gz", "line %d", 7), TS_MALFORMED);
    char line[512];
    cr_assert_str_eq(ts_diag_line(&diag, line, sizeof line), "read tape: a.gz: line 7");
    cr_assert_eq(ts_fail(NULL, TS_FULL, "push", NULL, "no room"), TS_FULL);
}

Test(err, errno_maps_to_the_codes_that_have_meaning)
{
    struct ts_diag diag;
    cr_assert_eq(ts_fail_errno(&diag, ENOSPC, "write", "record"), TS_NO_SPACE);
    cr_assert_not_null(strstr(diag.text, "No space left"));
    cr_assert_eq(ts_fail_errno(&diag, ENOMEM, "map", "x"), TS_NO_MEMORY);
    cr_assert_eq(ts_fail_errno(&diag, ENOENT, "open", "x"), TS_NOT_FOUND);
    cr_assert_eq(ts_fail_errno(&diag, EIO, "read", "x"), TS_IO);
}

Test(err, context_is_prepended_and_long_text_is_cut_not_overrun)
{
    struct ts_diag diag;
    char longer[600];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ts_fail(&diag, TS_IO, "op", "subject", "inner");
    ts_diag_context(&diag, "outer %d", 1);
    cr_assert_str_eq(diag.text, "outer 1: inner");
    ts_diag_context(&diag, "%s", longer);
    cr_assert_eq(strlen(diag.text), sizeof diag.text - 1);
}

Test(err, a_line_stays_one_line)
{
    struct ts_diag diag;
    char line[512];
    ts_fail(&diag, TS_MALFORMED, "parse", "x", "two\nlines");
    cr_assert_null(strchr(ts_diag_line(&diag, line, sizeof line), '\n'));
}

Test(err, a_failed_assertion_aborts, .signal = SIGABRT)
{
    TS_ASSERT(1 == 2);
}

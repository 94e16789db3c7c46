#include "reports/gate_fixture.h"
#include "reports/junit.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct gate_fixture f;

static char *written(ts_err (*write)(const struct ts_gate *, FILE *, struct ts_diag *))
{
    struct ts_gate gate;
    struct ts_diag diag = {0};
    char *text = NULL;
    size_t size = 0;
    cr_assert_eq(ts_gate_judge(&f.input, &f.baseline, "2030-01-01", &gate, &diag), TS_OK, "%s", diag.text);
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    cr_assert_eq(write(&gate, out, &diag), TS_OK, "%s", diag.text);
    fclose(out);
    ts_gate_free(&gate);
    return text;
}

static void has(const char *text, const char *words)
{
    cr_expect_not_null(strstr(text, words), "no \"%s\" in:\n%s", words, text);
}

Test(junit, a_clean_run_is_green)
{
    gate_fixture_init(&f);
    char *text = written(ts_junit_write);
    has(text, "<testsuites name=\"tickstorm\" tests=\"7\" failures=\"0\" errors=\"0\" skipped=\"0\"");
    has(text, "<testcase classname=\"tickstorm.unregister\" name=\"queued tsan gate\" time=\"1.500\">");
    free(text);
}

Test(junit, names_stay_apart_and_do_not_depend_on_the_order)
{
    gate_fixture_init(&f);
    f.cells[FIXTURE_PROTECTED_2] = f.cells[FIXTURE_PROTECTED];
    char *text = written(ts_junit_write);
    has(text, "name=\"guarded tsan gate\" time");
    has(text, "name=\"guarded tsan gate #2\" time");
    free(text);
}

Test(junit, states_become_elements)
{
    gate_fixture_init(&f);
    gate_fixture_race(&f);
    f.cells[FIXTURE_PROTECTED_2].judgement = TS_CELL_UNEXERCISED;
    f.cells[FIXTURE_CANARY].judgement = TS_CELL_MISSED;
    char *text = written(ts_junit_write);
    has(text, "tests=\"7\" failures=\"2\" errors=\"1\" skipped=\"1\"");
    has(text, "<failure message=\"new finding: race: detail\" type=\"new finding\">");
    has(text, "#1 book_apply book.c:42");
    has(text, "<error message=\"missed: race");
    free(text);
    gate_fixture_init(&f);
    gate_fixture_race(&f);
    gate_fixture_known(&f, "0x0123456789abcdef", "2031-01-01");
    text = written(ts_junit_write);
    has(text, "failures=\"0\" errors=\"0\" skipped=\"1\"");
    free(text);
}

Test(junit, the_schema_holds_for_any_text)
{
    if (system("xmllint --version >/dev/null 2>&1") != 0) {
        cr_skip("no xmllint: the schema was not checked");
    }
    for (int hostile = 0; hostile < 2; hostile++) {
        gate_fixture_init(&f);
        if (hostile == 1) {
            gate_fixture_hostile(&f);
        }
        char *text = written(ts_junit_write);
        FILE *checker = popen("xmllint --noout --schema '" TS_JUNIT_XSD "' - 2>&1", "w");
        cr_assert_not_null(checker);
        fputs(text, checker);
        cr_expect_eq(pclose(checker), 0, "not valid:\n%s", text);
        free(text);
    }
}

#include "reports/gate_fixture.h"
#include "reports/gate_text.h"

#include <criterion/criterion.h>
#include <jansson.h>
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

Test(gate_text, the_summary_starts_with_the_verdict)
{
    gate_fixture_init(&f);
    gate_fixture_race(&f);
    gate_fixture_known(&f, "0xfedcba9876543210", "2031-01-01");
    char *text = written(ts_gate_markdown_write);
    cr_expect_eq(strncmp(text, "# FAIL\n\nFAIL: 1 new finding", 27), 0, "%s", text);
    has(text, "## New findings\n\n- **race** `book_apply / book_best`");
    has(text, "<details><summary>stacks</summary>");
    has(text, "    #1 book_best book.c:43\n");
    has(text, "**NEVER MATCHED** `0xfedcba9876543210`");
    has(text, "| canary | 1 | 1 | 200 |");
    has(text,
        "| unregister | guarded | tsan | gate | protected | **new finding** | race | 3 of 200 | 4000 |");
    free(text);
}

Test(gate_text, foreign_text_stays_in_its_place)
{
    gate_fixture_init(&f);
    gate_fixture_hostile(&f);
    char *text = written(ts_gate_markdown_write);
    cr_expect_null(strstr(text, "\n::error"), "%s", text);
    cr_expect_null(strpbrk(text, "\x01\x1b\r\xff"), "%s", text);
    has(text, "q\"'&lt;b&gt;&amp;amp;]]&gt;");
    free(text);
}

Test(gate_text, annotations_are_one_escaped_line_each)
{
    gate_fixture_init(&f);
    gate_fixture_race(&f);
    char *text = written(ts_gate_annotations_write);
    has(text, "\n::error file=book.c,line=42,title=New finding::race: book_apply / book_best: data-race "
              "(0x0123456789abcdef); repeat: tickstorm repro 0x01\n");
    free(text);
    gate_fixture_init(&f);
    gate_fixture_hostile(&f);
    text = written(ts_gate_annotations_write);
    has(text, "file=a b%2Cc%3Ad%25\xef\xbf\xbd%0A.c,line=42,");
    has(text, "*%25%0D%0A::error::x");
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL && rest != NULL;) {
        cr_expect(strncmp(line, "::error ", 8) == 0 || strncmp(line, "::notice ", 9) == 0, "%s", line);
    }
    free(text);
}

Test(gate_text, the_json_has_the_same_numbers)
{
    gate_fixture_init(&f);
    gate_fixture_hostile(&f);
    char *text = written(ts_gate_json_write);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(root, "%s", text);
    const char *verdict, *reason;
    int exit_code, news, cells;
    cr_assert_eq(json_unpack(root, "{s:s, s:s, s:i, s:{s:{s:i}, s:{s:{s:i}}}}", "verdict", &verdict, "reason",
                             &reason, "exit_code", &exit_code, "counts", "findings", "new", &news, "roles",
                             "protected", "cells", &cells),
                 0);
    cr_expect_str_eq(verdict, "FAIL");
    cr_expect_str_eq(reason, "harness");
    cr_expect_eq(exit_code, 4);
    cr_expect_eq(news, 2);
    cr_expect_eq(cells, 2);
    json_decref(root);
    free(text);
}

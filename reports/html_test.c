#include "reports/html.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static char *html_of(const char *text)
{
    char *html = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&html, &size);
    cr_assert_not_null(out);
    ts_html_text(out, text);
    fclose(out);
    return html;
}

Test(html, foreign_text_stands_for_itself)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"plain", "plain"},
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;"},
        {"std::vector<a&b>", "std::vector&lt;a&amp;b&gt;"},
        {"\x1b[31mred\x01", "\xef\xbf\xbd[31mred\xef\xbf\xbd"},
        {"bad \xff\xc3 end", "bad \xef\xbf\xbd\xef\xbf\xbd end"},
        {"tab\tline\n", "tab\tline\n"},
        {"\xc3\xa9", "\xc3\xa9"},
        {"a\xe2\x80\xae"
         "b\xe2\x81\xa6\xd8\x9c",
         "a\xef\xbf\xbd"
         "b\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe2\x82\xac\xd8\xa7\xe2\x80\x93", "\xe2\x82\xac\xd8\xa7\xe2\x80\x93"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *html = html_of(cases[i][0]);
        cr_expect_str_eq(html, cases[i][1], "case %zu: %s", i, html);
        free(html);
    }
}

Test(html, formatted_text_is_escaped_after_it_is_made)
{
    char *html = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&html, &size);
    cr_assert_not_null(out);
    ts_html_format(out, "%s:%d<", "<a>", 7);
    fclose(out);
    cr_expect_str_eq(html, "&lt;a&gt;:7&lt;");
    free(html);
}

Test(html, long_text_is_cut_between_characters)
{
    static const struct {
        const char *text, *html;
        size_t characters;
    } cases[] = {{"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "\xc3\xa9\xc3\xa9\xe2\x80\xa6", 3},
                 {"a<b>c", "a&lt;\xe2\x80\xa6", 3},
                 {"abc", "abc", 3},
                 {"", "", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *html = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&html, &size);
        cr_assert_not_null(out);
        ts_html_short(out, cases[i].text, cases[i].characters);
        fclose(out);
        cr_expect_str_eq(html, cases[i].html, "%s", html);
        free(html);
    }
}

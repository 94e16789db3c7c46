#include "reports/interleaving_html.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define HOSTILE "</td><script>alert('x')</script>\"\x1b[31m\xff"

static char *html_with(const struct ts_interleaving *shown, const struct ts_finding *finding, size_t rows_max)
{
    char *html = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&html, &size);
    cr_assert_not_null(out);
    ts_interleaving_html(out, shown, finding, "x", rows_max);
    fclose(out);
    return html;
}

static char *html_of(const struct ts_interleaving *shown, size_t rows_max)
{
    return html_with(shown, NULL, rows_max);
}

static size_t count(const char *text, const char *what)
{
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what)) {
        found++;
    }
    return found;
}

static struct ts_interleaving_step step(int64_t number, int64_t thread, const char *operation)
{
    return (struct ts_interleaving_step){.step = number,
                                         .thread = thread,
                                         .event = number,
                                         .operation = operation,
                                         .function = "take",
                                         .file = "q.c",
                                         .line = 12,
                                         .holder = TS_INTERLEAVING_NOBODY};
}

Test(interleaving_html, says_who_is_stopped_who_waits_and_who_lets_go_on)
{
    struct ts_interleaving_step steps[] = {step(1, 0, "lock"), step(2, 1, "unlock"), step(2, 0, "unlock"),
                                           step(3, 1, "lock"), step(4, 2, "probe"),  step(4, 0, "join"),
                                           step(4, 2, "lock")};
    steps[1].mark = TS_INTERLEAVING_STOPPED;
    steps[3].waited = true;
    steps[3].holder = 0;
    steps[3].opener = 2;
    steps[4].choice = 1;
    steps[4].picked = true;
    steps[5].mark = steps[6].mark = TS_INTERLEAVING_STUCK;
    steps[5].holder = 2;
    steps[6].holder = 1;
    struct ts_interleaving shown = {.schedule = "ts1.a.1:2-0.-",
                                    .end = "deadlock",
                                    .ordering = "first\nsecond\n",
                                    .threads = 3,
                                    .step_count = 4,
                                    .preemptions = 1,
                                    .steps = steps,
                                    .count = 7};
    char *html = html_of(&shown, 0);
    cr_expect_not_null(strstr(html, "switch 1 of 1: stopped before"));
    cr_expect_not_null(strstr(html, "thread 0 goes on"));
    cr_expect_not_null(strstr(html, "it had to wait for thread 0; let go on by thread 0 in step 2"));
    cr_expect_not_null(strstr(html, "lets go on: thread 1"));
    cr_expect_not_null(strstr(html, "choice 1 is made here: the fault happens"));
    cr_expect_not_null(strstr(html, "chosen to go on here"));
    cr_expect_not_null(strstr(html, "for thread 2 to end"));
    cr_expect_not_null(strstr(html, "held by thread 1"));
    cr_expect_not_null(strstr(html, "<li class=\"decides\">second</li>"));
    cr_expect_eq(count(html, "<tr class=\"switch\" id=\"x-s1\">"), 1);
    cr_expect_eq(count(html, "id=\"x-end\""), 1);
    cr_expect_eq(count(html, "<th scope=\"col\">"), 4);
    cr_expect_eq(count(html, "steps left out"), 0);
    free(html);
}

/* A race's accesses are looked for in vain where they cannot be. */
Test(interleaving_html, says_what_is_no_step_of_the_schedule)
{
    static const struct {
        const char *schedule, *says;
    } rows[] = {{"ts1.s.-.-", "<li>Plain reads and writes, and atomics, are no steps"},
                {"ts1.a.-.-", "<li>Plain reads and writes are no steps"},
                {"ts1.m.-.-", NULL},
                {"", NULL}};
    struct ts_interleaving_step only = step(1, 0, "lock");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_interleaving shown = {.schedule = rows[i].schedule,
                                        .end = "",
                                        .ordering = "",
                                        .threads = 1,
                                        .steps = &only,
                                        .count = 1};
        char *html = html_of(&shown, 0);
        cr_expect_eq(count(html, rows[i].says != NULL ? rows[i].says : "no steps"), rows[i].says != NULL,
                     "%s", rows[i].schedule);
        free(html);
    }
}

Test(interleaving_html, hostile_names_are_text)
{
    struct ts_interleaving_step steps[] = {step(1, 0, HOSTILE)};
    steps[0].function = steps[0].file = HOSTILE;
    struct ts_interleaving shown = {.schedule = HOSTILE,
                                    .end = HOSTILE,
                                    .ordering = HOSTILE,
                                    .threads = 1,
                                    .step_count = 1,
                                    .steps = steps,
                                    .count = 1};
    char *html = html_of(&shown, 0);
    cr_expect_eq(count(html, "<script"), 0);
    cr_expect_eq(count(html, "&lt;/td&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;"), 6);
    cr_expect_eq(count(html, "\x1b"), 0);
    cr_expect_eq(count(html, "\xff"), 0);
    cr_expect_eq(count(html, "<td>"), 1);
    free(html);
}

Test(interleaving_html, a_long_one_shows_its_end_and_its_switches)
{
    enum { STEPS = 1000 };
    struct ts_interleaving_step *steps = calloc(STEPS, sizeof *steps);
    cr_assert_not_null(steps);
    for (int i = 0; i < STEPS; i++) {
        steps[i] = step(i + 1, i % 2, "lock");
    }
    steps[300].mark = TS_INTERLEAVING_STOPPED;
    for (int i = 301; i < STEPS; i++) {
        steps[i].step = i;
    }
    struct ts_interleaving shown = {.schedule = "",
                                    .end = "",
                                    .ordering = "",
                                    .threads = 2,
                                    .step_count = STEPS - 1,
                                    .preemptions = 1,
                                    .steps = steps,
                                    .count = STEPS};
    char *html = html_of(&shown, 100);
    cr_expect_eq(count(html, "<tr"), 1 + 50 + 13 + 2);
    cr_expect_eq(count(html, "x-s1\">"), 2, "the switch, and the link to it");
    cr_expect_not_null(strstr(html, ">294 steps left out<"));
    cr_expect_not_null(strstr(html, ">643 steps left out<"));
    cr_expect_not_null(strstr(html, "<th scope=\"row\">999</th>"));
    free(html);
    steps[600].named = true;
    html = html_of(&shown, 100);
    cr_expect_eq(count(html, "<tr"), 1 + 50 + 13 + 1 + 13 + 2);
    cr_expect_eq(count(html, "an access that a finding names"), 1);
    cr_expect_not_null(strstr(html, ">287 steps left out<"));
    cr_expect_not_null(strstr(html, ">343 steps left out<"));
    free(html);
    free(steps);
}

/* Plain memory has no steps: the last one of the function that used it stands for it, of inner functions
 * first. */
Test(interleaving_html, a_long_one_without_switches_shows_where_the_accesses_were_made)
{
    enum { STEPS = 1000 };
    struct ts_frame reader[] = {{"memcpy", "m.c", 1, "", "", false},
                                {"peek", "lib/q.c", 9, "", "", true},
                                {"take", "lib/q.c", 12, "", "", true}};
    struct ts_frame writer[] = {{"give", "lib/r.c", 5, "", "", true},
                                {"a", "lib/r.c", 6, "", "", true},
                                {"b", "lib/r.c", 7, "", "", true},
                                {"run", "lib/q.c", 30, "", "", true}};
    struct ts_stack stacks[] = {{"allocation", "block of 8 bytes", "", reader, 3, NULL},
                                {"access", "read of " HOSTILE, "", reader, 3, NULL},
                                {"access", "write of 8 bytes", "", writer, 4, NULL}};
    struct ts_finding finding = {.stacks = stacks, .stack_count = 3};
    struct ts_interleaving_step *steps = calloc(STEPS, sizeof *steps);
    cr_assert_not_null(steps);
    for (int i = 0; i < STEPS; i++) {
        steps[i] = step(i + 1, i % 2, "lock");
        steps[i].function = i == 300 || i == 400 ? "take" : i == 700 ? "take" : "run";
    }
    steps[700].file = "other.c";
    struct ts_interleaving shown = {.schedule = "ts1.a.-.-",
                                    .end = "",
                                    .ordering = "",
                                    .threads = 2,
                                    .step_count = STEPS,
                                    .steps = steps,
                                    .count = STEPS};
    char *html = html_with(&shown, &finding, 100);
    cr_expect_eq(count(html, "<tr"), 1 + 13 + 6 + 2);
    cr_expect_eq(count(html, "is no step of its own"), 1, "what is further out makes too much else");
    cr_expect_not_null(strstr(html, ">394 steps left out<"));
    cr_expect_not_null(
        strstr(html, "is no step of its own; this is the last one in take, which made it, at m.c:1<"));
    cr_expect_eq(count(html, "<script"), 0);
    free(html);
    steps[100].picked = true;
    html = html_with(&shown, &finding, 100);
    cr_expect_eq(count(html, "<tr"), 1 + 13 + 13 + 6 + 3);
    cr_expect_eq(count(html, "chosen to go on here"), 1);
    free(html);
    steps[100].picked = false;
    steps[500].named = true; /* it is known exactly */
    html = html_with(&shown, &finding, 100);
    cr_expect_eq(count(html, "is no step of its own"), 0);
    cr_expect_eq(count(html, "<tr"), 1 + 13 + 50 + 2);
    free(html);
    free(steps);
}

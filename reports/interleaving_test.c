#include "reports/interleaving.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The text as a file; the name stays valid until the next call. */
static const char *file_of(const char *text)
{
    static char path[] = "/tmp/interleaving-XXXXXX";
    strcpy(path, "/tmp/interleaving-XXXXXX");
    int file = mkstemp(path);
    cr_assert(file >= 0);
    cr_assert_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    return path;
}

static ts_err load(const char *text, struct ts_interleaving *interleaving, struct ts_diag *diag)
{
    const char *path = file_of(text);
    ts_err error = ts_interleaving_load(path, interleaving, diag);
    unlink(path);
    return error;
}

static char *text_of(const struct ts_interleaving *interleaving)
{
    char *text = NULL;
    size_t size = 0;
    struct ts_diag diag;
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    cr_assert_eq(ts_interleaving_write(interleaving, out, &diag), TS_OK);
    fclose(out);
    return text;
}

#define HEAD                                                                                                 \
    "{\"type\":\"interleaving\",\"format\":1,\"threads\":2,\"steps\":40,\"preemptions\":1,"                  \
    "\"schedule\":\"ts1.a.-.-\"}\n"

Test(interleaving, what_is_written_is_read_back)
{
    struct ts_interleaving_step steps[] = {
        {.step = 7,
         .thread = 1,
         .event = 3,
         .mark = TS_INTERLEAVING_STOPPED,
         .operation = "lock",
         .object = 4,
         .function = "take",
         .file = "lib/q.c",
         .line = 12,
         .holder = TS_INTERLEAVING_NOBODY},
        {.step = 7,
         .thread = 0,
         .event = 9,
         .operation = "unlock",
         .object = 4,
         .function = "",
         .file = "",
         .holder = TS_INTERLEAVING_NOBODY,
         .picked = true,
         .named = true,
         .choice = 2},
        {.step = 8,
         .thread = 1,
         .event = 3,
         .operation = "lock",
         .object = 4,
         .function = "take",
         .file = "lib/q.c",
         .line = 12,
         .waited = true,
         .holder = 0,
         .opener = 7,
         .timed = true,
         .has_value = true,
         .value = UINT64_MAX},
        {.step = 8,
         .thread = 0,
         .mark = TS_INTERLEAVING_STUCK,
         .operation = "join",
         .function = "",
         .file = "",
         .holder = 1},
    };
    struct ts_interleaving made = {.schedule = "ts1.a.1:3-0.-",
                                   .end = "deadlock",
                                   .ordering = "a\nb\n",
                                   .threads = 2,
                                   .step_count = 8,
                                   .preemptions = 1,
                                   .steps = steps,
                                   .count = 4};
    struct ts_interleaving read;
    struct ts_diag diag;
    char *text = text_of(&made);
    cr_assert_eq(load(text, &read, &diag), TS_OK, "%s", diag.text);
    cr_expect_str_eq(read.schedule, made.schedule);
    cr_expect_str_eq(read.ordering, "a\nb\n");
    cr_expect_str_eq(read.end, "deadlock");
    cr_assert_eq(read.count, 4);
    cr_expect_eq(read.steps[0].mark, TS_INTERLEAVING_STOPPED);
    cr_expect(read.steps[2].opener == 7 && read.steps[2].value == UINT64_MAX && !read.steps[3].has_value);
    cr_expect(read.steps[1].named && !read.steps[2].named);
    cr_expect(read.steps[1].picked && read.steps[2].waited && read.steps[2].timed);
    cr_expect_eq(read.steps[3].holder, 1);
    char *again = text_of(&read);
    cr_expect_str_eq(again, text);
    ts_interleaving_free(&read);
    free(again);
    free(text);
}

Test(interleaving, text_that_is_no_utf8_is_made_so)
{
    struct ts_interleaving_step step = {.step = 1,
                                        .operation = "lock",
                                        .function = "bad\xff<name>",
                                        .file = "",
                                        .holder = TS_INTERLEAVING_NOBODY};
    struct ts_interleaving made = {
        .schedule = "", .end = "", .ordering = "", .threads = 1, .step_count = 1, .steps = &step, .count = 1};
    struct ts_interleaving read;
    struct ts_diag diag;
    char *text = text_of(&made);
    cr_assert_eq(load(text, &read, &diag), TS_OK, "%s", diag.text);
    cr_expect_str_eq(read.steps[0].function, "bad\xef\xbf\xbd<name>");
    ts_interleaving_free(&read);
    free(text);
}

Test(interleaving, a_broken_file_is_refused_with_its_line)
{
    static const struct {
        const char *text;
        ts_err error;
        const char *says;
    } cases[] = {
        {"", TS_MALFORMED, "empty"},
        {"{\n", TS_MALFORMED, "line 1"},
        {"{\"type\":\"run\"}\n", TS_MALFORMED, "line 1"},
        {"{\"type\":\"interleaving\",\"format\":2}\n", TS_MISMATCH, "format"},
        {"{\"type\":\"interleaving\",\"format\":1,\"threads\":257}\n", TS_MALFORMED, "line 1"},
        {HEAD "[]\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"thread\":1}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":256}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":-1}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":0,\"mark\":\"odd\"}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":0,\"function\":5}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":0,\"waited\":1}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":0,\"line\":1.5}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":0,\"value\":5}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":0,\"value\":\"70\"}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":0,\"value\":\"0x\"}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":0,\"value\":\"0x1ffffffffffffffff\"}\n", TS_MALFORMED, "line 2"},
        {HEAD "{\"step\":1,\"thread\":0}\n{\"step\":2,", TS_MALFORMED, "line 3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_interleaving read;
        struct ts_diag diag = {0};
        cr_expect_eq(load(cases[i].text, &read, &diag), cases[i].error, "case %zu", i);
        cr_expect_not_null(strstr(diag.text, cases[i].says), "case %zu: %s", i, diag.text);
        cr_expect_eq(read.count, 0);
    }
}

Test(interleaving, more_steps_than_are_ever_written_are_refused)
{
    struct ts_interleaving read;
    struct ts_diag diag;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    fputs(HEAD, out);
    for (int i = 0; i <= TS_INTERLEAVING_STEPS_MAX; i++) {
        fprintf(out, "{\"step\":%d,\"thread\":0}\n", i);
    }
    fclose(out);
    cr_expect_eq(load(text, &read, &diag), TS_LIMIT);
    free(text);
}

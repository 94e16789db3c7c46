#include "finding/symbolizer.h"

#include "base/clock.h"
#include "finding/fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

long known_variable = 3;
int known_function(int value);

static const int known_line = __LINE__ + 2;
__attribute__((noinline)) int known_function(int value)
{
    return value + (int)known_variable;
}

static struct ts_symbolizer *create(const char *path)
{
    struct ts_symbolizer *symbolizer = NULL;
    cr_assert_eq(ts_symbolizer_create(path, &symbolizer, NULL), TS_OK);
    return symbolizer;
}

static size_t ask_known(struct ts_symbolizer *symbolizer, struct ts_symbol *symbol)
{
    return ts_symbolizer_code(symbolizer, fixture_binary(),
                              fixture_offset((const void *)(uintptr_t)known_function), symbol, 1);
}

static uint64_t descriptors(void)
{
    uint64_t count = 0;
    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

Test(symbolizer, names_a_function_and_asks_once)
{
    struct ts_symbolizer *symbolizer = create(TS_TEST_SYMBOLIZER);
    struct ts_symbol symbol, again;
    cr_assert_eq(ask_known(symbolizer, &symbol), 1);
    cr_assert_str_eq(symbol.function, "known_function");
    cr_assert_str_eq(symbol.file, "stress/finding/symbolizer_test.c");
    cr_assert_eq(symbol.line, known_line);
    cr_assert_eq(ts_symbolizer_questions(symbolizer), 1);
    cr_assert_eq(ask_known(symbolizer, &again), 1);
    cr_assert_eq(again.function, symbol.function);
    cr_assert_eq(ts_symbolizer_questions(symbolizer), 1);
    ts_symbolizer_destroy(symbolizer);
}

Test(symbolizer, names_a_variable_apart_from_code)
{
    struct ts_symbolizer *symbolizer = create(TS_TEST_SYMBOLIZER);
    uint64_t offset = fixture_offset(&known_variable);
    struct ts_symbol symbol;
    cr_assert_str_eq(ts_symbolizer_data(symbolizer, fixture_binary(), offset), "known_variable");
    ts_symbolizer_code(symbolizer, fixture_binary(), offset, &symbol, 1);
    cr_assert_eq(ts_symbolizer_questions(symbolizer), 2, "code and data are two questions");
    cr_assert_str_eq(ts_symbolizer_data(symbolizer, fixture_binary(), offset), "known_variable");
    cr_assert_eq(ts_symbolizer_questions(symbolizer), 2);
    ts_symbolizer_destroy(symbolizer);
}

Test(symbolizer, what_it_cannot_read_has_no_name_and_does_no_harm)
{
    struct ts_symbolizer *symbolizer = create(TS_TEST_SYMBOLIZER);
    struct ts_symbol symbol;
    cr_assert_eq(ts_symbolizer_code(symbolizer, "/nowhere/module", 1, &symbol, 1), 0);
    cr_assert_eq(ts_symbolizer_code(symbolizer, "", 1, &symbol, 1), 0);
    cr_assert_eq(ts_symbolizer_code(symbolizer, "a\" 0x1\nCODE \"b", 1, &symbol, 1), 0);
    cr_assert_eq(ask_known(symbolizer, &symbol), 1);
    cr_assert_eq(ts_symbolizer_questions(symbolizer), 2);
    ts_symbolizer_destroy(symbolizer);
}

Test(symbolizer, a_killed_child_is_started_again_once)
{
    struct ts_symbolizer *symbolizer = create(TS_TEST_SYMBOLIZER);
    struct ts_symbol symbol;
    cr_assert_eq(kill(ts_symbolizer_process(symbolizer), SIGKILL), 0);
    cr_assert_eq(ask_known(symbolizer, &symbol), 1);
    cr_assert_str_eq(symbol.function, "known_function");

    cr_assert_eq(kill(ts_symbolizer_process(symbolizer), SIGKILL), 0);
    cr_assert_eq(ts_symbolizer_code(symbolizer, fixture_binary(), 1, &symbol, 1), 0);
    cr_assert_not(ts_symbolizer_works(symbolizer));
    cr_assert_eq(ts_symbolizer_process(symbolizer), -1);
    cr_assert_eq(ask_known(symbolizer, &symbol), 1, "what was answered stays known");
    ts_symbolizer_destroy(symbolizer);
}

Test(symbolizer, a_stopped_child_is_given_up_soon)
{
    struct ts_symbolizer *symbolizer = create(TS_TEST_SYMBOLIZER);
    struct ts_symbol symbol;
    pid_t stopped = ts_symbolizer_process(symbolizer);
    int64_t begun_ns = ts_clock_ns();
    cr_assert_str_eq(ts_symbolizer_trouble(symbolizer), "");
    cr_assert_eq(kill(stopped, SIGSTOP), 0);
    cr_assert_eq(ask_known(symbolizer, &symbol), 1, "the second one answers");
    cr_assert_neq(ts_symbolizer_process(symbolizer), stopped);
    cr_assert_not_null(strstr(ts_symbolizer_trouble(symbolizer), "started again"));
    cr_assert_eq(kill(ts_symbolizer_process(symbolizer), SIGSTOP), 0);
    cr_assert_eq(ts_symbolizer_code(symbolizer, fixture_binary(), 1, &symbol, 1), 0);
    cr_assert_not(ts_symbolizer_works(symbolizer));
    cr_assert_not_null(strstr(ts_symbolizer_trouble(symbolizer), "no names"));
    cr_assert_lt((ts_clock_ns() - begun_ns) / TS_NS_PER_S, 20);
    cr_assert_eq(kill(stopped, 0), -1, "and is gone");
    ts_symbolizer_destroy(symbolizer);
}

Test(symbolizer, an_absent_program_is_told_and_leaves_frames_nameless)
{
    struct ts_symbolizer *symbolizer = NULL;
    struct ts_diag diag = {0};
    struct ts_symbol symbol;
    cr_assert_eq(ts_symbolizer_create("/nowhere/symbolizer", &symbolizer, &diag), TS_OK);
    cr_assert_eq(diag.code, TS_NOT_FOUND);
    cr_assert_not(ts_symbolizer_works(symbolizer));
    cr_assert_eq(ask_known(symbolizer, &symbol), 0);
    ts_symbolizer_destroy(symbolizer);
    cr_assert_eq(ask_known(NULL, &symbol), 0);
}

Test(symbolizer, a_program_that_talks_nonsense_or_ends_is_no_symbolizer)
{
    struct ts_symbol symbol;
    static const char *const programs[] = {"/bin/true", "/bin/echo"};
    for (size_t i = 0; i < 2; i++) {
        struct ts_symbolizer *symbolizer = create(programs[i]);
        cr_assert_eq(ask_known(symbolizer, &symbol), 0, "%s", programs[i]);
        ts_symbolizer_destroy(symbolizer);
    }
}

Test(symbolizer, leaves_no_descriptor_and_no_child)
{
    uint64_t before = descriptors();
    struct ts_symbolizer *symbolizer = create(TS_TEST_SYMBOLIZER);
    pid_t child = ts_symbolizer_process(symbolizer);
    cr_assert_eq(descriptors(), before + 1);
    ts_symbolizer_destroy(symbolizer);
    cr_assert_eq(descriptors(), before);
    cr_assert_eq(kill(child, 0), -1);
}

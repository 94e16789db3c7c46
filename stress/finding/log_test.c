#include "finding/finding_build.h"
#include "finding/fixture.h"
#include "finding/log_symbols.h"
#include "finding/tsan_log.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int leaking_function(int value);

static const int leaking_line = __LINE__ + 2;
__attribute__((noinline)) int leaking_function(int value)
{
    return value + 1;
}

static const char leaks[] = "some output\n"
                            "==468==ERROR: LeakSanitizer: detected memory leaks\n"
                            "\n"
                            "Direct leak of 24 byte(s) in 1 object(s) allocated from:\n"
                            "    #0 0x56283d5cd5cf  (/opt/l+0xcb5cf) (BuildId: c4ee348d)\n"
                            "    #1 0x56283d60daba in f(int) (/opt/a (b)+0x10ABc)\n"
                            "    #2 0x7f993c146249  (<unknown module>)\n"
                            "\n"
                            "Indirect leak of 10 byte(s) in 2 object(s) allocated from:\n"
                            "    #0 0x56283d5cd5cf  (/opt/l+0xcb5cf) (BuildId: c4ee348d)\n"
                            "\n"
                            "Direct leak of many bytes\n"
                            "SUMMARY: AddressSanitizer: 34 byte(s) leaked in 3 allocation(s).\n";

Test(log, leaks_are_read_one_by_one)
{
    const char *cursor = leaks;
    struct ts_lsan_leak leak;
    cr_assert(ts_lsan_log_next(&cursor, &leak));
    cr_expect(leak.direct);
    cr_expect_eq(leak.size_bytes, 24);
    cr_expect_eq(leak.objects, 1);
    cr_assert_eq(leak.frame_count, 3);
    cr_expect_str_eq(leak.frames[0].module, "/opt/l");
    cr_expect_eq(leak.frames[0].offset, 0xcb5cf);
    cr_expect_str_eq(leak.frames[1].module, "/opt/a (b)");
    cr_expect_eq(leak.frames[1].offset, 0x10abc);
    cr_expect_str_eq(leak.frames[2].module, "");
    cr_expect_eq(leak.frames[2].number, 2);

    cr_assert(ts_lsan_log_next(&cursor, &leak));
    cr_expect_not(leak.direct);
    cr_expect_eq(leak.objects, 2);
    cr_expect_eq(leak.frame_count, 1);
    cr_expect_not(ts_lsan_log_next(&cursor, &leak));
}

Test(log, a_leak_becomes_a_finding_of_its_allocation)
{
    struct ts_finding_context context = {.scenario = ""};
    struct ts_finding *finding = NULL;
    char log[1024];
    cr_assert_eq(ts_symbolizer_create(TS_TEST_SYMBOLIZER, &context.symbolizer, NULL), TS_OK);
    snprintf(log, sizeof log,
             "Direct leak of 24 byte(s) in 1 object(s) allocated from:\n"
             "    #0 0x1  (%s+0x%" PRIx64 ") (BuildId: c4)\n",
             fixture_binary(), fixture_offset((const void *)(uintptr_t)leaking_function));
    const char *cursor = log;
    struct ts_lsan_leak leak;
    cr_assert(ts_lsan_log_next(&cursor, &leak));
    cr_assert_eq(ts_finding_from_leak(&context, &leak, &finding, NULL), TS_OK);
    cr_expect_str_eq(finding->kind, "leak");
    cr_expect_str_eq(finding->title, "leaking_function");
    cr_expect_str_eq(finding->location, "24 bytes in 1 heap block");
    cr_expect_str_eq(finding->stacks[0].role, "allocation");
    ts_finding_free(finding);
    ts_symbolizer_destroy(context.symbolizer);
}

static const char races[] =
    "WARNING: ThreadSanitizer: data race (pid=1)\n"
    "  Write of size 4 at 0x5 by main thread:\n"
    "    #0 <null> <null> (m+0xe45ba) (BuildId: 27)\n"
    "\n"
    "  Previous write of size 4 at 0x5 by thread T1 'scan' (mutexes: write M0, read M17):\n"
    "    #0 <null> <null> (m+0xe4676) (BuildId: 27)\n"
    "SUMMARY: ThreadSanitizer: data race\n"
    "WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=1)\n"
    "  Cycle in lock order graph: M0 (0x5) => M1 (0x6) => M0\n"
    "WARNING: ThreadSanitizer: data race (pid=1)\n"
    "  Atomic read of size 8 at 0x5 by thread T2 (mutexes: read M3):\n"
    "  Previous write of size 8 at 0x5 by thread T1:\n";

Test(log, mutexes_are_those_of_the_report_asked_for)
{
    struct ts_tsan_mutexes mutexes;
    static const char *const want[][2] = {{"", "M0, M17"}, {"", ""}, {"M3", ""}, {"", ""}};
    for (uint64_t i = 0; i < 4; i++) {
        ts_tsan_log_mutexes(races, i, &mutexes);
        cr_expect_str_eq(mutexes.first, want[i][0], "report %" PRIu64, i);
        cr_expect_str_eq(mutexes.second, want[i][1], "report %" PRIu64, i);
    }
}

Test(log, names_of_many_mutexes_are_cut_between_names)
{
    struct ts_tsan_mutexes mutexes;
    char log[2048] = "WARNING: ThreadSanitizer: data race (pid=1)\n"
                     "  Write of size 4 at 0x5 by main thread (mutexes: write M100";
    for (int i = 0; i < 60; i++) {
        strcat(log, ", write M100");
    }
    strcat(log, "):\n");
    ts_tsan_log_mutexes(log, 0, &mutexes);
    size_t length = strlen(mutexes.first);
    cr_expect_gt(length, TS_TSAN_MUTEXES_SIZE - 7);
    cr_expect_str_eq(mutexes.first + length - 6, ", M100");
}

Test(log, frames_get_names_and_the_rest_stays)
{
    struct ts_symbolizer *symbolizer = NULL;
    char log[1024], want[1024], *text = NULL;
    size_t size;
    const char *path = fixture_binary(), *base = strrchr(path, '/') + 1;
    uint64_t offset = fixture_offset((const void *)(uintptr_t)leaking_function);
    snprintf(log, sizeof log,
             "  Write of size 4 by T1:\n    #0 <null> <null> (%s+0x%" PRIx64 ") (BuildId: 1)\n"
             "    #1 0x5  (%s+0x%" PRIx64 ") (BuildId: 1)\n    #2 0x6 (gone+0x1)\nend",
             base, offset, path, offset);
    snprintf(want, sizeof want,
             "  Write of size 4 by T1:\n    #0 leaking_function stress/finding/log_test.c:%d (%s+0x%" PRIx64
             ")\n"
             "    #1 leaking_function stress/finding/log_test.c:%d (%s+0x%" PRIx64
             ")\n    #2 0x6 (gone+0x1)\nend\n",
             leaking_line, base, offset, leaking_line, base, offset);
    cr_assert_eq(ts_symbolizer_create(TS_TEST_SYMBOLIZER, &symbolizer, NULL), TS_OK);
    FILE *out = open_memstream(&text, &size);
    const struct ts_module_paths modules = {.paths = &path, .count = 1};
    cr_assert_eq(ts_log_symbols_write(log, symbolizer, &modules, out, NULL), TS_OK);
    fclose(out);
    cr_expect_str_eq(text, want);
    free(text);
    ts_symbolizer_destroy(symbolizer);
}

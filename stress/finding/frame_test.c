#include "finding/frame.h"

#include "finding/fixture.h"
#include "finding/signature.h"

#include <criterion/criterion.h>
#include <string.h>

Test(frame, own_code_is_told_from_libraries_and_runtimes)
{
    static const struct {
        const char *module, *function;
        bool own;
    } cases[] = {
        {"plugin.so", "engine_on_tick", true},
        {"plugin.so", "memory_pool_free", true},
        {"plugin.so", "reader", true},
        {"worker", "__tsan_write8", false},
        {"worker", "___interceptor_malloc", false},
        {"worker", "__interceptor_free", false},
        {"worker", "free", false},
        {"worker", "read", false},
        {"worker", "operator new(unsigned long)", false},
        {"worker", "operator delete(void*)", false},
        {"worker", "pthread_mutex_lock", false},
        {"worker", "", false},
        {"libc.so.6", "qsort", false},
        {"ld-linux-x86-64.so.2", "_dl_init", false},
        {"libgcc_s.so.1", "_Unwind_Resume", false},
        {"libcrypto.so", "digest", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_eq(ts_frame_own(cases[i].module, cases[i].function), cases[i].own, "%s in %s",
                     cases[i].function, cases[i].module);
    }
}

Test(frame, suffixes_of_the_compiler_are_cut)
{
    static const char *const cases[][2] = {
        {"scan", "scan"},
        {"scan.constprop.0", "scan"},
        {"scan.part.3", "scan"},
        {"scan.isra.0.cold", "scan"},
        {"scan.llvm.1234567890", "scan"},
        {"scan.cold", "scan"},
        {"Book::apart.of(int)", "Book::apart.of(int)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_eq(ts_function_length(cases[i][0]), strlen(cases[i][1]), "%s", cases[i][0]);
    }
}

Test(frame, source_name_keeps_what_is_relative_to_the_checkout)
{
    cr_expect_str_eq(ts_source_name("lib/queue/spsc.c"), "lib/queue/spsc.c");
    cr_expect_str_eq(ts_source_name("././lib/queue/spsc.c"), "lib/queue/spsc.c");
    cr_expect_str_eq(ts_source_name("/usr/src/libc/string.c"), "string.c");
    cr_expect_str_eq(ts_source_name("../csu/start.c"), "start.c");
    cr_expect_str_eq(ts_source_name(""), "");
}

Test(frame, base_name)
{
    cr_expect_str_eq(ts_base_name("/a/b/c.so"), "c.so");
    cr_expect_str_eq(ts_base_name("c.so"), "c.so");
    cr_expect_str_eq(ts_base_name(""), "");
}

static bool lifetime(const char *kind, const char *description, const char *role, const char *innermost,
                     bool innermost_own, const char *next)
{
    struct ts_frame read_frames[] = {FIXTURE_FRAME("book_read", true)};
    struct ts_frame frames[] = {FIXTURE_FRAME(innermost, innermost_own), FIXTURE_FRAME(next, true)};
    struct ts_stack stacks[] = {{.role = "access", .frames = read_frames, .frame_count = 1},
                                {.role = role, .frames = frames, .frame_count = 2}};
    struct ts_finding finding = {
        .kind = kind, .description = description, .stacks = stacks, .stack_count = 2};
    return ts_finding_is_lifetime(&finding);
}

Test(frame, a_defect_of_an_objects_life_has_a_side_that_ends_it)
{
    static const struct {
        const char *kind, *description, *role, *innermost;
        bool own;
        const char *next;
        bool lifetime;
    } cases[] = {
        {"race", "data-race", "access", "book_write", true, "feed", false},
        {"race", "data-race", "access", "book_write", true, "book_destroy", false},
        {"race", "data-race", "access", "free", false, "feed", true},
        {"race", "data-race", "access", "__interceptor_free", false, "feed", true},
        {"race", "data-race", "access", "operator delete(void*, unsigned long)", false, "feed", true},
        {"race", "data-race", "access", "pthread_mutex_destroy", false, "feed", true},
        {"race", "data-race", "access", "pthread_mutex_lock", false, "feed", false},
        {"race", "data-race", "access", "memset", false, "book_fini", true},
        {"race", "data-race", "access", "strategy_destroy", true, "feed", true},
        {"race", "data-race", "access", "strategy_teardown.part.0", true, "feed", true},
        {"race", "data-race", "access", "book_destroyer", true, "feed", false},
        {"race", "data-race", "access", "release", true, "feed", false},
        {"race", "data-race", "access", "Strategy::~Strategy()", true, "feed", true},
        {"race", "data-race", "access", "Book::book_release(int)", true, "feed", true},
        {"race", "data-race", "allocation", "book_free", true, "feed", false},
        {"race", "heap-use-after-free", "access", "book_write", true, "feed", true},
        {"memory-error", "heap-use-after-free", "access", "book_write", true, "feed", true},
        {"memory-error", "double-free", "free", "free", false, "feed", true},
        {"memory-error", "heap-buffer-overflow", "allocation", "malloc", false, "feed", false},
        {"leak", "direct-leak", "access", "book_free", true, "feed", false},
        {"deadlock", "lock-order-inversion", "lock", "book_free", true, "feed", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_eq(lifetime(cases[i].kind, cases[i].description, cases[i].role, cases[i].innermost,
                              cases[i].own, cases[i].next),
                     cases[i].lifetime, "%s %s: %s %s", cases[i].kind, cases[i].description, cases[i].role,
                     cases[i].innermost);
    }
}

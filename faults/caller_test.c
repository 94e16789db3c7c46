#include "faults/caller.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "/proc/self/exe"

extern const char __ehdr_start[] __attribute__((visibility("hidden"))); /* the linker's */

/* Not inlined, and not the first thing in the file: a function that only this test has. */
__attribute__((noinline)) static uintptr_t caller_test_here(void)
{
    uintptr_t address = (uintptr_t)__builtin_return_address(0);
    __asm__ volatile("" : : : "memory");
    return address;
}

__attribute__((noinline)) static uint64_t caller_test_outer(void)
{
    uint64_t offset = (uint64_t)(caller_test_here() - (uintptr_t)__ehdr_start);
    __asm__ volatile("" : : : "memory");
    return offset;
}

static struct ts_callers callers;
static struct ts_fault_spec spec;
static struct ts_diag diag;

static void set_up(void)
{
    cr_assert_eq(ts_callers_load(PROGRAM, NULL, &callers, &diag), TS_OK, "%s", diag.text);
}

static void tear_down(void)
{
    ts_callers_free(&callers);
}

static ts_err resolve(const char *text)
{
    ts_fault_spec_begin(&spec);
    cr_assert_eq(ts_fault_spec_parse(text, &spec, &diag), TS_OK, "%s", diag.text);
    return ts_callers_resolve(&callers, &spec, &diag);
}

Test(caller, a_place_has_the_name_of_its_function, .init = set_up, .fini = tear_down)
{
    char text[TS_CALLER_TEXT_SIZE];
    uint64_t place = caller_test_outer();
    ts_caller_text(&callers, place, text);
    cr_assert_eq(strncmp(text, "caller_test_outer+0x", 20), 0, "%s", text);
    char rule[TS_CALLER_TEXT_SIZE + 32];
    snprintf(rule, sizeof rule, "call.malloc<%s: return", text);
    cr_assert_eq(resolve(rule), TS_OK);
    cr_assert(spec.rules[0].place_count == 1 && spec.rules[0].places[0].first == place &&
              spec.rules[0].places[0].last == place);
}

Test(caller, a_function_is_all_of_its_places_and_no_other, .init = set_up, .fini = tear_down)
{
    uint64_t place = caller_test_outer();
    cr_assert_eq(
        resolve(
            "call.malloc<caller_test_outer: return; call.open<caller_test_here: return; call.mmap: return"),
        TS_OK);
    cr_assert(spec.rules[0].places[0].first < place && place < spec.rules[0].places[0].last);
    cr_assert(place < spec.rules[1].places[0].first || place > spec.rules[1].places[0].last);
    cr_assert_eq(spec.rules[2].place_count, 0);
}

Test(caller, what_has_no_name_is_named_by_its_image, .init = set_up, .fini = tear_down)
{
    char text[TS_CALLER_TEXT_SIZE];
    cr_assert_str_eq(ts_caller_text(&callers, 3, text), "program+0x3");
    cr_assert_str_eq(ts_caller_text(&callers, 0x1f | TS_CALLER_LIBRARY, text), "library+0x1f");
    cr_assert_eq(resolve("call.malloc<library+0x1f: return"), TS_OK);
    cr_assert_eq(spec.rules[0].places[0].first, 0x1f | TS_CALLER_LIBRARY);
}

Test(caller, what_is_not_there_is_told, .init = set_up, .fini = tear_down)
{
    struct ts_callers none;
    cr_assert_eq(resolve("call.malloc<caller_test_nowhere: return"), TS_UNKNOWN);
    cr_assert_str_eq(diag.subject, "caller_test_nowhere");
    cr_assert_eq(ts_callers_load("/nowhere", NULL, &none, &diag), TS_NOT_FOUND);
    cr_assert_eq(ts_callers_load("/proc/self/comm", NULL, &none, &diag) == TS_OK, false);
    ts_callers_free(&none);
}

/* Foreign input: a library that somebody points at may be anything. */
Test(caller, a_file_that_is_cut_anywhere_is_borne)
{
    static unsigned char bytes[1 << 16];
    char path[64];
    struct ts_callers cut;
    FILE *in = fopen(PROGRAM, "rb");
    cr_assert_not_null(in);
    size_t size = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    snprintf(path, sizeof path, "/tmp/ts-caller-test.%d", (int)getpid());
    for (size_t end = 1; end < size; end += 997) {
        FILE *out = fopen(path, "wb");
        cr_assert_not_null(out);
        fwrite(bytes, 1, end, out);
        fclose(out);
        if (ts_callers_load(path, NULL, &cut, &diag) == TS_OK) {
            char text[TS_CALLER_TEXT_SIZE];
            ts_caller_text(&cut, 0x1000, text);
        }
        ts_callers_free(&cut);
    }
    remove(path);
}

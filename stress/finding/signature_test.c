#include "finding/signature.h"

#include "finding/fixture.h"

#include <criterion/criterion.h>
#include <string.h>

#define FRAMES 5

struct pair {
    struct ts_frame frames[2][FRAMES];
    struct ts_stack stacks[3];
    struct ts_finding finding;
};

/* A race of write_price (below a runtime's frame) and read_price; the addresses are the pair's own. */
static void make(struct pair *pair)
{
    static const char *const names[2][FRAMES] = {{"__tsan_write8", "write_price", "feed", "run", "main"},
                                                 {"read_price", "scan", "run", "loop", "main"}};
    memset(pair, 0, sizeof *pair);
    for (size_t s = 0; s < 2; s++) {
        for (size_t f = 0; f < FRAMES; f++) {
            pair->frames[s][f] = (struct ts_frame)FIXTURE_FRAME(names[s][f], names[s][f][0] != '_');
        }
        pair->stacks[s] =
            (struct ts_stack){.role = "access", .frames = pair->frames[s], .frame_count = FRAMES};
    }
    pair->finding = (struct ts_finding){
        .kind = "race", .description = "data-race", .stacks = pair->stacks, .stack_count = 2};
}

static const char *sign(const struct pair *pair, char *text)
{
    ts_signature_write(&pair->finding, "", text);
    return text;
}

static char reference[TS_SIGNATURE_SIZE], other[TS_SIGNATURE_SIZE];
static struct pair pair;

static void setup(void)
{
    make(&pair);
    sign(&pair, reference);
}

TestSuite(signature, .init = setup);

Test(signature, has_its_form)
{
    cr_assert_eq(strlen(reference), 18);
    cr_assert_eq(strncmp(reference, "0x", 2), 0);
    cr_assert_eq(strspn(reference + 2, "0123456789abcdef"), 16);
}

Test(signature, does_not_depend_on_the_stacks_order)
{
    struct ts_stack first = pair.stacks[0];
    pair.stacks[0] = pair.stacks[1];
    pair.stacks[1] = first;
    cr_assert_str_eq(sign(&pair, other), reference);
}

Test(signature, does_not_depend_on_places_suffixes_outer_frames_or_words)
{
    pair.frames[0][1].line = 99;
    pair.frames[0][1].offset = "0x77";
    pair.frames[0][1].module = "elsewhere";
    pair.frames[0][1].function = "write_price.constprop.0";
    pair.frames[1][0].function = "read_price.llvm.123";
    pair.frames[0][4].function = "other_main";
    pair.frames[0][0].function = "__tsan_unaligned_write8";
    pair.stacks[0].text = "write of 4 bytes";
    pair.finding.description = "heap-use-after-free";
    cr_assert_str_eq(sign(&pair, other), reference);
}

Test(signature, does_not_depend_on_stacks_that_only_explain)
{
    pair.stacks[2] = pair.stacks[0];
    pair.stacks[2].role = "thread";
    pair.finding.stack_count = 3;
    cr_assert_str_eq(sign(&pair, other), reference);
}

Test(signature, tells_places_apart_where_nothing_has_a_name)
{
    char nameless[TS_SIGNATURE_SIZE];
    for (int i = 0; i < 5; i++) {
        pair.frames[0][i].own = pair.frames[1][i].own = false;
    }
    sign(&pair, nameless);
    pair.frames[0][0].offset = "0x7777";
    cr_expect_str_neq(sign(&pair, other), nameless, "another place is another finding");
    pair.frames[0][0].offset = pair.frames[0][1].offset;
}

Test(signature, tells_functions_files_and_kinds_apart)
{
    pair.frames[0][3].function = "run_twice";
    cr_expect_str_neq(sign(&pair, other), reference, "the third own frame counts");
    make(&pair);
    pair.frames[1][0].file = "g.c";
    cr_expect_str_neq(sign(&pair, other), reference, "the file counts");
    make(&pair);
    pair.finding.kind = "memory-error";
    cr_expect_str_neq(sign(&pair, other), reference, "the kind counts");
    make(&pair);
    pair.finding.stack_count = 1;
    cr_expect_str_neq(sign(&pair, other), reference, "both sides count");
    make(&pair);
    ts_signature_write(&pair.finding, "pure-virtual-call", other);
    cr_expect_str_neq(other, reference, "the distinction counts");
}

Test(signature, the_free_of_a_memory_error_counts_and_its_allocation_does_not)
{
    char without[TS_SIGNATURE_SIZE], with[TS_SIGNATURE_SIZE];
    pair.finding.kind = "memory-error";
    pair.stacks[1].role = "allocation";
    sign(&pair, with);
    pair.finding.stack_count = 1;
    sign(&pair, without);
    cr_expect_str_eq(with, without);
    pair.stacks[1].role = "free";
    pair.finding.stack_count = 2;
    cr_expect_str_neq(sign(&pair, with), without);
}

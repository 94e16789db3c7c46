#include "finding/finding_build.h"

#include "finding/fixture.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

long shared_price = 1;
int price_write(int value);
int price_read(int value);

__attribute__((noinline)) int price_write(int value)
{
    return value + (int)shared_price;
}

__attribute__((noinline)) int price_read(int value)
{
    return value * (int)shared_price;
}

static char modules[2][256];
static struct ts_finding_context context;
static struct ts_board_report report;
static struct ts_finding *finding;

static struct ts_board_frame place(const void *address)
{
    return (struct ts_board_frame){.module = 0, .offset = fixture_offset(address)};
}

static struct ts_board_stack *add(enum ts_board_role role, int thread, int (*function)(int))
{
    struct ts_board_stack *stack = &report.stacks[report.stack_count++];
    *stack = (struct ts_board_stack){.role = role, .thread = thread, .size = 8, .frame_count = 2};
    /* A frame that nobody can name comes first: it must not become the side. */
    stack->frames[0] = (struct ts_board_frame){.module = TS_BOARD_NO_MODULE, .offset = 0x10};
    stack->frames[1] = place((const void *)(uintptr_t)function);
    return stack;
}

static void setup(void)
{
    snprintf(modules[0], sizeof modules[0], "%s", fixture_binary());
    context = (struct ts_finding_context){.modules = (const char(*)[256])modules,
                                          .module_count = 1,
                                          .scenario = "queue-overflow",
                                          .cell = 4,
                                          .life = 9};
    cr_assert_eq(ts_symbolizer_create(TS_TEST_SYMBOLIZER, &context.symbolizer, NULL), TS_OK);
    report = (struct ts_board_report){.kind = "race", .description = "data-race", .location = "global"};
    report.address = place(&shared_price);
}

static void teardown(void)
{
    ts_finding_free(finding);
    ts_symbolizer_destroy(context.symbolizer);
}

TestSuite(finding_build, .init = setup, .fini = teardown);

static void build(void)
{
    ts_finding_free(finding);
    cr_assert_eq(ts_finding_from_report(&context, &report, &finding, NULL), TS_OK);
}

Test(finding_build, a_race_has_two_sides_and_sentences)
{
    struct ts_board_stack *write = add(TS_BOARD_ACCESS, 1, price_write);
    write->is_write = 1;
    snprintf(write->thread_name, sizeof write->thread_name, "scan");
    struct ts_board_stack *read = add(TS_BOARD_ACCESS, 0, price_read);
    read->is_atomic = 1;
    read->size = 1;
    *add(TS_BOARD_THREAD, 1, price_read)->thread_name = '\0';
    add(TS_BOARD_MUTEX, -1, price_read)->mutex = 12;
    context.log = "WARNING: ThreadSanitizer: data race (pid=1)\n"
                  "  Write of size 8 at 0x5 by thread T1 'scan' (mutexes: write M0, read M12):\n"
                  "  Previous atomic read of size 1 at 0x5 by main thread:\n";
    build();
    cr_expect_str_eq(finding->title, "price_read / price_write");
    cr_expect_str_eq(finding->kind, "race");
    cr_expect_str_eq(finding->location, "global 'shared_price'");
    cr_expect_str_eq(finding->stacks[0].text, "write of 8 bytes by thread T1 'scan' (holds M0, M12)");
    cr_expect_str_eq(finding->stacks[0].thread, "T1 'scan'");
    cr_expect_str_eq(finding->stacks[1].text, "atomic read of 1 byte by main thread");
    cr_expect_str_eq(finding->stacks[2].text, "thread T1 created");
    cr_expect_str_eq(finding->stacks[3].text, "mutex M12 created");
    cr_expect_eq(finding->cell, 4);
    cr_expect_eq(finding->life, 9);
    cr_expect_not(finding->lifetime);
    char command[64];
    snprintf(command, sizeof command, "tickstorm repro %s", finding->signature);
    cr_expect_str_eq(finding->command, command);
    const struct ts_frame *frame = &finding->stacks[0].frames[1];
    cr_expect_str_eq(frame->function, "price_write");
    cr_expect_str_eq(frame->file, "stress/finding/finding_build_test.c");
    cr_expect(frame->own);
    cr_expect_str_eq(finding->stacks[0].frames[0].function, "");
    cr_expect_not(finding->stacks[0].frames[0].own);
}

Test(finding_build, a_lock_order_says_which_mutex_and_who_held_what)
{
    snprintf(report.kind, sizeof report.kind, "deadlock");
    struct ts_board_stack *second = add(TS_BOARD_LOCK, 1, price_write);
    second->mutex = 4;
    second->held = 3;
    second->holds = true;
    second->place = report.address;
    struct ts_board_stack *first = add(TS_BOARD_LOCK, 0, price_read);
    first->mutex = 3;
    first->place.module = TS_BOARD_NO_MODULE;
    build();
    cr_expect_str_eq(finding->stacks[0].text, "mutex M4 'shared_price' taken by thread T1 (holds M3)");
    cr_expect_str_eq(finding->stacks[1].text, "mutex M3 taken by main thread");
}

Test(finding_build, both_orders_of_a_race_are_one_finding)
{
    add(TS_BOARD_ACCESS, 1, price_write);
    add(TS_BOARD_ACCESS, 2, price_read);
    build();
    char first[32], title[64];
    snprintf(first, sizeof first, "%s", finding->signature);
    snprintf(title, sizeof title, "%s", finding->title);
    report.stack_count = 0;
    snprintf(report.description, sizeof report.description, "heap-use-after-free");
    add(TS_BOARD_ACCESS, 7, price_read);
    add(TS_BOARD_ACCESS, 3, price_write);
    build();
    cr_expect_str_eq(finding->signature, first);
    cr_expect_str_eq(finding->title, title);
    cr_expect(finding->lifetime);
}

Test(finding_build, the_second_side_of_a_memory_error_is_who_freed)
{
    snprintf(report.kind, sizeof report.kind, "memory-error");
    snprintf(report.location, sizeof report.location, "heap");
    report.location_size = 96;
    add(TS_BOARD_ACCESS, -1, price_write);
    build();
    cr_expect_str_eq(finding->title, "price_write");
    cr_expect_str_eq(finding->stacks[0].text, "read of 8 bytes");
    add(TS_BOARD_ALLOCATION, -1, price_write);
    add(TS_BOARD_FREE, 0, price_read);
    build();
    cr_expect_str_eq(finding->title, "price_read / price_write");
    cr_expect_str_eq(finding->location, "heap block of 96 bytes");
    cr_expect_str_eq(finding->stacks[1].text, "heap block allocated");
    cr_expect_str_eq(finding->stacks[2].text, "freed by main thread");
}

Test(finding_build, without_a_symbolizer_sides_are_unknown)
{
    ts_symbolizer_destroy(context.symbolizer);
    context.symbolizer = NULL;
    add(TS_BOARD_ACCESS, 1, price_write);
    add(TS_BOARD_ACCESS, 2, price_read);
    build();
    cr_expect_str_eq(finding->title, "? / ?");
    cr_expect_str_eq(finding->location, "global");
    cr_expect_str_eq(finding->stacks[0].frames[1].function, "");
    cr_expect_eq(strncmp(finding->stacks[0].frames[1].offset, "0x", 2), 0);
}

Test(finding_build, a_report_without_stacks_has_its_source_or_words_as_title)
{
    snprintf(report.kind, sizeof report.kind, "undefined");
    snprintf(report.description, sizeof report.description, "shift-out-of-bounds");
    build();
    cr_expect_str_eq(finding->title, "shift-out-of-bounds");
    snprintf(report.source, sizeof report.source, "book.c:12");
    build();
    cr_expect_str_eq(finding->title, "book.c:12");
}

Test(finding_build, a_crash_is_its_class_and_its_function)
{
    struct ts_board_crash crash = {.signal = SIGABRT, .stack = *add(TS_BOARD_CRASH, 2, price_write)};
    cr_assert_eq(ts_finding_from_crash(&context, &crash, "pure-virtual-call", &finding, NULL), TS_OK);
    cr_expect_str_eq(finding->title, "pure-virtual-call in price_write");
    cr_expect_str_eq(finding->stacks[0].text, "crashed in thread T2, SIGABRT");
    char first[32];
    snprintf(first, sizeof first, "%s", finding->signature);
    ts_finding_free(finding);
    cr_assert_eq(ts_finding_from_crash(&context, &crash, "", &finding, NULL), TS_OK);
    cr_expect_str_eq(finding->title, "SIGABRT in price_write");
    cr_expect_str_neq(finding->signature, first);
    ts_finding_free(finding);
    crash.stack.frame_count = 0;
    cr_assert_eq(ts_finding_from_crash(&context, &crash, "heap-corruption", &finding, NULL), TS_OK);
    cr_expect_str_eq(finding->title, "heap-corruption");
}

Test(finding_build, an_invariant_is_its_name_in_its_scenario)
{
    char first[32];
    cr_assert_eq(ts_finding_from_invariant(&context, "accounting", "3 != 4", &finding, NULL), TS_OK);
    cr_expect_str_eq(finding->title, "accounting");
    cr_expect_str_eq(finding->description, "3 != 4");
    snprintf(first, sizeof first, "%s", finding->signature);
    ts_finding_free(finding);
    cr_assert_eq(ts_finding_from_invariant(&context, "accounting", "5 != 6", &finding, NULL), TS_OK);
    cr_expect_str_eq(finding->signature, first, "the numbers do not count");
    ts_finding_free(finding);
    context.scenario = "depth-flood";
    cr_assert_eq(ts_finding_from_invariant(&context, "accounting", "5 != 6", &finding, NULL), TS_OK);
    cr_expect_str_neq(finding->signature, first);
}

Test(finding_build, a_hang_copies_ready_stacks)
{
    struct ts_frame frames[2][1] = {{FIXTURE_FRAME("queue_wait", true)}, {FIXTURE_FRAME("host_join", true)}};
    struct ts_stack stacks[3] = {
        {.role = "waiting", .text = "waits", .thread = "T1", .frames = frames[0], .frame_count = 1},
        {.role = "waiting", .text = "waits", .thread = "T2", .frames = frames[0], .frame_count = 1},
        {.role = "waiting", .text = "joins", .thread = "T0", .frames = frames[1], .frame_count = 1}};
    cr_assert_eq(ts_finding_from_stacks(&context, "hang", "", "no progress", stacks, 3, &finding, NULL),
                 TS_OK);
    memset(stacks, 0, sizeof stacks);
    memset(frames, 0, sizeof frames);
    cr_expect_str_eq(finding->title, "host_join / queue_wait");
    cr_expect_str_eq(finding->stacks[2].text, "joins");
    cr_expect_str_eq(finding->stacks[2].frames[0].function, "host_join");
}

Test(finding_build, what_is_waited_for_tells_waits_in_one_function_apart)
{
    struct ts_frame frames[1] = {FIXTURE_FRAME("take", true)};
    struct ts_stack stack = {.role = "waiting",
                             .text = "waits",
                             .thread = "T1",
                             .waits_for = "mutex",
                             .frames = frames,
                             .frame_count = 1};
    struct ts_finding *other = NULL, *named = NULL;
    cr_assert_eq(ts_finding_from_stacks(&context, "deadlock", "", "", &stack, 1, &finding, NULL), TS_OK);
    cr_expect_str_eq(finding->title, "take (mutex)");
    stack.waits_for = "semaphore";
    cr_assert_eq(ts_finding_from_stacks(&context, "deadlock", "", "", &stack, 1, &other, NULL), TS_OK);
    cr_expect_str_eq(other->title, "take (semaphore)");
    cr_expect_str_neq(other->signature, finding->signature);
    stack.waits_for = "mutex";
    cr_assert_eq(ts_finding_from_stacks(&context, "deadlock", "pause", "", &stack, 1, &named, NULL), TS_OK);
    cr_expect_str_eq(named->title, "pause, in take (mutex)");
    cr_expect_str_neq(named->signature, finding->signature);
    ts_finding_free(other);
    ts_finding_free(named);
}

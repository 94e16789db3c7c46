#include "hang/stacks.h"
#include "hang/words.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char maps[] =
    "555500000000-555500001000 r--p 00000000 08:01 11                         /opt/worker\n"
    "555500001000-555500002000 r-xp 00001000 08:01 11                         /opt/worker\n"
    "555500002000-555500003000 rw-p 00000000 00:00 0 \n"
    "7f0000000000-7f0000100000 r-xp 00000000 08:01 12                         "
    "/lib/x86_64-linux-gnu/libc.so.6\n"
    "7f0000200000-7f0000300000 r-xp 00000000 08:01 13                         /opt/plug in.so\n";

static const char words[] =
    "[New LWP 102]\n"
    "warning: something\n"
    "Thread 2 (Thread 0x7f (LWP 102) \"scan (1)\"):\n"
    "#0  0x00007f000000012b in futex_wait (private=..., futex_word=...) at "
    "../sysdeps/nptl/futex-internal.h:146\n"
    "#1  0x00007f0000000482 in ___pthread_mutex_lock (mutex=...) at ./nptl/pthread_mutex_lock.c:93\n"
    "#2  0x0000555500001010 in __interceptor_pthread_mutex_lock ()\n"
    "#3  0x0000555500001020 in nanosleep ()\n"
    "#4  inlined (book=...) at /src/engine/book.c:17\n"
    "#5  0x0000555500001234 in scan_loop (book=...) at /src/engine/scan.c:44\n"
    "#6  0x00007f0000200010 in strategy_tick () from /opt/plug in.so\n"
    "#7  0x00007f0000200020 in ns::Book::at(int) (this=...) at book.cc:5\n"
    "#8  <signal handler called>\n"
    "#9  0x00007f0000000020 in ?? () from /lib/x86_64-linux-gnu/libc.so.6\n"
    "(More stack frames follow...)\n"
    "\n"
    "Thread 1 (process 101):\n"
    "#0  main () at main.c:3\n"
    "tickstorm-waits-for 101\n"
    "tickstorm-waits-for 102\n"
    "pair + 40 in section .bss of /opt/worker\n"
    "tickstorm-waits-for 103\n"
    "No symbol matches 0x1.\n";

static const struct ts_frame expected[] = {
    {"futex_wait", "futex-internal.h", 146, "libc.so.6", "0x12b", false},
    {"___pthread_mutex_lock", "nptl/pthread_mutex_lock.c", 93, "libc.so.6", "0x482", false},
    {"__interceptor_pthread_mutex_lock", "", 0, "worker", "0x1010", false},
    {"nanosleep", "", 0, "worker", "0x1020", false},
    {"inlined", "book.c", 17, "worker", "", true},
    {"scan_loop", "scan.c", 44, "worker", "0x1234", true},
    {"strategy_tick", "", 0, "plug in.so", "0x10", true},
    {"ns::Book::at(int)", "book.cc", 5, "plug in.so", "0x20", true},
    {"<signal handler called>", "", 0, "plug in.so", "", false},
    {"", "", 0, "libc.so.6", "0x20", false},
};

Test(hang_stacks, words_of_gdb_become_frames)
{
    struct ts_hang_thread threads[] = {
        {.tid = 101, .waits_for = ""}, {.tid = 102, .waits_for = ""}, {.tid = 103, .waits_for = ""}};
    struct ts_hang hang = {.program = "/opt/worker", .threads = threads, .thread_count = 3};
    size_t parsed = 0;
    hang.gdb_text = strdup(words);
    hang.maps_text = strdup(maps);
    cr_assert_eq(ts_hang_stacks_parse(&hang, &parsed, NULL), TS_OK);
    cr_expect_eq(parsed, 2);
    cr_assert_eq(threads[0].stack.frame_count, 1);
    cr_expect_str_eq(threads[0].stack.frames[0].function, "main");
    cr_expect_str_eq(threads[0].stack.frames[0].module, "worker");
    cr_expect_eq(threads[2].stack.frame_count, 0);
    cr_expect_str_eq(threads[0].waits_for, "");
    cr_expect_str_eq(threads[1].waits_for, "pair + 40");
    cr_expect_str_eq(threads[2].waits_for, "");
    cr_assert_eq(threads[1].stack.frame_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < threads[1].stack.frame_count; i++) {
        const struct ts_frame *frame = &threads[1].stack.frames[i];
        cr_expect_str_eq(frame->function, expected[i].function);
        cr_expect_str_eq(frame->file, expected[i].file, "frame %zu", i);
        cr_expect_eq(frame->line, expected[i].line, "frame %zu", i);
        cr_expect_str_eq(frame->module, expected[i].module, "frame %zu", i);
        cr_expect_str_eq(frame->offset, expected[i].offset, "frame %zu", i);
        cr_expect_eq(frame->own, expected[i].own, "frame %zu", i);
    }
    free(threads[0].stack.frames);
    free(threads[1].stack.frames);
    free(hang.gdb_text);
    free(hang.maps_text);
}

Test(hang_stacks, no_words_give_no_stacks)
{
    struct ts_hang_thread thread = {.tid = 101};
    struct ts_hang hang = {.threads = &thread, .thread_count = 1};
    char garbage[] = "#0 before any thread\nThread 9 (LWP 999):\n#0  main () at main.c:3\n#", none[] = "";
    size_t parsed = 7;
    hang.gdb_text = garbage;
    hang.maps_text = none;
    cr_assert_eq(ts_hang_stacks_parse(&hang, &parsed, NULL), TS_OK);
    cr_expect_eq(parsed, 0);
    cr_expect_eq(thread.stack.frame_count, 0);
}

Test(hang_words, threads_are_told_apart_and_locks_named)
{
    struct ts_hang_thread threads[] = {
        {.tid = 101, .name = "main", .waits_for = "", .holder_index = TS_HANG_NOBODY},
        {.tid = 102, .name = "tickstorm-worke", .waits_for = "pair + 40", .holder_index = 2},
        {.tid = 103,
         .name = "tickstorm-worke",
         .waits_for = "",
         .waits_for_address = 0x40,
         .holder_index = 1},
        {.tid = 104, .name = "scan", .waits_for = "", .holder_index = TS_HANG_NOBODY},
        {.tid = 105, .name = "scan", .waits_for = "", .holder_index = TS_HANG_NOBODY},
        {.tid = 106, .name = "feed", .waits_for = "", .holder_index = TS_HANG_NOBODY},
    };
    size_t cycle[] = {1, 2};
    struct ts_hang hang = {.pid = 101,
                           .program = "/opt/tickstorm-worker",
                           .threads = threads,
                           .thread_count = 6,
                           .cycle = cycle,
                           .cycle_count = 2};
    static const char *const labels[] = {
        "main", "thread 1", "thread 2", "'scan' (thread 3)", "'scan' (thread 4)", "'feed'"};
    static const char whole[] = "deadlock: thread 1 waits for mutex pair + 40 held by thread 2; "
                                "thread 2 waits for mutex 0x40 held by thread 1";
    char text[sizeof whole];
    threads[1].doing = threads[2].doing = TS_HANG_BLOCKED_MUTEX;
    ts_hang_put_into_words(&hang);
    for (size_t i = 0; i < 6; i++) {
        cr_expect_str_eq(threads[i].label, labels[i]);
    }
    cr_expect_str_eq(ts_hang_sentence(&hang, text, sizeof text), whole);
    for (size_t size = sizeof whole - 1; size > 16; size--) {
        ts_hang_sentence(&hang, text, size);
        size_t kept = strlen(text) - strlen(" ...");
        cr_assert_str_eq(text + kept, " ...");
        cr_assert(strncmp(text, whole, kept) == 0 && whole[kept] == ' ', "cut inside a word: %s", text);
    }
}

#include "worker/crash.h"
#include "worker/unwind.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct ts_board *board;

/* Runs the deed in a process of its own. Returns the signal that ended it. */
static int die_of(void (*deed)(void))
{
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(board, MAP_FAILED);
    ts_unwind_prepare(board);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        ts_crash_install(board);
        deed();
        _exit(0);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    cr_assert_eq(board->crash_ready, 1);
    cr_assert_eq(board->crash.signal, WTERMSIG(status));
    cr_assert_eq(board->crash.stack.role, TS_BOARD_CRASH);
    return WTERMSIG(status);
}

/* Whether a frame lies within the first bytes of a function of this program. */
static bool is_in(const struct ts_board_frame *frame, void (*function)(void))
{
    struct ts_board_frame start = ts_unwind_locate(board, (uintptr_t)function);
    return frame->module == start.module && frame->offset > start.offset && frame->offset < start.offset + 64;
}

__attribute__((noinline)) static void write_through_null(void)
{
    *(volatile int *)(uintptr_t)8 = 1;
}

Test(crash, begins_where_the_program_was_and_knows_the_address)
{
    cr_assert_eq(die_of(write_through_null), SIGSEGV);
    cr_assert_eq(board->crash.address, 8);
    cr_assert(board->crash.stack.frame_count > 1);
    cr_assert(is_in(&board->crash.stack.frames[0], write_through_null));
}

__attribute__((noinline)) static void call_nothing(void)
{
    void (*volatile target)(void) = (void (*)(void))(uintptr_t)0x1234;
    target();
    __asm__ volatile(""); /* no tail call */
}

Test(crash, a_bad_call_is_followed_to_its_caller)
{
    cr_assert_eq(die_of(call_nothing), SIGSEGV);
    const struct ts_board_stack *stack = &board->crash.stack;
    cr_assert(stack->frames[0].module == TS_BOARD_NO_MODULE && stack->frames[0].offset == 0x1234);
    cr_assert(is_in(&stack->frames[1], call_nothing));
}

static void *abort_here(void *unused)
{
    (void)unused;
    abort();
}

static void abort_on_a_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, abort_here, NULL);
    pthread_join(thread, NULL);
}

Test(crash, a_thread_without_an_alternate_stack_aborts)
{
    cr_assert_eq(die_of(abort_on_a_thread), SIGABRT);
    cr_assert_eq(board->crash.address, 0);
    cr_assert(board->crash.stack.frame_count > 2);
}

/* Through a volatile pointer: the compiler must not see that it never ends. */
static void overflow_stack(void);
static void (*volatile deeper)(void) = overflow_stack;

static void overflow_stack(void)
{
    volatile char room[4096];
    room[0] = 1;
    deeper();
    room[0] = 2;
}

Test(crash, the_main_thread_may_overflow_its_stack)
{
    cr_assert_eq(die_of(overflow_stack), SIGSEGV);
    cr_assert_eq(board->crash.stack.frame_count, TS_BOARD_FRAMES);
}

#if defined(__x86_64__)
static void lose_stack(void)
{
    __asm__ volatile("movq $8, %rbp; movq $16, %rsp; movl (%rsp), %eax");
}

Test(crash, what_cannot_be_unwound_still_says_where)
{
    cr_assert_eq(die_of(lose_stack), SIGSEGV);
    cr_assert(board->crash.stack.frame_count >= 1);
    cr_assert(is_in(&board->crash.stack.frames[0], lose_stack));
}
#endif

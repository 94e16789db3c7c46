#include "worker/crash.h"

#include "worker/unwind.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define HANDLER_STACK_BYTES (64u << 10)
#define FRAME_MAX_BYTES     (1u << 20) /* a longer step along frame pointers is no frame */

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
void (*ts_crash_on_record)(void);
static struct ts_board *crash_board;
static _Atomic pid_t crashing;            /* thread that fills the record */
static struct ts_board_frame interrupted; /* where it was */

struct registers {
    const void *pc;
    void *const *sp;
    void *const *fp;
};

static struct registers registers_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    const greg_t *r = context->uc_mcontext.gregs;
    return (struct registers){(const void *)r[REG_RIP], (void *const *)r[REG_RSP], (void *const *)r[REG_RBP]};
#else
    (void)context;
    return (struct registers){NULL, NULL, NULL};
#endif
}

/* A call through a bad pointer: its target cannot be unwound, but the return address is on top of the stack
 * and the frame pointer is still the caller's. */
static void follow_bad_call(struct ts_board_stack *stack, const struct registers *registers)
{
    void *const *frame = registers->fp;
    ts_unwind_push(crash_board, stack, *registers->sp, 1);
    while (stack->frame_count < TS_BOARD_FRAMES && (uintptr_t)frame % sizeof(void *) == 0 &&
           frame >= registers->sp && frame[1] != NULL) {
        void *const *outer = frame[0];
        ts_unwind_push(crash_board, stack, frame[1], 1);
        if (outer <= frame || (uintptr_t)outer - (uintptr_t)frame > FRAME_MAX_BYTES) {
            return;
        }
        frame = outer;
    }
}

static void publish(void)
{
    atomic_store_explicit(&crash_board->crash_ready, 1, memory_order_release); /* READY release */
}

/*
 * ThreadSanitizer runs handlers with every signal blocked, and a fault that is blocked kills at once: one
 * made by unwinding is to come back here. By a system call: the wrappers would put the signal off.
 */
static void unblock_crashes(void)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++) {
        mask |= UINT64_C(1) << (crash_signals[i] - 1);
    }
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &mask, NULL, sizeof mask);
}

static _Noreturn void die_by(int number)
{
    static const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigaction(number, &by_default, NULL);
    syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), number);
    _exit(128 + number);
}

static void record_crash(int number, const siginfo_t *info, const ucontext_t *context)
{
    struct ts_board_crash *crash = &crash_board->crash;
    struct registers registers = registers_of(context);
    crash->signal = number;
    crash->code = info->si_code;
    crash->address = info->si_code > 0 ? (uintptr_t)info->si_addr : 0; /* else a process sent it */
    crash->stack.role = TS_BOARD_CRASH;
    crash->stack.thread = -1;
    ts_unwind_push(crash_board, &crash->stack, registers.pc, 0);
    interrupted = crash->stack.frames[0];
    bool bad_call = registers.sp != NULL && crash->stack.frames[0].module == TS_BOARD_NO_MODULE;
    if (bad_call) {
        follow_bad_call(&crash->stack, &registers);
    } else {
        ts_unwind_walk(crash_board, &crash->stack, NULL);
    }
}

/* Unwinding failed, perhaps still within the handler's own frames. */
static void keep_interrupted(struct ts_board_stack *stack)
{
    if (stack->frame_count == 0 || stack->frames[0].offset != interrupted.offset) {
        stack->frames[0] = interrupted;
        stack->frame_count = 1;
    }
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    pid_t self = (pid_t)syscall(SYS_gettid);
    pid_t nobody = 0;
    unblock_crashes();
    /* Relaxed: it chooses one thread; the others need nothing that it wrote. */
    if (atomic_compare_exchange_strong_explicit(&crashing, &nobody, self, memory_order_relaxed,
                                                memory_order_relaxed)) {
        record_crash(number, info, context);
    } else if (nobody != self) {
        for (;;) {
            pause(); /* the first one ends the process */
        }
    } else {
        keep_interrupted(&crash_board->crash.stack);
    }
    publish();
    if (ts_crash_on_record != NULL) {
        ts_crash_on_record();
    }
    die_by(number);
}

/* AddressSanitizer makes a report of the signals that it handles; ThreadSanitizer's handlers only print. */
static bool is_reported(int number)
{
#if defined(TS_FLAVOUR_IS_asan)
    struct sigaction current;
    return sigaction(number, NULL, &current) == 0 &&
           ((current.sa_flags & SA_SIGINFO) != 0 || current.sa_handler != SIG_DFL);
#else
    (void)number;
    return false;
#endif
}

void ts_crash_install(struct ts_board *board)
{
    static char handler_stack[HANDLER_STACK_BYTES];
    stack_t alternate;
    crash_board = board;
    /* A sanitizer brings its own, and unmaps whatever is set when the thread ends. */
    if (sigaltstack(NULL, &alternate) == 0 && (alternate.ss_flags & SS_DISABLE) != 0) {
        alternate = (stack_t){.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
        sigaltstack(&alternate, NULL);
    }
    for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++) {
        struct sigaction ours = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigemptyset(&ours.sa_mask);
        if (!is_reported(crash_signals[i])) {
            sigaction(crash_signals[i], &ours, NULL);
        }
    }
}

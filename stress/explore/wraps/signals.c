/*
 * Signals that the program sends to itself (core/signals.h): masks are each thread's own, what is sent pends
 * in the model until a thread takes it by sigwait or by its handler, and what a handler cuts short fails with
 * EINTR where POSIX has it so. SIGALRM of alarm and setitimer comes in virtual time.
 *
 * Those of a crash (SIGSEGV, SIGABRT and their like), and what goes to a group or another process, pass
 * through. What is sent is noted: whether a signal that ended the program was its own is what the driver asks
 * (driver/judge.c).
 *
 * Masks are set for the kernel, too, for what comes from there (SIGPIPE); with the FS-base hand-off all
 * threads have the latest.
 */
#include "explore/core/signals.h"

#include "explore/core/sys.h"
#include "explore/wraps/wrap.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

TS_WRAPPED(int, kill, pid_t process, int number);
TS_WRAPPED(int, raise, int number);
TS_WRAPPED(int, sigqueue, pid_t process, int number, const union sigval value);
TS_WRAPPED(int, pthread_kill, pthread_t id, int number);
TS_WRAPPED(int, pthread_sigqueue, pthread_t id, int number, const union sigval value);
TS_WRAPPED(int, pthread_sigmask, int how, const sigset_t *set, sigset_t *before);
TS_WRAPPED(int, sigprocmask, int how, const sigset_t *set, sigset_t *before);
_Noreturn void __real_siglongjmp(sigjmp_buf frame, int value);
TS_WRAP_EXPORT _Noreturn void __wrap_siglongjmp(sigjmp_buf frame, int value);
_Noreturn void __real_longjmp(jmp_buf frame, int value);
TS_WRAP_EXPORT _Noreturn void __wrap_longjmp(jmp_buf frame, int value);
TS_WRAPPED(int, sigpending, sigset_t *set);
TS_WRAPPED(int, sigwait, const sigset_t *set, int *number);
TS_WRAPPED(int, sigwaitinfo, const sigset_t *set, siginfo_t *info);
TS_WRAPPED(int, sigtimedwait, const sigset_t *set, siginfo_t *info, const struct timespec *timeout);
TS_WRAPPED(int, sigsuspend, const sigset_t *mask);
TS_WRAPPED(int, pause, void);
TS_WRAPPED(unsigned, alarm, unsigned seconds);
TS_WRAPPED(int, setitimer, __itimer_which_t which, const struct itimerval *now, struct itimerval *before);

#define MASK_BYTES 8 /* the kernel's sigset_t */

static uint64_t signals; /* the object that stands for all of them */

/* glibc, bits/types/__sigset_t.h: the kernel's mask comes first. */
static uint64_t mask_of(const sigset_t *set)
{
    return set->__val[0];
}

static void put_mask(sigset_t *set, uint64_t mask)
{
    *set = (sigset_t){{mask}};
}

static bool is_crash(int number)
{
    return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE ||
           number == SIGABRT || number == SIGTRAP || number == SIGSYS;
}

static siginfo_t info_of(const struct ts_signal *signal)
{
    siginfo_t info = {.si_signo = signal->number, .si_code = signal->code};
    info.si_pid = ts_sys_getpid();
    info.si_uid = (uid_t)ts_sys4(SYS_getuid, 0, 0, 0, 0);
    info.si_value.sival_ptr = signal->value;
    return info;
}

/*
 * The kernel is asked to run the handler, and does before the call returns. ThreadSanitizer keeps what came
 * by no call that it knows until one of those ends.
 */
static void handle(struct ts_sthread *self, const struct ts_signal *signal)
{
    siginfo_t info = info_of(signal);
    uint64_t bit = ts_signal_bit(signal->number), before = 0;
    ts_sched_point(self, TS_OP_HANDLE, &signals, true, self->op.pc);
    ts_sys4(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)(uintptr_t)&bit, (long)(uintptr_t)&before, MASK_BYTES);
    ts_sys4(SYS_rt_tgsigqueueinfo, ts_sys_getpid(), ts_sys_gettid(), signal->number, (long)(uintptr_t)&info);
    (void)__real_pthread_kill(self->id, 0);
    ts_sys4(SYS_rt_sigprocmask, SIG_SETMASK, (long)(uintptr_t)&before, 0, MASK_BYTES);
}

/* Returns an error's number. */
static int send_by(struct ts_sthread *self, const struct ts_signal *signal, const void *pc)
{
    ts_signals_handle = handle;
    ts_sched_point(self, TS_OP_KILL, &signals, true, pc);
    if (!ts_signals_send(signal)) {
        return EAGAIN;
    }
    (void)ts_signals_deliver(self); /* its own comes before the call returns */
    return 0;
}

static bool is_modelled(int number)
{
    return ts_self != NULL && number >= 1 && number <= TS_SIGNALS_MAX && !is_crash(number);
}

/* A group's signal may be its own, too. */
static bool passes(pid_t process, int number)
{
    bool own = process == ts_sys_getpid();
    if (own && is_modelled(number)) {
        return false;
    }
    if (own || process <= 0) {
        ts_sched_signalled(number);
    }
    return true;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

int __wrap_kill(pid_t process, int number)
{
    if (passes(process, number)) {
        TS_TAIL return __real_kill(process, number);
    }
    const struct ts_signal signal = {.number = number, .code = SI_USER, .target = TS_ALL_OTHERS};
    int error = send_by(ts_self, &signal, TS_PC);
    return error == 0 ? 0 : fail(error);
}

int __wrap_sigqueue(pid_t process, int number, const union sigval value)
{
    if (passes(process, number)) {
        TS_TAIL return __real_sigqueue(process, number, value);
    }
    const struct ts_signal signal = {
        .number = number, .code = SI_QUEUE, .value = value.sival_ptr, .target = TS_ALL_OTHERS};
    int error = send_by(ts_self, &signal, TS_PC);
    return error == 0 ? 0 : fail(error);
}

int __wrap_raise(int number)
{
    if (!is_modelled(number)) {
        ts_sched_signalled(number);
        TS_TAIL return __real_raise(number);
    }
    const struct ts_signal signal = {.number = number, .code = SI_TKILL, .target = ts_self->index};
    int error = send_by(ts_self, &signal, TS_PC);
    return error == 0 ? 0 : fail(error);
}

/* One that has ended takes none. */
static int send_to(struct ts_sthread *thread, struct ts_signal signal, const void *pc)
{
    signal.target = thread->index;
    return thread->ended ? 0 : send_by(ts_self, &signal, pc);
}

int __wrap_pthread_kill(pthread_t id, int number)
{
    struct ts_sthread *thread = is_modelled(number) ? ts_sched_thread_of(id) : NULL;
    if (thread == NULL) {
        TS_TAIL return __real_pthread_kill(id, number);
    }
    return send_to(thread, (struct ts_signal){.number = number, .code = SI_TKILL}, TS_PC);
}

int __wrap_pthread_sigqueue(pthread_t id, int number, const union sigval value)
{
    struct ts_sthread *thread = is_modelled(number) ? ts_sched_thread_of(id) : NULL;
    if (thread == NULL) {
        TS_TAIL return __real_pthread_sigqueue(id, number, value);
    }
    return send_to(thread, (struct ts_signal){.number = number, .code = SI_QUEUE, .value = value.sival_ptr},
                   TS_PC);
}

/* What a thread says of itself concerns nobody else: it is no point. */
static void change_mask(struct ts_sthread *self, int how, const sigset_t *set, sigset_t *before, uint64_t was)
{
    uint64_t now = was;
    if (set != NULL) {
        uint64_t mask = mask_of(set);
        now = how == SIG_BLOCK ? was | mask : how == SIG_UNBLOCK ? was & ~mask : mask;
    }
    if (before != NULL) {
        put_mask(before, was);
    }
    if (now != was) {
        ts_signals_handle = handle;
        ts_signals_block(self, now);
        (void)ts_signals_deliver(self);
    }
}

int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
    if (ts_self == NULL) {
        return __real_pthread_sigmask(how, set, before);
    }
    uint64_t was = ts_signals_blocked(ts_self);
    const sigset_t given = set != NULL ? *set : (sigset_t){{0}}; /* it may be the place for what was before */
    int error = __real_pthread_sigmask(how, set, before);
    if (error == 0) {
        change_mask(ts_self, how, set != NULL ? &given : NULL, before, was);
    }
    return error;
}

int __wrap_sigprocmask(int how, const sigset_t *set, sigset_t *before)
{
    int error = __wrap_pthread_sigmask(how, set, before);
    return error == 0 ? 0 : fail(error);
}

/* Out of a handler, that is: the mask of where it goes is its own again. */
static void jump(const sigjmp_buf frame)
{
    if (ts_self != NULL) {
        ts_self->handles = false;
    }
    if (ts_self != NULL && frame[0].__mask_was_saved != 0) {
        ts_signals_block(ts_self, frame[0].__saved_mask.__val[0]);
    }
}

_Noreturn void __wrap_siglongjmp(sigjmp_buf frame, int value)
{
    jump(frame);
    __real_siglongjmp(frame, value);
}

/* glibc's is the same. */
_Noreturn void __wrap_longjmp(jmp_buf frame, int value)
{
    jump(frame);
    __real_longjmp(frame, value);
}

int __wrap_sigpending(sigset_t *set)
{
    int result = __real_sigpending(set);
    if (ts_self != NULL && result == 0) {
        put_mask(set, mask_of(set) | ts_signals_pending(ts_self, UINT64_MAX));
    }
    return result;
}

/* One from outside: it pends with the kernel. */
static bool take_outside(uint64_t wanted, siginfo_t *info)
{
    const struct timespec at_once = {0, 0};
    return ts_sys4(SYS_rt_sigtimedwait, (long)(uintptr_t)&wanted, (long)(uintptr_t)info,
                   (long)(uintptr_t)&at_once, MASK_BYTES) > 0;
}

static bool take(struct ts_sthread *self, uint64_t wanted, siginfo_t *info)
{
    struct ts_signal signal;
    if (ts_signals_take(self, wanted, &signal)) {
        *info = info_of(&signal);
        return true;
    }
    return take_outside(wanted, info);
}

/* Returns an error's number: EAGAIN when the time comes first, EINTR. */
static int wait_by(struct ts_sthread *self, uint64_t wanted, siginfo_t *info, int64_t deadline_ns,
                   enum ts_interrupts interrupts, const void *pc)
{
    struct ts_op op = {.kind = TS_OP_SIGWAIT,
                       .gate = TS_GATE_PENDING,
                       .writes = true,
                       .cancels = true,
                       .interrupts = (uint8_t)interrupts,
                       .object = &signals,
                       .pc = pc,
                       .deadline_ns = deadline_ns};
    if (deadline_ns <= ts_sched_now()) {
        op.gate = TS_GATE_OPEN;
        op.writes = false;
        op.idle = ts_signals_pending(self, wanted) == 0;
        (void)ts_sched_reach(self, &op);
        ts_wrap_cancellation(self);
        return take(self, wanted, info) ? 0 : EAGAIN;
    }
    bool taken = false, waits = true;
    ts_signals_handle = handle;
    ts_signals_await(self, wanted);
    while (waits && !taken) { /* another may have been faster */
        bool open = ts_sched_reach(self, &op);
        bool cancelled = ts_sched_must_end(self);
        taken = open && !cancelled && take(self, wanted, info);
        waits = open && !cancelled;
    }
    ts_signals_await(self, 0);
    ts_wrap_cancellation(self);
    return taken ? 0 : self->interrupted ? EINTR : EAGAIN;
}

static void tell_written(void *address, unsigned long size, void *pc)
{
    if (address != NULL && __tsan_write_range_pc != NULL) {
        __tsan_write_range_pc(address, size, pc);
    }
}

int __wrap_sigwait(const sigset_t *set, int *number)
{
    if (ts_self == NULL) {
        return __real_sigwait(set, number);
    }
    siginfo_t info;
    int error = wait_by(ts_self, mask_of(set), &info, TS_NEVER, TS_INTERRUPTS_NEVER, TS_PC);
    if (error == 0) {
        tell_written(number, sizeof *number, TS_PC);
        *number = info.si_signo;
    }
    return error;
}

static int wait_for_info(const sigset_t *set, siginfo_t *place, int64_t deadline_ns, void *pc)
{
    siginfo_t info;
    int error = wait_by(ts_self, mask_of(set), &info, deadline_ns, TS_INTERRUPTS_ALWAYS, pc);
    if (error != 0) {
        return fail(error);
    }
    if (place != NULL) {
        tell_written(place, sizeof *place, pc);
        *place = info;
    }
    return info.si_signo;
}

int __wrap_sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    return ts_self == NULL ? __real_sigwaitinfo(set, info) : wait_for_info(set, info, TS_NEVER, TS_PC);
}

int __wrap_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
    if (ts_self == NULL) {
        return __real_sigtimedwait(set, info, timeout);
    }
    if (timeout != NULL && (timeout->tv_sec < 0 || !ts_wrap_is_time(timeout))) {
        return fail(EINVAL);
    }
    int64_t deadline_ns =
        timeout == NULL ? TS_NEVER : ts_wrap_later(ts_wrap_ns(timeout->tv_sec, timeout->tv_nsec));
    return wait_for_info(set, info, deadline_ns, TS_PC);
}

uint64_t ts_wrap_mask(struct ts_sthread *self, const sigset_t *mask)
{
    uint64_t kept = ts_signals_blocked(self);
    ts_signals_handle = handle;
    ts_signals_block(self, mask_of(mask));
    return kept;
}

void ts_wrap_unmask(struct ts_sthread *self, uint64_t kept)
{
    ts_signals_block(self, kept);
}

/* Until a handler has run. With a mask of its own, what that lets in comes when the wait has begun. */
static int suspend(struct ts_sthread *self, enum ts_interrupts interrupts, uint64_t mask, const void *pc)
{
    struct ts_op op = {.kind = TS_OP_SIGWAIT,
                       .gate = TS_GATE_PENDING,
                       .cancels = true,
                       .interrupts = (uint8_t)interrupts,
                       .object = &signals,
                       .pc = pc,
                       .deadline_ns = TS_NEVER};
    uint64_t kept = ts_signals_blocked(self);
    ts_signals_handle = handle;
    ts_signals_block(self, mask);
    do {
        (void)ts_sched_reach(self, &op);
    } while (!self->interrupted && !ts_sched_must_end(self));
    ts_signals_block(self, kept);
    ts_wrap_cancellation(self);
    return ts_wrap_interrupted();
}

int __wrap_sigsuspend(const sigset_t *mask)
{
    return ts_self == NULL ? __real_sigsuspend(mask)
                           : suspend(ts_self, TS_INTERRUPTS_ENDS, mask_of(mask), TS_PC);
}

int __wrap_pause(void)
{
    return ts_self == NULL ? __real_pause()
                           : suspend(ts_self, TS_INTERRUPTS_ALWAYS, ts_signals_blocked(ts_self), TS_PC);
}

static int64_t alarm_left(void)
{
    int64_t left_ns = ts_signal_alarm.at_ns - ts_sched_now();
    return ts_signal_alarm.at_ns == TS_NEVER ? 0 : left_ns > 0 ? left_ns : 1;
}

unsigned __wrap_alarm(unsigned seconds)
{
    if (ts_self == NULL) {
        return __real_alarm(seconds);
    }
    int64_t left_ns = alarm_left();
    ts_signals_handle = handle;
    ts_signals_set_alarm(seconds == 0 ? TS_NEVER : ts_wrap_later((int64_t)seconds * 1000000000), 0);
    return (unsigned)((left_ns + 999999999) / 1000000000);
}

static bool is_time(const struct timeval *time)
{
    return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < 1000000;
}

static struct timeval time_of(int64_t ns)
{
    return (struct timeval){.tv_sec = ns / 1000000000, .tv_usec = ns % 1000000000 / 1000};
}

int __wrap_setitimer(__itimer_which_t which, const struct itimerval *now, struct itimerval *before)
{
    if (ts_self == NULL || which != ITIMER_REAL) {
        return __real_setitimer(which, now, before);
    }
    if (now != NULL && !(is_time(&now->it_value) && is_time(&now->it_interval))) {
        return fail(EINVAL);
    }
    struct itimerval was = {.it_interval = time_of(ts_signal_alarm.interval_ns),
                            .it_value = time_of(alarm_left())};
    if (now != NULL) {
        int64_t value_ns = ts_wrap_ns(now->it_value.tv_sec, (int64_t)now->it_value.tv_usec * 1000);
        int64_t interval_ns = ts_wrap_ns(now->it_interval.tv_sec, (int64_t)now->it_interval.tv_usec * 1000);
        ts_signals_handle = handle;
        ts_signals_set_alarm(value_ns == 0 ? TS_NEVER : ts_wrap_later(value_ns), interval_ns);
    }
    if (before != NULL) {
        *before = was;
    }
    return 0;
}

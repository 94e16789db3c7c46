/* Each case of hang_subject.c, plain and under ThreadSanitizer, is hung, analysed from here and killed. */
#include "hang/hang.h"

#include "base/clock.h"
#include "hang/sample.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETTLE_NS      (10 * TS_NS_PER_MS)
#define SETTLE_ROUNDS  2000
#define SETTLED_ROUNDS 3

struct subject {
    pid_t pid;
    struct ts_hang *hang;
    char sentence[1024];
    bool has_stacks;
};

static bool has_gdb(void)
{
    return system("command -v gdb >/dev/null && command -v timeout >/dev/null") == 0;
}

/* The threads that never block by design; all others are hung when they are. */
static bool runs_by_design(const char *name)
{
    return strcmp(name, "spinner") == 0 || strcmp(name, "busy") == 0 || strcmp(name, "starved") == 0;
}

static bool looks_settled(pid_t pid)
{
    struct ts_hang_sample sample;
    cr_assert_eq(ts_hang_sample_take(pid, &sample, NULL), TS_OK);
    bool settled = true;
    for (size_t i = 0; i < sample.count; i++) {
        settled = settled && (sample.looks[i].state == 'S' || runs_by_design(sample.looks[i].name));
    }
    ts_hang_sample_fini(&sample);
    return settled;
}

static void await_settled(pid_t pid)
{
    int settled = 0;
    for (int i = 0; i < SETTLE_ROUNDS && settled < SETTLED_ROUNDS; i++) {
        settled = looks_settled(pid) ? settled + 1 : 0;
        ts_sleep_ns(SETTLE_NS);
    }
    cr_assert_eq(settled, SETTLED_ROUNDS, "the subject never hung");
}

static pid_t start(const char *program, const char *name)
{
    int ends[2];
    char line[32] = "";
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        /* The lock order that we mean to take is not to be reported before it is taken. */
        setenv("TSAN_OPTIONS", "detect_deadlocks=0", 1);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(program, program, name, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    cr_assert_not_null(output);
    cr_assert_not_null(fgets(line, sizeof line, output), "%s %s said nothing", program, name);
    cr_assert_str_eq(line, "hanging\n");
    fclose(output);
    await_settled(pid);
    return pid;
}

static struct subject analyse(const char *program, const char *name)
{
    struct subject subject = {.pid = start(program, name)};
    struct ts_diag diag = {0};
    cr_assert_eq(ts_hang_analyse(subject.pid, &subject.hang, &diag), TS_OK, "%s", diag.text);
    ts_hang_sentence(subject.hang, subject.sentence, sizeof subject.sentence);
    subject.has_stacks = has_gdb();
    if (!subject.has_stacks) {
        puts("skipped what needs stacks: gdb is not installed");
    }
    cr_assert_eq(subject.has_stacks, subject.hang->note[0] == '\0', "%s", subject.hang->note);
    return subject;
}

static void end(struct subject *subject)
{
    kill(subject->pid, SIGKILL);
    waitpid(subject->pid, NULL, 0);
    ts_hang_free(subject->hang);
}

static const struct ts_hang_thread *thread_of(const struct subject *subject, const char *name)
{
    for (size_t i = 0; i < subject->hang->thread_count; i++) {
        if (strcmp(subject->hang->threads[i].name, name) == 0) {
            return &subject->hang->threads[i];
        }
    }
    cr_assert_fail("no thread %s: %s", name, subject->sentence);
    return NULL;
}

static void expect_doing(const struct subject *subject, const char *name, enum ts_hang_doing doing)
{
    const struct ts_hang_thread *thread = thread_of(subject, name);
    cr_expect_eq(thread->doing, doing, "%s, not %s: %s", ts_hang_doing_name(thread->doing),
                 ts_hang_doing_name(doing), thread->sentence);
}

static void expect_said(const struct subject *subject, const char *words)
{
    cr_expect_not_null(strstr(subject->sentence, words), "no '%s' in: %s", words, subject->sentence);
}

/* The innermost frame of the program itself. */
static void expect_own(const struct subject *subject, const struct ts_stack *stack, const char *function)
{
    if (!subject->has_stacks) {
        return;
    }
    for (size_t i = 0; i < stack->frame_count; i++) {
        if (stack->frames[i].own) {
            cr_expect_str_eq(stack->frames[i].function, function);
            cr_expect_str_eq(stack->frames[i].file, "stress/hang/hang_subject.c");
            cr_expect_gt(stack->frames[i].line, 0);
            cr_expect_not_null(strstr(stack->frames[i].module, "hang_subject"));
            return;
        }
    }
    cr_expect_fail("no frame of the program: %s", stack->text);
}

/* A static lock has a name; without gdb nobody knows it. */
static void expect_waits(const struct subject *subject, const char *before)
{
    char words[96];
    snprintf(words, sizeof words, "%s%s", before, subject->has_stacks ? "mutexes" : "0x");
    expect_said(subject, words);
}

static void check_deadlock(const char *program, const char *name, size_t length)
{
    static const char *const names[] = {"alpha", "beta", "gamma"};
    struct subject subject = analyse(program, name);
    const struct ts_hang *hang = subject.hang;
    cr_assert_eq(hang->cycle_count, length, "%s", subject.sentence);
    cr_assert_eq(hang->defining_count, length);
    expect_waits(&subject, "deadlock: thread 'alpha' waits for mutex ");
    expect_said(&subject, " held by 'alpha'");
    for (size_t i = 0; i < length; i++) {
        const struct ts_hang_thread *thread = &hang->threads[hang->cycle[i]];
        cr_expect_str_eq(thread->name, names[i]);
        cr_expect_eq(thread->doing, TS_HANG_BLOCKED_MUTEX);
        cr_expect_eq(thread->holder, hang->threads[hang->cycle[(i + 1) % length]].tid);
        expect_own(&subject, &hang->defining[i], "lock_in_a_ring");
        cr_expect_str_eq(hang->defining[i].role, "waiting");
    }
    expect_doing(&subject, "main", TS_HANG_BLOCKED_JOIN);
    end(&subject);
}

static void check_join_chain(const char *program)
{
    struct subject subject = analyse(program, "join-chain");
    cr_expect_eq(subject.hang->cycle_count, 0);
    expect_doing(&subject, "main", TS_HANG_BLOCKED_JOIN);
    expect_doing(&subject, "waiter", TS_HANG_BLOCKED_MUTEX);
    expect_doing(&subject, "sleeper", TS_HANG_SLEEPING);
    cr_expect_eq(thread_of(&subject, "main")->holder, thread_of(&subject, "waiter")->tid);
    cr_expect_eq(thread_of(&subject, "waiter")->holder, thread_of(&subject, "sleeper")->tid);
    expect_said(&subject, "main waits for the end of 'waiter'");
    expect_waits(&subject, "; 'waiter' waits for mutex ");
    expect_said(&subject, " held by 'sleeper'; 'sleeper' sleeps");
    expect_said(&subject, "2 threads blocked, 0 spinning");
    cr_assert_eq(subject.hang->defining_count, 2);
    expect_own(&subject, &subject.hang->defining[0], "join_for_ever");
    expect_own(&subject, &subject.hang->defining[1], "sleep_with_mutex");
    end(&subject);
}

static void check_condvar(const char *program)
{
    struct subject subject = analyse(program, "condvar");
    const struct ts_hang_thread *main_thread = thread_of(&subject, "main");
    cr_expect_eq(main_thread->holder, 0, "a condition variable was read as a mutex");
    cr_expect_neq(main_thread->waits_for_address, 0);
    if (subject.has_stacks) {
        expect_doing(&subject, "main", TS_HANG_BLOCKED_CONDVAR);
        expect_said(&subject, "main waits for a condition variable in wait_for_ever; 1 thread blocked");
    }
    cr_assert_eq(subject.hang->defining_count, 1);
    expect_own(&subject, &subject.hang->defining[0], "wait_for_ever");
    end(&subject);
}

static void check_spin(const char *program)
{
    struct subject subject = analyse(program, "spin");
    expect_doing(&subject, "main", TS_HANG_BLOCKED_JOIN);
    expect_doing(&subject, "spinner", TS_HANG_SPINNING);
    expect_said(&subject, "; 'spinner' spins");
    expect_said(&subject, "1 thread blocked, 1 spinning");
    cr_assert_eq(subject.hang->defining_count, 2);
    expect_own(&subject, &subject.hang->defining[1], "spin_on_flag");
    end(&subject);
}

Test(hang, deadlock_of_two)
{
    check_deadlock(HANG_SUBJECT_PLAIN, "deadlock2", 2);
}

Test(hang, deadlock_of_three)
{
    check_deadlock(HANG_SUBJECT_PLAIN, "deadlock3", 3);
}

Test(hang, deadlock_under_tsan)
{
    check_deadlock(HANG_SUBJECT_TSAN, "deadlock3", 3);
}

Test(hang, deadlock_of_one_thread_with_itself)
{
    struct subject subject = analyse(HANG_SUBJECT_PLAIN, "lock-twice");
    cr_assert_eq(subject.hang->cycle_count, 1, "%s", subject.sentence);
    expect_waits(&subject, "deadlock: main waits for mutex ");
    expect_said(&subject, " held by main");
    expect_own(&subject, &subject.hang->defining[0], "lock_twice");
    end(&subject);
}

Test(hang, deadlock_without_gdb)
{
    setenv("PATH", "/nonexistent", 1);
    struct subject subject = analyse(HANG_SUBJECT_PLAIN, "deadlock2");
    cr_expect_str_eq(subject.hang->note, "no stacks: gdb is not installed");
    cr_assert_eq(subject.hang->cycle_count, 2, "%s", subject.sentence);
    cr_expect_eq(subject.hang->defining_count, 2);
    cr_expect_eq(subject.hang->defining[0].frame_count, 0);
    expect_doing(&subject, "main", TS_HANG_BLOCKED_JOIN);
    end(&subject);
}

Test(hang, contended_mutexes_are_no_deadlock)
{
    struct subject subject = analyse(HANG_SUBJECT_PLAIN, "contend");
    cr_expect_eq(subject.hang->cycle_count, 0, "%s", subject.sentence);
    cr_expect_null(strstr(subject.sentence, "deadlock"), "%s", subject.sentence);
    cr_expect_not(thread_of(&subject, "busy")->stuck);
    end(&subject);
}

Test(hang, without_right_to_trace)
{
    struct subject subject = {0};
    if (geteuid() != 0) {
        puts("skipped: only root can give up its rights");
        return;
    }
    subject.pid = start(HANG_SUBJECT_PLAIN, "deadlock2");
    cr_assert_eq(setresuid(65534, 65534, 0), 0);
    cr_assert_eq(ts_hang_analyse(subject.pid, &subject.hang, NULL), TS_OK);
    cr_assert_eq(setresuid(0, 0, 0), 0);
    cr_expect_eq(strncmp(subject.hang->note, "no right to read the system calls", 33), 0);
    cr_expect_not_null(strstr(subject.hang->note, "; no stacks: "));
    cr_expect_eq(subject.hang->thread_count, 3);
    cr_expect_eq(subject.hang->cycle_count, 0);
    expect_doing(&subject, "alpha", TS_HANG_BLOCKED_OTHER);
    end(&subject);
}

Test(hang, condition_variable)
{
    check_condvar(HANG_SUBJECT_PLAIN);
}

Test(hang, condition_variable_under_tsan)
{
    check_condvar(HANG_SUBJECT_TSAN);
}

Test(hang, condition_variable_without_gdb_is_no_mutex)
{
    setenv("PATH", "/nonexistent", 1);
    struct subject subject = analyse(HANG_SUBJECT_PLAIN, "condvar");
    expect_doing(&subject, "main", TS_HANG_BLOCKED_OTHER);
    cr_expect_eq(thread_of(&subject, "main")->holder, 0);
    end(&subject);
}

Test(hang, chain_of_join_mutex_and_sleep)
{
    check_join_chain(HANG_SUBJECT_PLAIN);
}

Test(hang, chain_under_tsan)
{
    check_join_chain(HANG_SUBJECT_TSAN);
}

Test(hang, rwlock_held_by_writer)
{
    struct subject subject = analyse(HANG_SUBJECT_PLAIN, "rwlock");
    if (subject.has_stacks) {
        expect_doing(&subject, "main", TS_HANG_BLOCKED_RWLOCK);
        cr_expect_eq(thread_of(&subject, "main")->holder, thread_of(&subject, "writer")->tid);
        expect_said(&subject, " held by 'writer'; 'writer' sleeps in sleep_with_mutex");
    }
    end(&subject);
}

Test(hang, spinning)
{
    check_spin(HANG_SUBJECT_PLAIN);
}

Test(hang, spinning_under_tsan)
{
    check_spin(HANG_SUBJECT_TSAN);
}

Test(hang, starving)
{
    struct subject subject = analyse(HANG_SUBJECT_PLAIN, "starve");
    expect_doing(&subject, "main", TS_HANG_BLOCKED_JOIN);
    expect_doing(&subject, "starved", TS_HANG_STARVING);
    expect_doing(&subject, "busy", TS_HANG_SPINNING);
    expect_said(&subject, " starves for a processor in spin_on_flag");
    expect_said(&subject, "1 thread blocked, 1 spinning, 2 starving");
    end(&subject);
}

Test(hang, reading_an_event)
{
    struct subject subject = analyse(HANG_SUBJECT_PLAIN, "eventfd");
    expect_doing(&subject, "main", TS_HANG_BLOCKED_OTHER);
    expect_said(&subject, "main is blocked in read");
    expect_own(&subject, &subject.hang->defining[0], "read_event");
    end(&subject);
}

Test(hang, written_for_a_person)
{
    char *text = NULL;
    size_t size = 0;
    struct subject subject = analyse(HANG_SUBJECT_PLAIN, "join-chain");
    FILE *file = open_memstream(&text, &size);
    ts_hang_write(subject.hang, file);
    fclose(file);
    cr_expect_eq(strncmp(text, subject.sentence, strlen(subject.sentence)), 0, "%s", text);
    cr_expect_not_null(strstr(text, "sleeping: 'sleeper' sleeps"), "%s", text);
    if (subject.has_stacks) {
        cr_expect_not_null(strstr(text, "sleep_with_mutex stress/hang/hang_subject.c:"), "%s", text);
    }
    free(text);
    end(&subject);
}

Test(hang, sentence_is_cut_to_its_room)
{
    char text[24];
    memset(text, 'x', sizeof text);
    struct subject subject = analyse(HANG_SUBJECT_PLAIN, "join-chain");
    ts_hang_sentence(subject.hang, text, 16);
    cr_expect_str_eq(text, "main waits ..."); /* between two words */
    cr_expect_eq(text[16], 'x');
    end(&subject);
}

Test(hang, no_such_process)
{
    struct ts_hang *hang = NULL;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    cr_expect_eq(ts_hang_analyse(pid, &hang, NULL), TS_NOT_FOUND);
    cr_expect_null(hang);
}

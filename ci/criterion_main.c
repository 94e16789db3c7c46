/*
 * Runs what is written with Criterion's macros; every program of tests links it. Criterion's own runner
 * starts the program anew for each test, together with the twenty libraries that it needs itself, and under a
 * sanitizer such a start takes longer than most tests do. Here a test runs in a child forked from a process
 * that never has a second thread: as far from its neighbours, and the sanitizer is there already.
 *
 * A test passes when its assertions held, it came to its end, and its process then ended with the status 0
 * (or as the test names: .signal, .exit_code). A sanitizer's report, one made at exit, too, ends it with
 * another.
 *
 * Compiled without sanitizers: what counts assertions must not order the threads that make them.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fnmatch.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the linker gathers what Test and TestSuite define; a program may have no suite of its own. */
extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak)), *__stop_cr_sts[] __attribute__((weak));

/* What a test's process tells the one that started it; shared memory. All relaxed: read when it has ended. */
struct outcome {
    _Atomic pid_t pid; /* 0: not started, or judged */
    atomic_int failed;
    atomic_bool skipped, ended;
};

/* In the test's process. */
static struct outcome *mine;
static const struct criterion_test *current;
static const struct criterion_suite *suite;
static pid_t process;
static jmp_buf leave;
static bool begun;

struct criterion_options criterion_options;

static const struct criterion_suite *suite_of(const struct criterion_test *test)
{
    for (struct criterion_suite **at = __start_cr_sts; at != __stop_cr_sts; at++) {
        if (strcmp((*at)->name, test->category) == 0) {
            return *at;
        }
    }
    return NULL;
}

/* ---- what the macros call ---- */

/* Whether it came to its end. */
static bool completes(void (*call)(void))
{
    if (call == NULL) {
        return true;
    }
    if (setjmp(leave) != 0) {
        return false;
    }
    call();
    return true;
}

void criterion_internal_test_setup(void)
{
    begun = (suite == NULL || completes(suite->data->init)) && completes(current->data->init);
}

void criterion_internal_test_main(void (*test)(void))
{
    if (begun) {
        completes(test);
    }
}

void criterion_internal_test_teardown(void)
{
    completes(current->data->fini);
    if (suite != NULL) {
        completes(suite->data->fini);
    }
}

/* Only the test's own thread can leave it: the others have stacks of their own. */
static _Noreturn void leave_test(void)
{
    if (gettid() != process) {
        dprintf(STDERR_FILENO, "%s::%s: ended by another thread than its own\n", current->category,
                current->name);
        abort();
    }
    longjmp(leave, 1);
}

void criterion_abort_test(void)
{
    leave_test();
}

void criterion_continue_test(void)
{
}

__attribute__((format(printf, 1, 2))) void criterion_skip_test(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) >= 0) {
        dprintf(STDERR_FILENO, "%s::%s: skipped: %s\n", current->category, current->name, text);
        free(text);
    }
    va_end(arguments);
    atomic_store_explicit(&mine->skipped, true, memory_order_relaxed);
    leave_test();
}

void cri_asserts_passed_incr(void)
{
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
    atomic_fetch_add_explicit(&mine->failed, 1, memory_order_relaxed);
    dprintf(STDERR_FILENO, "%s::%s: %s:%u: %s\n", current->category, current->name, stats->file, stats->line,
            stats->message);
}

static const char *shown(const char *text)
{
    return text != NULL ? text : "NULL";
}

char *cr_translate_assert_msg(int index, ...)
{
    char *text = NULL;
    int length = -1;
    va_list arguments;
    va_start(arguments, index);
    const char *expression = va_arg(arguments, const char *);
    switch (index) {
    case CRITERION_ASSERT_MSG_FAIL:
        length = asprintf(&text, "this must not be reached");
        break;
    case CRITERION_ASSERT_MSG_EXPR_AS_STRINGS_FALSE: {
        const char *actual = va_arg(arguments, const char *), *expected = va_arg(arguments, const char *);
        length = asprintf(&text, "as strings, %s is false: '%s' and '%s'", expression, shown(actual),
                          shown(expected));
        break;
    }
    case CRITERION_ASSERT_MSG_IS_NULL:
        length = asprintf(&text, "%s is NULL", expression);
        break;
    case CRITERION_ASSERT_MSG_IS_NOT_NULL:
        length = asprintf(&text, "%s is not NULL", expression);
        break;
    case CRITERION_ASSERT_MSG_IS_EMPTY:
        length = asprintf(&text, "%s is empty", expression);
        break;
    case CRITERION_ASSERT_MSG_IS_NOT_EMPTY:
        length = asprintf(&text, "%s is '%s', not empty", expression, shown(va_arg(arguments, const char *)));
        break;
    default:
        length = asprintf(&text, "%s is false", expression);
        break;
    }
    va_end(arguments);
    return length >= 0 ? text : NULL;
}

int cr_asprintf(char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        *text = NULL;
    }
    return length;
}

void cr_asprintf_free(char *text)
{
    free(text);
}

/* ---- the runner ---- */

static _Noreturn void run_test(const struct criterion_test *test, struct outcome *outcome)
{
    double timeout_s = test->data->timeout;
    current = test;
    suite = suite_of(test);
    mine = outcome;
    process = getpid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (timeout_s <= 0 && suite != NULL) {
        timeout_s = suite->data->timeout;
    }
    if (timeout_s > 0) {
        alarm((unsigned)timeout_s + 1);
    }
    test->test();
    if (getpid() == process) {
        atomic_store_explicit(&mine->ended, true, memory_order_relaxed);
    }
    exit(0);
}

/* Whether the test passed; says why not. */
static bool judge(const struct criterion_test *test, const struct outcome *outcome, int status)
{
    const struct criterion_test_extra_data *wanted = test->data;
    bool ended = atomic_load_explicit(&outcome->ended, memory_order_relaxed);
    bool held = atomic_load_explicit(&outcome->failed, memory_order_relaxed) == 0;
    char why[120] = "";
    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) != wanted->signal) {
            snprintf(why, sizeof why, "its process was ended by signal %d (%s)%s", WTERMSIG(status),
                     strsignal(WTERMSIG(status)), WTERMSIG(status) == SIGALRM ? ": its time was up" : "");
        }
    } else if (wanted->signal != 0) {
        snprintf(why, sizeof why, "its process ended with status %d, not by signal %d", WEXITSTATUS(status),
                 wanted->signal);
    } else if (WEXITSTATUS(status) != wanted->exit_code) {
        snprintf(why, sizeof why, "%sits process ended with status %d",
                 held && ended ? "passed its assertions, but " : "", WEXITSTATUS(status));
    } else if (!ended && wanted->exit_code == 0) {
        snprintf(why, sizeof why, "its process left before the end of the test");
    }
    if (why[0] != '\0') {
        fprintf(stderr, "%s::%s: %s\n", test->category, test->name, why);
    }
    return held && why[0] == '\0';
}

/* As many processes at once as there are processors; returns how many tests failed. */
static size_t run_tests(struct criterion_test **tests, size_t count, struct outcome *outcomes, long jobs)
{
    size_t started = 0, done = 0, failed = 0;
    while (done < count) {
        while (started < count && (long)(started - done) < jobs) {
            pid_t pid = fork();
            if (pid == 0) {
                run_test(tests[started], &outcomes[started]);
            }
            if (pid < 0) {
                perror("fork");
                return count;
            }
            outcomes[started++].pid = pid;
        }
        int status = 0;
        pid_t pid = waitpid(-1, &status, 0);
        for (size_t i = 0; i < started; i++) {
            if (pid > 0 && outcomes[i].pid == pid) {
                outcomes[i].pid = 0;
                done++;
                failed += !judge(tests[i], &outcomes[i], status);
            }
        }
    }
    return failed;
}

static const char usage[] = "usage: %s [--list] [--filter SUITE/TEST] [-j N]\n\n"
                            "Runs its tests, those that match the pattern (of the shell), N at a time.\n"
                            "Exit codes: 0 all passed, 1 one failed or none matched, 2 usage.\n";

static bool matches(const struct criterion_test *test, const char *pattern)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%s", test->category, test->name);
    return pattern == NULL || fnmatch(pattern, name, 0) == 0;
}

int main(int argc, char **argv)
{
    bool list = false;
    const char *pattern = NULL;
    cpu_set_t processors;
    long jobs = sched_getaffinity(0, sizeof processors, &processors) == 0 ? CPU_COUNT(&processors) : 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            list = true;
        } else if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc) {
            pattern = argv[++i];
        } else if (strcmp(argv[i], "-j") == 0 && i + 1 < argc && (jobs = strtol(argv[i + 1], NULL, 10)) > 0) {
            i++;
        } else {
            bool help = strcmp(argv[i], "--help") == 0;
            fprintf(help ? stdout : stderr, usage, argv[0]);
            return help ? 0 : 2;
        }
    }
    /* Those that are chosen move to the front. */
    struct criterion_test **chosen = __start_cr_tst;
    size_t count = 0, skipped = 0;
    for (struct criterion_test **at = __start_cr_tst; at != __stop_cr_tst; at++) {
        if (matches(*at, pattern)) {
            chosen[count++] = *at;
        }
    }
    for (size_t i = 0; list && i < count; i++) {
        printf("%s/%s\n", chosen[i]->category, chosen[i]->name);
    }
    if (list) {
        return 0;
    }
    struct outcome *outcomes =
        mmap(NULL, (count + 1) * sizeof *outcomes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcomes == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    size_t failed = run_tests(chosen, count, outcomes, jobs);
    for (size_t i = 0; i < count; i++) {
        skipped += atomic_load_explicit(&outcomes[i].skipped, memory_order_relaxed);
    }
    printf("tests: %zu, failed: %zu, skipped: %zu\n", count, failed, skipped);
    fflush(stdout);
    /* No test ran here: nothing to look for at exit. */
    _exit(failed > 0 || count == 0);
}

/* The wrappers, in a program that wraps its calls as the worker does. */
#include "base/clock.h"
#include "faults/caller.h"
#include "faults/calls.h"
#include "faults/handler.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct ts_fault_log fault_log;

static struct ts_callers callers;

static void arm(const char *text)
{
    struct ts_fault_spec spec;
    struct ts_diag diag = {0};
    ts_fault_spec_begin(&spec);
    cr_assert_eq(ts_fault_spec_parse(text, &spec, &diag), TS_OK, "%s: %s", diag.subject, diag.text);
    cr_assert_eq(ts_callers_load("/proc/self/exe", NULL, &callers, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(ts_callers_resolve(&callers, &spec, &diag), TS_OK, "%s: %s", diag.subject, diag.text);
    ts_faults_arm(&spec, 1, &fault_log);
    ts_calls_begin(ts_clock_ns, ts_clock_wall_ns);
}

static void *do_nothing(void *argument)
{
    return argument;
}

/* What the optimiser does not see through. */
static void *keep(void *block)
{
    __asm__("" : "+r"(block));
    return block;
}

static bool each_of_the_family_fails(void)
{
    void *memalign = NULL;
    bool failed = keep(malloc(8)) == NULL && errno == ENOMEM;
    failed = failed && keep(calloc(2, 8)) == NULL && keep(aligned_alloc(64, 64)) == NULL;
    failed = failed && posix_memalign(&memalign, 64, 64) == ENOMEM && memalign == NULL;
    failed = failed && keep(strdup("text")) == NULL && keep(strndup("text", 2)) == NULL;
    return failed;
}

Test(calls, every_call_of_the_family_is_one_row)
{
    arm("call.memory: return");
    cr_assert(each_of_the_family_fails());
    cr_assert_eq(ts_fault_log_fired(&fault_log, TS_PROBE_CALL_MEMORY), 6);
    cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_CALL_MALLOC), 0, "only what is armed is counted");
}

Test(calls, the_nth_of_one_call_fails_and_no_other)
{
    arm("call.malloc: #3 return; call.memory: count");
    for (int i = 1; i <= 5; i++) {
        void *block = keep(malloc(8));
        void *other = keep(calloc(1, 8));
        cr_assert_eq(block == NULL, i == 3, "malloc %d", i);
        cr_assert_not_null(other);
        free(block);
        free(other);
    }
    cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_CALL_MEMORY), 10);
    cr_assert_eq(ts_fault_log_fired(&fault_log, TS_PROBE_CALL_MALLOC), 1);
}

Test(calls, a_block_survives_the_realloc_that_failed)
{
    arm("call.realloc: return");
    char *block = keep(malloc(8));
    memcpy(block, "intact", 7);
    cr_assert_null(keep(realloc(block, 4096)));
    cr_assert_null(keep(reallocarray(block, 512, 8)));
    cr_assert_str_eq(block, "intact");
    free(block);
}

Test(calls, nothing_fails_before_begin)
{
    struct ts_fault_spec spec;
    ts_fault_spec_begin(&spec);
    cr_assert_eq(ts_fault_spec_parse("call.memory: return", &spec, NULL), TS_OK);
    ts_faults_arm(&spec, 1, &fault_log);
    void *block = keep(malloc(8));
    cr_assert_not_null(block);
    cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_CALL_MEMORY), 0);
    free(block);
}

Test(calls, what_opens_and_starts_fails_with_its_own_error)
{
    pthread_t thread;
    arm("call.pthread_create: return; call.dlopen: return; call.dlsym: return; call.open: return;"
        "call.eventfd: return; call.mmap: return; call.ppoll.eintr: return");
    cr_assert_eq(pthread_create(&thread, NULL, do_nothing, NULL), EAGAIN);
    cr_assert_null(dlopen(NULL, RTLD_NOW));
    cr_assert_null(dlsym(RTLD_DEFAULT, "malloc"));
    cr_assert(open("/dev/null", O_RDONLY | O_CLOEXEC) == -1 && errno == EMFILE);
    cr_assert(eventfd(0, EFD_CLOEXEC) == -1 && errno == EMFILE);
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(map == MAP_FAILED && errno == ENOMEM);
    cr_assert(ppoll(NULL, 0, NULL, NULL) == -1 && errno == EINTR);
}

Test(calls, what_does_not_fail_is_done)
{
    pthread_t thread;
    arm("call.*: count");
    cr_assert_eq(pthread_create(&thread, NULL, do_nothing, NULL), 0);
    pthread_join(thread, NULL);
    int file = open("/dev/null", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, "12345678", 8), 8);
    close(file);
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(map, MAP_FAILED);
    munmap(map, 4096);
    cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_CALL_OPEN), 1);
    cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_CALL_PTHREAD_CREATE), 1);
}

Test(calls, a_file_is_short_or_full_and_an_eventfd_is_not)
{
    char path[] = "/tmp/calls_test.XXXXXX", bytes[8];
    uint64_t one = 1;
    int file = mkstemp(path), event = eventfd(0, EFD_CLOEXEC);
    cr_assert(file >= 0 && event >= 0);
    unlink(path);
    arm("call.write.short: #1 return; call.write.enospc: #2 return; call.read.short: return");
    cr_assert_eq(write(event, &one, sizeof one), sizeof one);
    cr_assert_eq(write(file, "12345678", 8), 4);
    cr_assert(write(file, "12345678", 8) == -1 && errno == ENOSPC);
    cr_assert_eq(pwrite(file, "12345678", 8, 0), 8);
    lseek(file, 0, SEEK_SET);
    cr_assert_eq(read(file, bytes, 8), 4);
    cr_assert_eq(read(event, &one, sizeof one), sizeof one);
    arm("call.write.eintr: return; call.read.eintr: return");
    cr_assert(write(event, &one, sizeof one) == -1 && errno == EINTR);
    cr_assert(read(event, &one, sizeof one) == -1 && errno == EINTR);
    close(file);
    close(event);
}

Test(calls, the_clock_jumps_and_stands_for_us_alone)
{
    struct timespec other;
    int64_t hour_ns = 3600 * TS_NS_PER_S, minute_ns = 60 * TS_NS_PER_S;
    int64_t start_ns = ts_clock_ns();
    arm("call.clock_gettime.forward: #1 return; call.clock_gettime.backward: #2 return;"
        "call.clock_gettime.frozen: #5+ return");
    clock_gettime(CLOCK_MONOTONIC, &other); /* not read through base/clock.h: not ours */
    cr_assert_lt(other.tv_sec * TS_NS_PER_S - start_ns, minute_ns);
    int64_t ahead_ns = ts_clock_ns(), behind_ns = ts_clock_ns(), now_ns = ts_clock_ns();
    cr_assert_gt(ahead_ns - start_ns, hour_ns - 1);
    cr_assert_lt(behind_ns - start_ns, minute_ns - hour_ns);
    cr_assert_lt(now_ns - start_ns, minute_ns);
    int64_t wall_ns = ts_clock_wall_ns();
    cr_assert_gt(wall_ns, 0);
    for (int i = 0; i < 3; i++) {
        ts_sleep_ns(TS_NS_PER_MS);
        cr_assert_eq(ts_clock_ns(), now_ns);
        cr_assert_eq(ts_clock_wall_ns(), wall_ns);
    }
}

__attribute__((noinline)) static void *take_here(void)
{
    void *block = keep(malloc(8));
    __asm__ volatile("" : : : "memory"); /* no tail call: it would be the caller's */
    return block;
}

__attribute__((noinline)) static void *take_there(void)
{
    void *block = keep(malloc(8));
    void *other = keep(malloc(8));
    free(other);
    __asm__ volatile("" : : : "memory");
    return block;
}

__attribute__((noinline)) static void *take_alone(void)
{
    void *block = keep(malloc(16));
    __asm__ volatile("" : : : "memory");
    return block;
}

/* Bit n: whether call n + 1 failed. */
static unsigned failures(void *(*take)(void), unsigned calls)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < calls; i++) {
        void *block = take();
        bits |= (unsigned)(block == NULL) << i;
        free(block);
    }
    return bits;
}

Test(calls, the_nth_call_from_one_function_fails_and_none_from_another)
{
    arm("call.malloc<take_here: #3 return");
    cr_assert_eq(failures(take_there, 5), 0, "counted for the other");
    cr_assert_eq(failures(take_here, 2), 0);
    cr_assert_eq(failures(take_there, 5), 0);
    cr_assert_eq(failures(take_here, 3), 1);
}

Test(calls, of_two_rules_for_one_call_each_counts_its_own)
{
    arm("call.malloc: #2 return; call.malloc<take_here: #2 return");
    cr_assert_eq(failures(take_here, 5), 0x2, "both at once, and the second of its own no more");
    arm("call.malloc<take_here: #1 return; call.malloc: #6 return");
    cr_assert_eq(failures(take_there, 2), 0);
    cr_assert_eq(failures(take_here, 3), 0x3);
}

/* Whoever called, and how often, stands in the log under the place's name. */
static const struct ts_fault_call *logged(const char *caller)
{
    char text[TS_CALLER_TEXT_SIZE];
    for (size_t i = 0; i < TS_FAULT_LOG_CALLS; i++) {
        const struct ts_fault_call *call = &fault_log.threads[0].calls[i];
        uint64_t key = atomic_load_explicit(&call->key, memory_order_relaxed);
        if (key != 0 && ts_fault_call_point(key) == TS_PROBE_CALL_MALLOC &&
            strncmp(ts_caller_text(&callers, ts_fault_call_caller(key), text), caller, strlen(caller)) == 0) {
            return call;
        }
    }
    return NULL;
}

Test(calls, the_log_tells_the_places_apart)
{
    arm("call.malloc<take_there: #2+ return");
    failures(take_here, 3);
    failures(take_there, 2);
    const struct ts_fault_call *here = logged("take_here+"), *there = logged("take_there+");
    cr_assert(here != NULL && there != NULL && here != there);
    cr_assert(here->visits == 3 && here->firings == 0);
    cr_assert(there->visits == 2 && there->firings == 1, "its first place: calls 1 and 3 of the four");
}

Test(calls, a_place_is_one_call_of_a_function)
{
    char text[TS_CALLER_TEXT_SIZE], rule[TS_CALLER_TEXT_SIZE + 32];
    arm("call.malloc: count");
    failures(take_there, 1);
    const struct ts_fault_call *first = logged("take_there+");
    cr_assert_not_null(first);
    ts_caller_text(&callers, ts_fault_call_caller(first->key), text);
    snprintf(rule, sizeof rule, "call.malloc<%s: #2 return", text);
    memset(&fault_log, 0, sizeof fault_log);
    arm(rule);
    cr_assert_eq(failures(take_there, 4), 0x2, "%s: the other place does not count", rule);
}

Test(calls, callers_draw_apart)
{
    arm("call.malloc<take_here: 50%return");
    unsigned here = failures(take_here, 30);
    memset(&fault_log, 0, sizeof fault_log);
    arm("call.malloc<take_alone: 50%return");
    unsigned alone = failures(take_alone, 30);
    cr_assert(here != 0 && alone != 0);
    cr_assert_neq(here, alone);
}

Test(calls, a_call_counts_at_both_its_points_whichever_fails)
{
    arm("call.memory: return; call.malloc: count");
    failures(take_here, 4);
    cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_CALL_MEMORY), 4);
    cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_CALL_MALLOC), 4);
}

static void *read_frozen(void *reading)
{
    *(int64_t *)reading = ts_clock_ns();
    return NULL;
}

Test(calls, a_clock_that_never_ran_cannot_be_frozen)
{
    pthread_t thread;
    int64_t reading = 0;
    arm("call.clock_gettime.frozen: return");
    cr_assert_eq(pthread_create(&thread, NULL, read_frozen, &reading), 0);
    pthread_join(thread, NULL);
    cr_assert_gt(reading, 0, "a thread's first reading has none before it");
}

Test(calls, a_new_file_has_the_mode_that_was_asked_for)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/tmp/ts-calls-test.%d", (int)getpid());
    arm("call.open: #9 return");
    mode_t mask = umask(0);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    umask(mask);
    cr_assert_geq(file, 0);
    cr_assert_eq(fstat(file, &status), 0);
    close(file);
    unlink(path);
    cr_assert_eq(status.st_mode & 0777, 0640, "%o", (unsigned)status.st_mode);
}

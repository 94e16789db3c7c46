/*
 * A worker for the tests: keeps the worker's contract, and ends as the setting `order` says.
 *
 *   pass (default), short (a life of 40 ms), fail (as the flavour detects it; the default in direct mode),
 *   signal:N, words:TEXT (prints it and aborts), violation, hang, stubborn (ignores the request to stop),
 * refuse, usage, silent:N (exits with N and no report), quiet (the hazard does not occur), chatter (3 MB of
 * output), faulted (violates when queue.push.full may fire three times or more; refuses in some lives when
 * call.dlopen can fail)
 *
 * In a folder called "clean" it passes whatever it is told, as the clean build does beside a seeded bug.
 *
 * Threads: one. Its flavour is the name of the folder it stands in.
 */
#include "base/clock.h"
#include "faults/spec.h"
#include "worker/unwind.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static struct ts_board *board;

static const char *option(char **arguments, const char *name, const char *fallback)
{
    for (; *arguments != NULL && arguments[1] != NULL; arguments++) {
        if (strcmp(*arguments, name) == 0) {
            return arguments[1];
        }
    }
    return fallback;
}

static void set_phase(enum ts_board_phase phase)
{
    atomic_store_explicit(&board->phase, phase, memory_order_release);
}

static void work(int64_t for_ms, bool beats, bool stops)
{
    int64_t end_ns = ts_clock_ns() + for_ms * TS_NS_PER_MS;
    while (ts_clock_ns() < end_ns) {
        ts_sleep_ns(5 * TS_NS_PER_MS);
        if (beats) {
            ts_board_beat(board);
        }
        /* Relaxed: nothing is covered by the request. */
        if (stops && atomic_load_explicit(&board->stop_requested, memory_order_relaxed) != 0) {
            return;
        }
    }
}

static _Noreturn void end_by(int number)
{
    signal(number, SIG_DFL);
    raise(number);
    abort();
}

/* Never called: the fake reports say that they were running. */
static int host_strategy_destroy(int value)
{
    return value + 1;
}

static int on_factor(int value)
{
    return value - 1;
}

/* A report whose two stacks have one frame each. */
static void report(const char *kind, const char *description, int (*first)(int), int (*second)(int))
{
    int (*const functions[])(int) = {first, second};
    struct ts_board_report *made = ts_board_report_begin(board);
    snprintf(made->kind, sizeof made->kind, "%s", kind);
    snprintf(made->description, sizeof made->description, "%s", description);
    for (int i = 0; i < 2; i++) {
        struct ts_board_stack *stack = &made->stacks[made->stack_count++];
        stack->role = i == 1 && strcmp(kind, "race") != 0 ? TS_BOARD_FREE : TS_BOARD_ACCESS;
        stack->thread = i;
        stack->size = 8;
        ts_unwind_push(board, stack, (const void *)(uintptr_t)functions[i], 0);
    }
    ts_board_report_end(board, made);
}

static int fail_as_detected(const char *program)
{
    work(30, true, true);
    if (strstr(program, "/tsan/") != NULL) {
        report("race", "data-race", host_strategy_destroy, on_factor);
        set_phase(TS_BOARD_DONE);
        return 86;
    }
    if (strstr(program, "/asan/") != NULL) {
        report("memory-error", "heap-use-after-free", on_factor, host_strategy_destroy);
        return 87;
    }
    snprintf(board->crash_class, sizeof board->crash_class, "pure-virtual-call");
    fprintf(stderr, "pure virtual method called\n");
    end_by(SIGABRT);
}

static void chatter(void)
{
    for (int i = 0; i < 3 * 1024 * 16; i++) {
        puts("sixty-four bytes of a line that says nothing at all, over and ov");
    }
    fflush(stdout);
}

static int refuse(void)
{
    snprintf(board->note, sizeof board->note, "plugin has no signal_poll_callbacks");
    set_phase(TS_BOARD_REFUSED);
    return 3;
}

/* As a host whose library could not be opened: in three lives of four. */
static bool cannot_load(const char *seed)
{
    return ts_fault_log_failed(&board->faults, TS_PROBE_CALL_DLOPEN) > 0 && strtoull(seed, NULL, 0) % 4 != 0;
}

/* Each probe with a rule is armed, and fires a hundred times in two hundred visits. */
static void suffer(const char *faults, const char *seed)
{
    static struct ts_fault_spec spec;
    ts_fault_spec_begin(&spec);
    if (ts_fault_spec_parse(faults, &spec, NULL) != TS_OK) {
        end_by(SIGILL);
    }
    for (uint32_t i = 0; i < spec.rule_count; i++) {
        const struct ts_fault_rule *rule = &spec.rules[i];
        board->faults.armed[rule->point] = 1;
        atomic_store_explicit(&board->faults.rest_reached[rule->point], 200, memory_order_relaxed);
        atomic_store_explicit(&board->faults.rest_fired[rule->point], 100, memory_order_relaxed);
        if (rule->point == TS_PROBE_CALL_DLOPEN && rule->action == TS_FAULT_RETURN) {
            atomic_store_explicit(&board->faults.rest_failed[rule->point], 1, memory_order_relaxed);
        }
    }
    for (uint32_t i = 0; i < spec.rule_count && !cannot_load(seed); i++) {
        const struct ts_fault_rule *rule = &spec.rules[i];
        if (rule->point == TS_PROBE_QUEUE_PUSH_FULL && (rule->limit == 0 || rule->limit >= 3)) {
            ts_board_violation(board, "accounting", "a fault was not borne");
        }
    }
}

static int live(const char *program, const char *how, int64_t for_ms)
{
    if (strncmp(how, "signal:", 7) == 0) {
        work(20, true, true);
        end_by(atoi(how + 7));
    } else if (strncmp(how, "words:", 6) == 0) {
        fprintf(stderr, "%s\n", how + 6);
        end_by(SIGABRT);
    } else if (strncmp(how, "silent:", 7) == 0) {
        return atoi(how + 7);
    } else if (strcmp(how, "fail") == 0) {
        return fail_as_detected(program);
    } else if (strcmp(how, "livelock") == 0) {
        report("livelock", "livelock", host_strategy_destroy, on_factor);
        return 88; /* as the explorer ends a process, without a signal and in the middle of its life */
    } else if (strcmp(how, "hang") == 0) {
        work(600000, false, true);
    } else if (strcmp(how, "stubborn") == 0) {
        work(600000, true, false);
    } else if (strcmp(how, "violation") == 0) {
        ts_board_violation(board, "accounting", "accepted %d != executed %d", 10, 9);
    } else if (strcmp(how, "chatter") == 0) {
        chatter();
    }
    work(strcmp(how, "short") == 0 ? 40 : for_ms, true, true);
    set_phase(TS_BOARD_DONE);
    return 0;
}

int main(int count, char **arguments)
{
    struct ts_diag diag;
    (void)count;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const char *direct = strcmp(option(arguments, "--mode", ""), "direct") == 0 ? "order=fail" : "order=pass";
    const char *how = strchr(option(arguments, "--set", direct), '=') + 1;
    how = strstr(arguments[0], "/clean/") != NULL ? "pass" : how;
    if (strcmp(how, "usage") == 0) {
        fprintf(stderr, "tickstorm-worker: bad value\n");
        return 2;
    }
    if (ts_board_open(option(arguments, "--board", ""), &board, &diag) != TS_OK) {
        return 2;
    }
    if (strcmp(how, "refuse") == 0) {
        return refuse();
    }
    ts_unwind_prepare(board);
    set_phase(TS_BOARD_RUNNING);
    if (strcmp(how, "quiet") != 0) {
        atomic_store_explicit(&board->hazard, 3, memory_order_relaxed); /* read after this process is dead */
    }
    ts_board_add(board, TS_COUNTER_results_executed, 7);
    if (strcmp(how, "faulted") == 0) {
        suffer(option(arguments, "--faults", ""), option(arguments, "--seed", "0"));
        if (cannot_load(option(arguments, "--seed", "0"))) {
            return refuse();
        }
    }
    return live(arguments[0], how, atoll(option(arguments, "--for-ms", "0")));
}

#include "supervisor/classify.h"

#include "faults/point.h"
#include "worker/kill_signal.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void say(struct ts_verdict *verdict, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct ts_verdict *verdict, const char *format, ...)
{
    size_t used = strlen(verdict->detail);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verdict->detail + used, sizeof verdict->detail - used, format, arguments);
    va_end(arguments);
}

ts_record_outcome ts_classify_report(const struct ts_snapshot_report *report)
{
    static const struct {
        const char *words;
        ts_record_outcome outcome;
    } kinds[] = {
        {"livelock", TS_RECORD_HANG},
        {"race", TS_RECORD_RACE},
        {"memory-error", TS_RECORD_MEMORY_ERROR},
        {"undefined", TS_RECORD_MEMORY_ERROR},
        {"deadlock", TS_RECORD_DEADLOCK},
        {"leak", TS_RECORD_LEAK},
        {"use-after-free", TS_RECORD_MEMORY_ERROR},
        {"lock-order", TS_RECORD_DEADLOCK},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strstr(report->kind, kinds[i].words) != NULL) {
            return kinds[i].outcome;
        }
    }
    /* ThreadSanitizer's remaining types (misuse of a mutex, unsafe calls in signals) are misuse of threads.
     */
    return TS_RECORD_RACE;
}

static enum ts_crash_class class_of_reports(const struct ts_snapshot *board)
{
    for (size_t i = 0; i < board->report_count; i++) {
        if (strcasestr(board->reports[i].description, "segv") != NULL) {
            return TS_CRASH_SEGMENTATION_VIOLATION;
        }
        if (strcasestr(board->reports[i].description, "bus") != NULL) {
            return TS_CRASH_BUS_ERROR;
        }
    }
    return TS_CRASH_NONE;
}

/* A worker that went on to its end did not crash, whatever it printed. */
static enum ts_crash_class class_of(const struct ts_snapshot *board, const struct ts_ending *ending)
{
    if (ending->cause != TS_ENDED_BY_ITSELF || ts_is_kill_signal(ending->signal)) {
        return TS_CRASH_NONE;
    }
    if (board->crash_class[0] != '\0') {
        return ts_crash_class_find(board->crash_class);
    }
    enum ts_crash_class reported = class_of_reports(board);
    if (reported != TS_CRASH_NONE) {
        return reported;
    }
    if (ending->signal == 0) {
        return TS_CRASH_NONE;
    }
    if (ending->signal == SIGBUS) {
        return TS_CRASH_BUS_ERROR;
    }
    if (ending->signal == SIGSEGV) {
        return TS_CRASH_SEGMENTATION_VIOLATION;
    }
    return ending->words != TS_CRASH_NONE ? ending->words : TS_CRASH_ABORT;
}

/* The worst report; NULL when there is none. */
static const struct ts_snapshot_report *worst_report(const struct ts_snapshot *board)
{
    const struct ts_snapshot_report *worst = NULL;
    for (size_t i = 0; i < board->report_count; i++) {
        const struct ts_snapshot_report *report = &board->reports[i];
        if (worst == NULL || ts_outcome_severity(ts_classify_report(report)) >
                                 ts_outcome_severity(ts_classify_report(worst))) {
            worst = report;
        }
    }
    return worst;
}

static void say_crash(struct ts_verdict *verdict, const struct ts_ending *ending)
{
    if (verdict->class == TS_CRASH_NONE) {
        return;
    }
    say(verdict, "%s%s", verdict->detail[0] == '\0' ? "" : "; then ", ts_crash_class_name(verdict->class));
    if (ending->signal != 0) {
        say(verdict, " (%s)", strsignal(ending->signal));
    }
}

/* Nothing was reported and nothing crashed: did the life come to its end? */
static void classify_quiet_end(const struct ts_snapshot *board, const struct ts_ending *ending,
                               struct ts_verdict *verdict)
{
    verdict->outcome = TS_RECORD_INCONCLUSIVE;
    if (board->violation_count > 0) {
        verdict->outcome = TS_RECORD_INVARIANT;
        say(verdict, "%s: %s", board->violations[0].name, board->violations[0].detail);
    } else if (ending->cause == TS_ENDED_FOR_INTERRUPT) {
        say(verdict, "killed: it did not follow the request to stop");
    } else if (ending->signal == SIGKILL && board->killed_at > 0) {
        verdict->outcome = TS_RECORD_PASS;
        say(verdict, "killed at %s, as its faults say", ts_fault_points[board->killed_at - 1].name);
    } else if (ending->signal == SIGKILL) {
        say(verdict, "killed from outside (SIGKILL: somebody, or the kernel short of memory)");
    } else if (ts_is_kill_signal(ending->signal)) {
        say(verdict, "killed from outside (SIG%s)", sigabbrev_np(ending->signal));
    } else if (ending->exit_code == TS_WORKER_EXIT_TSAN || ending->exit_code == TS_WORKER_EXIT_ASAN) {
        say(verdict, "sanitizer ended the worker without a report (exit code %d)", ending->exit_code);
    } else if (ending->exit_code == TS_WORKER_EXIT_REFUSED || board->phase == TS_BOARD_REFUSED) {
        verdict->documented = board->may_refuse && board->note[0] != '\0';
        verdict->refused = !verdict->documented;
        verdict->died = verdict->refused;
        verdict->outcome = verdict->documented ? TS_RECORD_PASS : TS_RECORD_INCONCLUSIVE;
        say(verdict, "refused: %s", board->note[0] != '\0' ? board->note : ending->last_line);
    } else if (ending->exit_code == TS_WORKER_EXIT_USAGE) {
        verdict->usage = true;
        say(verdict, "the worker did not take its arguments: %s", ending->last_line);
    } else if (ending->exit_code != 0) {
        say(verdict, "the worker ended with exit code %d: %s", ending->exit_code, ending->last_line);
    } else if (board->phase != TS_BOARD_DONE) {
        say(verdict, "the worker exited before its life came to an end (phase %u)", (unsigned)board->phase);
    } else {
        verdict->outcome = TS_RECORD_PASS;
        say(verdict, "%s", board->note);
    }
}

void ts_classify(const struct ts_snapshot *board, const struct ts_ending *ending, struct ts_verdict *verdict)
{
    const struct ts_snapshot_report *report = worst_report(board);
    memset(verdict, 0, sizeof *verdict);
    verdict->died = ending->signal != 0 || board->phase != TS_BOARD_DONE;
    verdict->class = class_of(board, ending);
    verdict->hung = ending->cause == TS_ENDED_FOR_HANG;
    if (verdict->hung) {
        verdict->outcome = ending->deadlock ? TS_RECORD_DEADLOCK : TS_RECORD_HANG;
        say(verdict, "%s", ending->hang_detail);
    } else if (report != NULL) {
        verdict->outcome = ts_classify_report(report);
        say(verdict, "%s in %s", report->description[0] != '\0' ? report->description : report->kind,
            report->title);
        say_crash(verdict, ending);
    } else if (verdict->class != TS_CRASH_NONE) {
        verdict->outcome = TS_RECORD_CRASH;
        say_crash(verdict, ending);
    } else {
        classify_quiet_end(board, ending, verdict);
    }
}

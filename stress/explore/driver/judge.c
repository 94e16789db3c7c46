/* From what a schedule left behind to findings. */
#include "explore/driver/state.h"

#include "explore/core/scheduler.h"
#include "explore/driver/waits.h"
#include "finding/finding_build.h"
#include "worker/kill_signal.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

struct findings {
    struct ts_finding **list;
    size_t count;
};

static void add(struct findings *findings, ts_err error, struct ts_finding *finding)
{
    if (error == TS_OK && finding != NULL && findings->count < TS_DRIVER_FINDINGS) {
        findings->list[findings->count++] = finding;
    }
}

static void add_reports(struct ts_driver *driver, const struct ts_finding_context *context,
                        struct findings *findings)
{
    const struct ts_board *board = driver->board;
    uint32_t ready = atomic_load_explicit(&board->reports_ready, memory_order_acquire); /* READY acquire */
    for (uint32_t i = driver->reports_known; i < ready && i < TS_BOARD_REPORTS; i++) {
        struct ts_finding *finding = NULL;
        ts_err error = ts_finding_from_report(context, &board->reports[i], &finding, NULL);
        add(findings, error, finding);
        snprintf(driver->report_signature[i], sizeof driver->report_signature[i], "%s",
                 error == TS_OK ? finding->signature : "");
        driver->reports_known = i + 1;
    }
}

static void add_violations(const struct ts_driver *driver, const struct ts_finding_context *context,
                           struct findings *findings)
{
    for (uint32_t i = 0; i < TS_BOARD_VIOLATIONS; i++) {
        const struct ts_board_violation *violation = &driver->board->violations[i];
        if (atomic_load_explicit(&violation->ready, memory_order_acquire) != 0) { /* READY acquire */
            struct ts_finding *finding = NULL;
            add(findings,
                ts_finding_from_invariant(context, violation->name, violation->detail, &finding, NULL),
                finding);
        }
    }
}

static void add_crash(struct ts_driver *driver, const struct ts_finding_context *context, int status,
                      struct findings *findings)
{
    struct ts_board_crash crash = driver->board->crash;
    struct ts_finding *finding = NULL;
    const char *class = driver->board->crash_class;
    if (atomic_load_explicit(&driver->board->crash_ready, memory_order_acquire) == 0) { /* READY acquire */
        memset(&crash, 0, sizeof crash);
        crash.signal = WTERMSIG(status);
    }
    if (driver->request.name_crash != NULL) {
        class =
            driver->request.name_crash(class, crash.signal, driver->capture != NULL ? driver->capture : "");
    } else if (crash.signal == SIGABRT && class[0] == '\0' && driver->capture != NULL &&
               strstr(driver->capture, "Assertion `") != NULL) {
        class = "assertion";
    }
    add(findings, ts_finding_from_crash(context, &crash, class, &finding, NULL), finding);
}

static void add_exit(const struct ts_finding_context *context, int code, struct findings *findings)
{
    char title[32];
    struct ts_finding *finding = NULL;
    snprintf(title, sizeof title, "exit code %d", code);
    add(findings, ts_finding_from_words(context, "exit", title, "", &finding, NULL), finding);
}

static void add_end(struct ts_driver *driver, const struct ts_finding_context *context,
                    struct findings *findings)
{
    static const char *const kinds[] = {
        [TS_RUN_DEADLOCK] = "deadlock", [TS_RUN_LOST_WAKEUP] = "lost-wakeup", [TS_RUN_LIVELOCK] = "livelock"};
    const struct ts_run_result *result = &driver->arena->result;
    struct ts_finding *finding = NULL;
    switch (result->end) {
    case TS_RUN_DEADLOCK:
    case TS_RUN_LOST_WAKEUP:
    case TS_RUN_LIVELOCK:
        ts_modules_read(&driver->modules, driver->maps_path);
        add(findings, ts_waits_finding(driver, context, kinds[result->end], &finding), finding);
        break;
    case TS_RUN_REFUSED:
        ts_modules_read(&driver->modules, driver->maps_path);
        add(findings,
            result->by < TS_EXPLORE_THREADS ? ts_refused_finding(driver, context, &finding)
                                            : ts_waits_finding(driver, context, "unmodelled", &finding),
            finding);
        break;
    default:
        break;
    }
}

int ts_judge_outside(const struct ts_driver *driver, int status)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    bool own = driver->killed || driver->arena->result.signal == (uint32_t)number;
    return ts_is_kill_signal(number) && !own ? number : 0;
}

size_t ts_judge(struct ts_driver *driver, int status, struct ts_finding **list)
{
    struct findings findings = {.list = list};
    struct ts_finding_context context = {.symbolizer = driver->symbolizer,
                                         .modules = driver->board->modules,
                                         .module_count = driver->board->module_count,
                                         .scenario = driver->request.name,
                                         .log = driver->capture};
    if (context.module_count > TS_BOARD_MODULES) {
        context.module_count = TS_BOARD_MODULES;
    }
    add_reports(driver, &context, &findings);
    add_violations(driver, &context, &findings);
    if (driver->unmodelled != NULL) {
        add(&findings, TS_OK, driver->unmodelled);
        driver->unmodelled = NULL;
    } else if (driver->killed) {
        return findings.count; /* by the watchdog, and named before */
    } else if (ts_judge_outside(driver, status) != 0) {
        return findings.count; /* what it has not done says nothing */
    } else if (WIFSIGNALED(status)) {
        add_crash(driver, &context, status, &findings);
    } else if (driver->arena->result.end > TS_RUN_DONE) {
        add_end(driver, &context, &findings);
    } else if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
        add_exit(&context, WEXITSTATUS(status), &findings);
    }
    return findings.count;
}

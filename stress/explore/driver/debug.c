/* A schedule in the program itself instead of a child of it, under a debugger. */
#include "explore/driver/state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void become(const struct ts_driver *driver, const char *const *debugger)
{
    size_t count = 0, own = 0;
    while (driver->request.arguments[count] != NULL) {
        count++;
    }
    while (debugger[own] != NULL) {
        own++;
    }
    char **arguments = calloc(count + own + 1, sizeof *arguments);
    if (arguments != NULL) {
        memcpy(arguments, debugger, own * sizeof *arguments);
        memcpy(arguments + own, driver->request.arguments, count * sizeof *arguments);
        execvpe(arguments[0], arguments, driver->environment);
    }
    _exit(127);
}

ts_err ts_driver_debug(const struct ts_driver_request *request, const struct ts_explore_config *config,
                       const struct ts_schedule *given, const char *const *debugger, int *status,
                       uint64_t *checksum, struct ts_diag *diag)
{
    struct ts_driver *driver = calloc(1, sizeof *driver);
    if (driver == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "debug", request->arguments[0], "no memory");
    }
    driver->request = *request;
    driver->process = -1;
    ts_err error = ts_target_prepare(driver, diag);
    if (error == TS_OK) {
        driver->arena->config = *config;
        driver->arena->given_count = given->count;
        if (given->count > 0) {
            memcpy(driver->arena->given, given->deviations, given->count * sizeof *given->deviations);
        }
        pid_t child = fork();
        if (child == 0) {
            become(driver, debugger);
        }
        void (*before)(int) = signal(SIGINT, SIG_IGN); /* it is the debugger's */
        while (child > 0 && waitpid(child, status, 0) < 0 && errno == EINTR) {
        }
        signal(SIGINT, before);
        if (child < 0) {
            error = ts_fail_errno(diag, errno, "start debugger", debugger[0]);
        } else if (WIFEXITED(*status) && WEXITSTATUS(*status) == 127) {
            error = ts_fail(diag, TS_NOT_FOUND, "start debugger", debugger[0], "it cannot be started");
        }
    }
    *checksum = error == TS_OK ? driver->arena->result.checksum : 0;
    ts_driver_close(driver);
    return error;
}

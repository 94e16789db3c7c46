#include "supervisor/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    const char *ours;
    const char *last;
} options[] = {
    {"TSAN_OPTIONS",
     "halt_on_error=0:handle_segv=0:handle_sigbus=0:handle_abort=0:history_size=7:second_deadlock_stack=1:"
     "atexit_sleep_ms=0",
     "exitcode=86:log_path=stderr:report_bugs=1:symbolize=0"},
    {"ASAN_OPTIONS", "detect_leaks=1:handle_abort=0:detect_stack_use_after_return=1",
     "exitcode=87:log_path=stderr:poison_heap=1:symbolize=0"},
    {"UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1", "exitcode=87:log_path=stderr:symbolize=0"},
    {"LSAN_OPTIONS", "", "exitcode=87:log_path=stderr:symbolize=0"},
};

#define OPTION_COUNT (sizeof options / sizeof *options)

static bool is_option(const char *variable)
{
    if (strncmp(variable, "TICKSTORM_SUPERVISOR=", strlen("TICKSTORM_SUPERVISOR=")) == 0) {
        return true;
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        size_t length = strlen(options[i].name);
        if (strncmp(variable, options[i].name, length) == 0 && variable[length] == '=') {
            return true;
        }
    }
    return false;
}

static char *join_option(size_t index)
{
    const char *user = getenv(options[index].name);
    char *variable = NULL;
    if (asprintf(&variable, "%s=%s:%s:%s", options[index].name, options[index].ours, user == NULL ? "" : user,
                 options[index].last) < 0) {
        return NULL;
    }
    return variable;
}

char **ts_worker_environment_create(void)
{
    size_t inherited = 0, count = 0;
    while (environ[inherited] != NULL) {
        inherited++;
    }
    char **environment = calloc(inherited + OPTION_COUNT + 2, sizeof *environment);
    bool complete = environment != NULL;
    for (size_t i = 0; complete && i < inherited; i++) {
        if (!is_option(environ[i])) {
            environment[count] = strdup(environ[i]);
            complete = environment[count++] != NULL;
        }
    }
    for (size_t i = 0; complete && i < OPTION_COUNT; i++) {
        environment[count] = join_option(i);
        complete = environment[count++] != NULL;
    }
    complete = complete && asprintf(&environment[count], "TICKSTORM_SUPERVISOR=%d", (int)getpid()) > 0;
    if (!complete) {
        ts_worker_environment_destroy(environment);
        return NULL;
    }
    return environment;
}

void ts_worker_environment_destroy(char **environment)
{
    for (char **variable = environment; variable != NULL && *variable != NULL; variable++) {
        free(*variable);
    }
    free(environment);
}

#include "supervisor/environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STRING_OF_(x)       #x
#define STRING_OF(x)        STRING_OF_(x)
#define CLANG_MAJOR         STRING_OF(__clang_major__)

#define FALLBACK_SYMBOLIZER "/usr/lib/llvm-" CLANG_MAJOR "/bin/llvm-symbolizer"

ts_err ts_workers_folder(char *folder, size_t size, struct ts_diag *diag)
{
    const char *chosen = getenv("TICKSTORM_WORKERS");
    if (chosen != NULL && chosen[0] != '\0') {
        snprintf(folder, size, "%s", chosen);
        return TS_OK;
    }
    ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    if (length < 0) {
        return ts_fail_errno(diag, errno, "find workers", "/proc/self/exe");
    }
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    return TS_OK;
}

bool ts_environment_tsan_dies(long mmap_rnd_bits, int clang_major, int clang_minor)
{
    bool old = clang_major < 18 || (clang_major == 18 && clang_minor < 1);
    return old && mmap_rnd_bits > 28;
}

static bool find_in_path(const char *path_list, const char *name, char *found, size_t size)
{
    while (path_list != NULL && *path_list != '\0') {
        size_t length = strcspn(path_list, ":");
        snprintf(found, size, "%.*s/%s", (int)length, path_list, name);
        if (length > 0 && access(found, X_OK) == 0) {
            return true;
        }
        path_list += length + (path_list[length] == ':');
    }
    return false;
}

bool ts_environment_find_symbolizer(const char *path_list, const char *fallback, char *found, size_t size)
{
    if (find_in_path(path_list, "llvm-symbolizer-" CLANG_MAJOR, found, size) ||
        find_in_path(path_list, "llvm-symbolizer", found, size)) {
        return true;
    }
    snprintf(found, size, "%s", fallback == NULL ? "" : fallback);
    return fallback != NULL && access(fallback, X_OK) == 0;
}

static void check_file(struct ts_environment_check *check, const char *folder, const char *flavour,
                       const char *name, int mode)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s/%s", folder, flavour, name);
    snprintf(check->name, sizeof check->name, "%s %s", flavour, name);
    snprintf(check->found, sizeof check->found, "%.200s", path);
    check->ok = access(path, mode) == 0;
    if (!check->ok) {
        snprintf(check->found, sizeof check->found, "not there: %.200s", path);
        snprintf(check->mend, sizeof check->mend, "run ./ci/build");
    }
}

static void check_mmap_rnd_bits(struct ts_environment_check *check)
{
    long bits = 0;
    snprintf(check->name, sizeof check->name, "vm.mmap_rnd_bits");
    FILE *file = fopen("/proc/sys/vm/mmap_rnd_bits", "re");
    if (file == NULL || fscanf(file, "%ld", &bits) != 1) {
        bits = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    snprintf(check->found, sizeof check->found, "%ld, workers built by clang %d.%d", bits, __clang_major__,
             __clang_minor__);
    check->ok = !ts_environment_tsan_dies(bits, __clang_major__, __clang_minor__);
    if (!check->ok) {
        snprintf(check->mend, sizeof check->mend,
                 "ThreadSanitizer dies there: sysctl -w vm.mmap_rnd_bits=28, or build with clang-19");
    }
}

static void check_symbolizer(struct ts_environment_check *check)
{
    snprintf(check->name, sizeof check->name, "llvm-symbolizer");
    check->ok = ts_environment_find_symbolizer(getenv("PATH"), FALLBACK_SYMBOLIZER, check->found,
                                               sizeof check->found);
    if (!check->ok) {
        snprintf(check->found, sizeof check->found, "not found: reports would hold no names");
        snprintf(check->mend, sizeof check->mend, "install llvm-" CLANG_MAJOR);
    }
}

size_t ts_environment_check(const bool flavours[TS_FLAVOUR_COUNT],
                            struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS])
{
    char folder[PATH_MAX];
    size_t count = 0;
    memset(checks, 0, TS_ENVIRONMENT_CHECKS * sizeof *checks);
    if (ts_workers_folder(folder, sizeof folder, NULL) != TS_OK) {
        snprintf(folder, sizeof folder, ".");
    }
    for (int i = 0; i < TS_FLAVOUR_COUNT; i++) {
        if (flavours[i]) {
            check_file(&checks[count++], folder, ts_flavour_names[i], "tickstorm-worker", X_OK);
            check_file(&checks[count++], folder, ts_flavour_names[i], "libsignal.so", R_OK);
        }
    }
    if (flavours[TS_FLAVOUR_TSAN]) {
        check_mmap_rnd_bits(&checks[count++]);
    }
    if (flavours[TS_FLAVOUR_TSAN] || flavours[TS_FLAVOUR_ASAN]) {
        check_symbolizer(&checks[count++]);
    }
    return count;
}

ts_err ts_environment_require(const bool flavours[TS_FLAVOUR_COUNT], struct ts_diag *diag)
{
    struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS];
    size_t count = ts_environment_check(flavours, checks);
    for (size_t i = 0; i < count; i++) {
        if (!checks[i].ok) {
            return ts_fail(diag, TS_ENVIRONMENT, "check environment", checks[i].name, "%s (%s)",
                           checks[i].mend, checks[i].found);
        }
    }
    return TS_OK;
}

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

const char *ts_environment_symbolizer(char *found, size_t size)
{
    return ts_environment_find_symbolizer(getenv("PATH"), FALLBACK_SYMBOLIZER, found, size) ? found : NULL;
}

void ts_worker_environment_destroy(char **environment)
{
    for (char **variable = environment; variable != NULL && *variable != NULL; variable++) {
        free(*variable);
    }
    free(environment);
}

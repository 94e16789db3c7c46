/* The program as a process: its files, its start, its end. */
#include "explore/driver/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CAPTURE_MAX (1u << 20)
#define FOLDER_NAME "tickstorm-explore-" /* followed by the driver's process */

/*
 * What ThreadSanitizer must do here whatever the user's own options are: each schedule reports all that it
 * finds, names are added later, and the exit code stays the program's.
 */
static const char thread_sanitizer[] =
    "halt_on_error=0:exitcode=0:symbolize=0:log_path=stderr:report_bugs=1:atexit_sleep_ms=0:"
    "report_thread_leaks=0:suppress_equal_stacks=0:suppress_equal_addresses=0:history_size=7:"
    "second_deadlock_stack=1:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
    "flush_memory_ms=0";

static ts_err create_arena(struct ts_driver *driver, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    int file = open(driver->arena_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof *driver->arena) != 0) {
        error = ts_fail_errno(diag, errno, "create arena", driver->arena_path);
    } else {
        void *memory = mmap(NULL, sizeof *driver->arena, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (memory == MAP_FAILED) {
            error = ts_fail_errno(diag, errno, "map arena", driver->arena_path);
        } else {
            driver->arena = memory;
            driver->arena->magic = TS_ARENA_MAGIC;
            driver->arena->size = sizeof *driver->arena;
        }
    }
    if (file >= 0) {
        close(file);
    }
    return error;
}

/* Variables that the program does not inherit: ThreadSanitizer reads those of its brothers, too. */
static bool is_dropped(const char *variable)
{
    static const char *const dropped[] = {
        "TSAN_OPTIONS=",    "UBSAN_OPTIONS=",     "LSAN_OPTIONS=",      "ASAN_OPTIONS=",  "TICKSTORM_ARENA=",
        "TICKSTORM_BOARD=", "TICKSTORM_CONTROL=", "TICKSTORM_CAPTURE=", "TICKSTORM_MAPS="};
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        if (strncmp(variable, dropped[i], strlen(dropped[i])) == 0) {
            return true;
        }
    }
    return false;
}

static ts_err make_environment(struct ts_driver *driver, struct ts_diag *diag)
{
    size_t count = 0, given = 0;
    const char *options = "";
    while (driver->request.environment[given] != NULL) {
        given++;
    }
    driver->environment = calloc(given + 8, sizeof *driver->environment);
    bool complete = driver->environment != NULL;
    for (size_t i = 0; complete && i < given; i++) {
        const char *variable = driver->request.environment[i];
        options = strncmp(variable, "TSAN_OPTIONS=", 13) == 0 ? variable + 13 : options;
        if (!is_dropped(variable)) {
            driver->environment[count] = strdup(variable);
            complete = driver->environment[count++] != NULL;
        }
    }
    complete =
        complete &&
        asprintf(&driver->environment[count++], "TSAN_OPTIONS=%s%s%s", options, *options != '\0' ? ":" : "",
                 thread_sanitizer) > 0 &&
        asprintf(&driver->environment[count++], TS_EXPLORE_ENV_ARENA "=%s", driver->arena_path) > 0 &&
        asprintf(&driver->environment[count++], TS_EXPLORE_ENV_BOARD "=%s", driver->board_path) > 0 &&
        asprintf(&driver->environment[count++], TS_EXPLORE_ENV_CAPTURE "=%s", driver->capture_path) > 0 &&
        asprintf(&driver->environment[count++], TS_EXPLORE_ENV_MAPS "=%s", driver->maps_path) > 0;
    return complete ? TS_OK : ts_fail(diag, TS_NO_MEMORY, "start program", "", "no memory");
}

static void remove_folder(const char *folder)
{
    static const char *const files[] = {"arena", "board", "capture", "maps"};
    char path[512];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* What drivers that were killed left behind: their folders bear their process's number. */
static void clean_up_after_dead(const char *parent)
{
    DIR *folders = opendir(parent);
    for (const struct dirent *entry; folders != NULL && (entry = readdir(folders)) != NULL;) {
        char path[512];
        long process = 0;
        if (sscanf(entry->d_name, FOLDER_NAME "%ld-", &process) == 1 && process > 0 &&
            kill((pid_t)process, 0) != 0 && errno == ESRCH) {
            snprintf(path, sizeof path, "%s/%s", parent, entry->d_name);
            remove_folder(path);
        }
    }
    if (folders != NULL) {
        closedir(folders);
    }
}

ts_err ts_target_prepare(struct ts_driver *driver, struct ts_diag *diag)
{
    /* Memory where there is such a folder: the arena is written all the time. */
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    clean_up_after_dead(parent);
    snprintf(driver->folder, sizeof driver->folder, "%s/" FOLDER_NAME "%ld-XXXXXX", parent, (long)getpid());
    if (mkdtemp(driver->folder) == NULL) {
        driver->folder[0] = '\0';
        return ts_fail_errno(diag, errno, "make folder", parent);
    }
    snprintf(driver->arena_path, sizeof driver->arena_path, "%s/arena", driver->folder);
    snprintf(driver->board_path, sizeof driver->board_path, "%s/board", driver->folder);
    snprintf(driver->capture_path, sizeof driver->capture_path, "%s/capture", driver->folder);
    snprintf(driver->maps_path, sizeof driver->maps_path, "%s/maps", driver->folder);
    ts_err error = create_arena(driver, diag);
    if (error == TS_OK) {
        error = ts_board_create(driver->board_path, &driver->board, diag);
    }
    return error == TS_OK ? make_environment(driver, diag) : error;
}

/* In the child. Comes back only when the program cannot be started; errno says why. */
static void become(const struct ts_driver *driver, const int replies[2], const int events[2])
{
    static char control[64]; /* outlives this function, in the environment */
    struct rlimit no_core = {0, 0};
    size_t count = 0;
    int capture = open(driver->capture_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (capture < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(capture, 1) < 0 || dup2(capture, 2) < 0) {
        return;
    }
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &no_core); /* writing one takes longer than thousands of schedules */
    personality(ADDR_NO_RANDOMIZE);
    fcntl(replies[0], F_SETFD, 0);
    fcntl(events[1], F_SETFD, 0);
    snprintf(control, sizeof control, TS_EXPLORE_ENV_CONTROL "=%d,%d", replies[0], events[1]);
    while (driver->environment[count] != NULL) {
        count++;
    }
    driver->environment[count] = control; /* there is room, and this is the child's own copy */
    execvpe(driver->request.arguments[0], driver->request.arguments, driver->environment);
}

ts_err ts_target_start(struct ts_driver *driver, struct ts_diag *diag)
{
    int replies[2] = {-1, -1}, events[2] = {-1, -1}, failure[2] = {-1, -1}, code = 0;
    if (pipe2(replies, O_CLOEXEC) != 0 || pipe2(events, O_CLOEXEC) != 0 || pipe2(failure, O_CLOEXEC) != 0) {
        return ts_fail_errno(diag, errno, "start program", driver->request.arguments[0]);
    }
    driver->process = fork();
    if (driver->process == 0) {
        become(driver, replies, events);
        code = errno;
        (void)!write(failure[1], &code, sizeof code);
        _exit(127);
    }
    int fork_error = errno;
    close(replies[0]);
    close(events[1]);
    close(failure[1]);
    driver->replies = replies[1];
    driver->events = events[0];
    if (driver->process < 0) {
        close(failure[0]);
        return ts_fail_errno(diag, fork_error, "start program", driver->request.arguments[0]);
    }
    ssize_t failed = read(failure[0], &code, sizeof code);
    close(failure[0]);
    if (failed > 0) {
        ts_target_end(driver);
        return ts_fail_errno(diag, code, "start program", driver->request.arguments[0]);
    }
    return TS_OK;
}

int ts_target_end(struct ts_driver *driver)
{
    int status = 0;
    if (driver->process > 0) {
        close(driver->replies);
        close(driver->events);
        /* An end of file ends a server by itself; what else is in its group has no such manners. */
        if (waitpid(driver->process, &status, WNOHANG) == 0) {
            kill(-driver->process, SIGKILL);
            kill(driver->process, SIGKILL);
            while (waitpid(driver->process, &status, 0) < 0 && errno == EINTR) {
            }
        } else {
            kill(-driver->process, SIGKILL);
        }
    }
    driver->process = -1;
    return status;
}

void ts_target_remove(struct ts_driver *driver)
{
    if (driver->arena != NULL) {
        munmap(driver->arena, sizeof *driver->arena);
    }
    ts_board_unmap(driver->board);
    for (char **variable = driver->environment; variable != NULL && *variable != NULL; variable++) {
        free(*variable);
    }
    free(driver->environment);
    free(driver->capture);
    if (driver->folder[0] != '\0') {
        remove_folder(driver->folder);
    }
}

void ts_target_read_capture(struct ts_driver *driver)
{
    size_t size = 0;
    if (driver->capture == NULL) {
        driver->capture = malloc(CAPTURE_MAX + 1);
    }
    FILE *in = fopen(driver->capture_path, "re");
    if (driver->capture != NULL) {
        size = in != NULL ? fread(driver->capture, 1, CAPTURE_MAX, in) : 0;
        driver->capture[size] = '\0';
    }
    if (in != NULL) {
        fclose(in);
    }
}

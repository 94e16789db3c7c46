#include "supervisor/debug_watch.h"

#include "base/clock.h"
#include "worker/board.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS     50
#define TICK_MAX_MS 1000 /* a longer gap between two ticks means that the watch did not run */

struct look {
    pid_t parent;
    char state; /* 't': gdb holds it */
};

static bool look_at(pid_t process, struct look *look)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (file != NULL) {
        fclose(file);
    }
    text[size] = '\0';
    const char *after_name = strrchr(text, ')');
    return after_name != NULL && sscanf(after_name + 1, " %c %d", &look->state, &look->parent) == 2;
}

static bool runs(pid_t process, const char *program)
{
    char path[64], found[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)process);
    ssize_t size = readlink(path, found, sizeof found - 1);
    found[size > 0 ? size : 0] = '\0';
    return strcmp(found, program) == 0;
}

/* The worker that gdb runs now; 0 between two lives. */
static pid_t find_worker(pid_t gdb, const char *program)
{
    struct look look;
    pid_t found = 0;
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; processes != NULL && found == 0 && (entry = readdir(processes)) != NULL;) {
        pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
        if (process > 0 && look_at(process, &look) && look.parent == gdb && runs(process, program)) {
            found = process;
        }
    }
    if (processes != NULL) {
        closedir(processes);
    }
    return found;
}

static void follow(const struct ts_debug_watch *watch, const struct ts_board *board, const char *program)
{
    int64_t last_ns = ts_clock_ns(), idle_ms = 0, watched_ms = 0;
    uint64_t heartbeat = 0;
    pid_t worker = 0;
    while (kill(watch->gdb, 0) == 0) {
        struct look look;
        ts_sleep_ns(TICK_MS * TS_NS_PER_MS);
        int64_t delta_ms = (ts_clock_ns() - last_ns) / TS_NS_PER_MS;
        last_ns = ts_clock_ns();
        if (worker == 0 || !look_at(worker, &look) || look.parent != watch->gdb) {
            worker = find_worker(watch->gdb, program);
            idle_ms = watched_ms = 0;
            continue;
        }
        if (strchr("tTZX", look.state) != NULL) {
            continue;
        }
        delta_ms = delta_ms > TICK_MAX_MS ? TICK_MAX_MS : delta_ms;
        watched_ms += delta_ms;
        /* Relaxed: only growth matters. */
        uint64_t now = atomic_load_explicit(&board->heartbeat, memory_order_relaxed);
        idle_ms = now == heartbeat ? idle_ms + delta_ms : 0;
        heartbeat = now;
        if (idle_ms >= watch->hang_ms || watched_ms >= watch->for_ms + watch->hang_ms) {
            kill(worker, SIGINT);
            return;
        }
    }
}

/* Holds no stream of gdb's, and its keyboard's interrupts are not meant for it. */
static void stand_apart(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int stream = 0; null >= 0 && stream <= 2; stream++) {
        dup2(null, stream);
    }
    setsid();
}

void ts_debug_watch_start(const struct ts_debug_watch *watch)
{
    pid_t first = fork();
    if (first > 0) {
        waitpid(first, NULL, 0);
    }
    if (first != 0) {
        return;
    }
    /* Twice: gdb would be told of the end of a child that it never started. */
    if (fork() == 0) {
        char program[PATH_MAX];
        struct ts_board *board;
        struct ts_diag diag;
        stand_apart();
        if (realpath(watch->worker, program) != NULL && ts_board_open(watch->board, &board, &diag) == TS_OK) {
            follow(watch, board, program);
        }
    }
    _exit(EXIT_SUCCESS);
}

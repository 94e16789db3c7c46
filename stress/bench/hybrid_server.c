#include "bench/hybrid_server.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool beside_this_program(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    path[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return false;
    }
    size_t used = (size_t)(slash - path) + 1;
    return (size_t)snprintf(path + used, size - used, "tickstorm-feed") < size - used;
}

static ts_err spawn(char **arguments, struct ts_hybrid_server *server, struct ts_diag *diag)
{
    int ends[2];
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return ts_fail(diag, TS_ENVIRONMENT, "start replay server", arguments[0], "%s", strerror(errno));
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int error = posix_spawn(&server->process, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    server->output = ends[0];
    if (error != 0) {
        close(ends[0]);
        return ts_fail(diag, TS_ENVIRONMENT, "start replay server", arguments[0], "%s: see ./ci/build",
                       strerror(error));
    }
    return TS_OK;
}

/* "serving ethusdt of spot on 127.0.0.1:40123"; the end of its output is its end. */
static int read_port(int output)
{
    char line[256];
    size_t used = 0;
    while (used < sizeof line - 1) {
        ssize_t got = read(output, line + used, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || line[used] == '\n') {
            break;
        }
        used++;
    }
    line[used] = '\0';
    const char *colon = strrchr(line, ':');
    long port = colon != NULL ? strtol(colon + 1, NULL, 10) : 0;
    return port > 0 && port <= 65535 ? (int)port : 0;
}

ts_err ts_hybrid_server_start(const char *tape, double speed, int64_t most_ns,
                              struct ts_hybrid_server *server, struct ts_diag *diag)
{
    char path[PATH_MAX], speed_text[32], most_text[32];
    if (!beside_this_program(path, sizeof path)) {
        return ts_fail(diag, TS_ENVIRONMENT, "start replay server", tape, "where is this program?");
    }
    snprintf(speed_text, sizeof speed_text, "%.3fx", speed);
    snprintf(most_text, sizeof most_text, "%llds", (long long)(most_ns / TS_NS_PER_S + 1));
    char *arguments[] = {path,      "serve",    "--tape", (char *)(uintptr_t)tape,
                         "--speed", speed_text, "--for",  most_text,
                         "--room",  "100000",   NULL};
    ts_err error = spawn(arguments, server, diag);
    if (error != TS_OK) {
        return error;
    }
    server->port = read_port(server->output);
    if (server->port == 0) {
        ts_hybrid_server_stop(server);
        return ts_fail(diag, TS_ENVIRONMENT, "start replay server", path, "it serves nothing");
    }
    return TS_OK;
}

ts_err ts_hybrid_server_check(struct ts_hybrid_server *server, struct ts_diag *diag)
{
    int status;
    if (!server->ended && waitpid(server->process, &status, WNOHANG) == server->process) {
        server->ended = true;
        server->status = status;
    }
    if (!server->ended || server->status == 0) {
        return TS_OK;
    }
    bool killed = WIFSIGNALED(server->status);
    return ts_fail(diag, TS_ENVIRONMENT, "replay server", "tickstorm-feed",
                   "it ended in the midst of a run: %s %d", killed ? "signal" : "exit code",
                   killed ? WTERMSIG(server->status) : WEXITSTATUS(server->status));
}

void ts_hybrid_server_stop(struct ts_hybrid_server *server)
{
    if (!server->ended) {
        kill(server->process, SIGTERM);
        while (waitpid(server->process, &server->status, 0) < 0 && errno == EINTR) {
        }
        server->ended = true;
    }
    close(server->output);
}

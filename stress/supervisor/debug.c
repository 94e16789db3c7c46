#include "supervisor/cell_run.h"

#include "supervisor/debug_watch.h"
#include "supervisor/environment.h"
#include "tape/recording.h"
#include "worker/board.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where each flavour tells of a finding; signals stop gdb by themselves. */
static const char *const stops[TS_FLAVOUR_COUNT] = {
    [TS_FLAVOUR_PLAIN] = "",
    [TS_FLAVOUR_ASAN] = "break __asan_on_error\nbreak __ubsan_on_report\n",
    [TS_FLAVOUR_TSAN] = "break __tsan_on_report\n",
    [TS_FLAVOUR_EXPLORE] = "break __tsan_on_report\n",
};

/* gdb's echo takes a backslash for an escape; what a title may hold besides letters is shown, too. */
static void write_echo(FILE *out, const char *text)
{
    fputs("echo ", out);
    for (; *text != '\0'; text++) {
        if (*text == '\\') {
            fputs("\\\\", out);
        } else {
            fputc(*text >= ' ' && *text <= '~' ? *text : '?', out);
        }
    }
    fputs("\\n\n", out);
}

/* A life that ended leaves no thread behind: then the next one. The last command sees to the exit code, also
 * where gdb gave the script up. */
static const char script_text[] =
    "define tickstorm_end\n"
    "  if $tickstorm_came == 0\n    quit $tickstorm_code\n  end\n"
    "end\n"
    "while $tickstorm_lives < $tickstorm_lives_max\n"
    "  run\n"
    "  set $tickstorm_lives = $tickstorm_lives + 1\n"
    "  if $_thread != 0\n    loop_break\n  end\n"
    "end\n"
    "printf \"tickstorm: %d of at most %d lives were run\\n\", $tickstorm_lives, "
    "$tickstorm_lives_max\n"
    "if $_thread == 0\n"
    "  echo tickstorm: the finding did not come again\\n\n"
    "  set $tickstorm_code = 5\n"
    "end\n"
    "if $_thread != 0\n"
    "  set $tickstorm_came = 1\n"
    "  tickstorm_stopped\n"
    "  if $_siginfo.si_signo == 2\n    tickstorm_hangs\n  end\n"
    "end\n";

static ts_err write_script(const char *path, const char *workers, enum ts_flavour flavour,
                           const struct ts_debug_request *debug, int64_t hang_ms, struct ts_diag *diag)
{
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return ts_fail_errno(diag, errno, "write gdb script", path);
    }
    fprintf(out,
            "set pagination off\nset confirm off\nset breakpoint pending on\n"
            "directory %s/..\n%s" /* sources are named relative to the checkout, which holds the build */
            "set $tickstorm_lives = 0\nset $tickstorm_lives_max = %u\n"
            "set $tickstorm_came = 0\nset $tickstorm_code = 4\n"
            "define tickstorm_stopped\n",
            workers, stops[flavour], debug->lives);
    write_echo(
        out, "tickstorm: gdb stops at the first report or signal of a life, which may be of another finding");
    write_echo(out, "tickstorm: than the one that was asked for, which is");
    write_echo(out, debug->wanted);
    fprintf(out,
            "end\ndefine tickstorm_hangs\n"
            "  echo tickstorm: interrupted, by you or after %" PRId64
            " ms without progress; all its threads:\\n\n"
            "  thread apply all backtrace\n"
            "end\n%s",
            hang_ms, script_text);
    bool failed = ferror(out) != 0;
    return fclose(out) != 0 || failed ? ts_fail_errno(diag, errno, "write gdb script", path) : TS_OK;
}

/* LeakSanitizer cannot look for leaks in a process that is traced. */
static void switch_off_leaks(char **environment)
{
    for (char **variable = environment; *variable != NULL; variable++) {
        char *changed;
        if (strncmp(*variable, "ASAN_OPTIONS=", strlen("ASAN_OPTIONS=")) == 0 &&
            asprintf(&changed, "%s:detect_leaks=0", *variable) > 0) {
            free(*variable);
            *variable = changed;
        }
    }
}

static ts_err prepare(struct ts_run_context *context, struct ts_diag *diag)
{
    const struct ts_run_request *request = context->request;
    struct ts_recording_counts counts;
    struct ts_board *board;
    ts_err error = ts_run_workers(context->request, context->workers, sizeof context->workers, diag);
    if (error == TS_OK) {
        error = ts_run_folder_create(&context->folder, request->out, diag);
    }
    if (error == TS_OK) {
        error = ts_run_folder_scratch(&context->folder, diag);
    }
    if (error == TS_OK && request->tape != NULL) {
        error = ts_recording_convert(request->tape, context->folder.ticks, &counts, NULL, NULL, diag);
    }
    if (error == TS_OK) {
        error = ts_board_create(context->folder.board, &board, diag);
    }
    if (error == TS_OK) {
        ts_board_unmap(board);
        context->environment = ts_worker_environment_create();
        error = context->environment != NULL
                    ? TS_OK
                    : ts_fail(diag, TS_NO_MEMORY, "start gdb", "", "no memory for its environment");
    }
    return error;
}

static char *const gdb_arguments[] = {"gdb", "-q", "-nx", "-x", NULL, "-ex", "tickstorm_end", "--args"};

ts_err ts_supervisor_debug(const struct ts_run_request *request, const struct ts_debug_request *debug,
                           struct ts_diag *diag)
{
    static struct ts_run_context context; /* too large for a stack */
    static struct ts_worker_arguments worker;
    static char *arguments[TS_WORKER_ARGUMENTS_MAX + sizeof gdb_arguments / sizeof *gdb_arguments];
    const struct ts_cell *cell = &request->plan->cells[0];
    char script[PATH_MAX + 16];
    int64_t hang_ms = cell->hang_ms > 0 ? cell->hang_ms : request->hang_ms;
    size_t count = 0;
    context = (struct ts_run_context){.request = request, .record = {.file = -1}};
    ts_err error = prepare(&context, diag);
    snprintf(script, sizeof script, "%s/gdb.script", context.folder.path);
    if (error == TS_OK) {
        error = write_script(script, context.workers, cell->flavour, debug, hang_ms, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    ts_cell_arguments(&context, cell, cell->life_seed, cell->life_ms, "", &worker);
    for (; count < sizeof gdb_arguments / sizeof *gdb_arguments; count++) {
        arguments[count] = gdb_arguments[count] != NULL ? gdb_arguments[count] : script;
    }
    memcpy(arguments + count, worker.list, worker.count * sizeof *worker.list);
    switch_off_leaks(context.environment);
    ts_debug_watch_start(&(struct ts_debug_watch){.gdb = getpid(),
                                                  .worker = worker.worker,
                                                  .board = context.folder.board,
                                                  .for_ms = cell->life_ms,
                                                  .hang_ms = hang_ms});
    execvpe(arguments[0], arguments, context.environment);
    return ts_fail_errno(diag, errno, "start gdb", "gdb");
}

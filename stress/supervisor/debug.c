#include "supervisor/cell_run.h"

#include "supervisor/environment.h"
#include "tape/recording.h"
#include "worker/board.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where each flavour tells of a finding; signals stop gdb by themselves. */
static const char *const stops[TS_FLAVOUR_COUNT] = {
    [TS_FLAVOUR_PLAIN] = "",
    [TS_FLAVOUR_ASAN] = "break __asan_on_error\nbreak __ubsan_on_report\n",
    [TS_FLAVOUR_TSAN] = "break __tsan_on_report\n",
};

/* A life that ended leaves no thread behind: then the next one. */
static ts_err write_script(const char *path, const char *workers, enum ts_flavour flavour, unsigned tries,
                           struct ts_diag *diag)
{
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return ts_fail_errno(diag, errno, "write gdb script", path);
    }
    fprintf(out,
            "set pagination off\nset confirm off\nset breakpoint pending on\n"
            "directory %s/..\n%s" /* sources are named relative to the checkout, which holds the build */
            "set $tickstorm_tries = 0\n"
            "while $tickstorm_tries < %u\n"
            "  run\n"
            "  set $tickstorm_tries = $tickstorm_tries + 1\n"
            "  if $_thread != 0\n    loop_break\n  end\n"
            "end\n"
            "printf \"tickstorm: %%d of at most %u lives were run\\n\", $tickstorm_tries\n"
            "if $_thread == 0\n  printf \"tickstorm: the finding did not come again\\n\"\nend\n",
            workers, stops[flavour], tries, tries);
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

ts_err ts_supervisor_debug(const struct ts_run_request *request, unsigned tries, struct ts_diag *diag)
{
    static struct ts_run_context context; /* too large for a stack */
    static struct ts_worker_arguments worker;
    static char *arguments[TS_WORKER_ARGUMENTS_MAX + 8];
    const struct ts_cell *cell = &request->plan->cells[0];
    char script[PATH_MAX + 16];
    size_t count = 0;
    context = (struct ts_run_context){.request = request, .record = {.file = -1}};
    ts_err error = prepare(&context, diag);
    snprintf(script, sizeof script, "%s/gdb.script", context.folder.path);
    if (error == TS_OK) {
        error = write_script(script, context.workers, cell->flavour, tries, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    ts_cell_arguments(&context, cell, cell->life_seed, cell->life_ms, "", &worker);
    static char gdb[] = "gdb", quiet[] = "-q", no_init[] = "-nx", read_script[] = "-x", program[] = "--args";
    char *const head[] = {gdb, quiet, no_init, read_script, script, program};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
        arguments[count++] = head[i];
    }
    memcpy(arguments + count, worker.list, worker.count * sizeof *worker.list);
    switch_off_leaks(context.environment);
    execvpe(gdb, arguments, context.environment);
    return ts_fail_errno(diag, errno, "start gdb", "gdb");
}

#include "hang/hang.h"

#include "base/clock.h"
#include "hang/sample.h"
#include "hang/stacks.h"
#include "hang/waits.h"
#include "hang/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SAMPLE_NS (200 * TS_NS_PER_MS)

static ts_err make(pid_t pid, const struct ts_hang_sample *sample, struct ts_hang **out, struct ts_diag *diag)
{
    char path[64];
    bool tellable = true;
    struct ts_hang *hang = calloc(1, sizeof *hang);
    if (hang == NULL) {
        goto no_memory;
    }
    hang->threads = calloc(sample->count, sizeof *hang->threads);
    hang->cycle = calloc(sample->count, sizeof *hang->cycle);
    hang->defining = calloc(sample->count + 1, sizeof *hang->defining);
    if (hang->threads == NULL || hang->cycle == NULL || hang->defining == NULL) {
        goto no_memory;
    }
    hang->pid = pid;
    hang->thread_count = sample->count;
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    /* Unreadable: frames of the program then have no module. */
    ssize_t length = readlink(path, hang->program, sizeof hang->program - 1);
    hang->program[length > 0 ? length : 0] = '\0';
    for (size_t i = 0; i < sample->count; i++) {
        const struct ts_hang_look *look = &sample->looks[i];
        struct ts_hang_thread *thread = &hang->threads[i];
        thread->tid = look->tid;
        thread->state = look->state;
        thread->waits_for = "";
        thread->waits_for_address = look->syscall == SYS_futex ? look->arguments[0] : 0;
        snprintf(thread->name, sizeof thread->name, "%s", look->tid == pid ? "main" : look->name);
        tellable = tellable && (look->syscall_readable || strchr("ZX", look->state) != NULL);
    }
    if (!tellable) {
        snprintf(hang->note, sizeof hang->note, "no right to read the system calls of the process");
    }
    *out = hang;
    return TS_OK;
no_memory:
    ts_hang_free(hang);
    return ts_fail_errno(diag, ENOMEM, "analyse a hang", "");
}

static void choose_defining(struct ts_hang *hang)
{
    size_t first = 0;
    if (hang->cycle_count > 0) {
        for (size_t i = 0; i < hang->cycle_count; i++) {
            hang->defining[hang->defining_count++] = hang->threads[hang->cycle[i]].stack;
        }
        return;
    }
    while (first + 1 < hang->thread_count && hang->threads[first].tid != hang->pid) {
        first++;
    }
    size_t last = first;
    for (size_t next = ts_hang_next(hang, last); next != TS_HANG_NOBODY; next = ts_hang_next(hang, last)) {
        last = next;
    }
    hang->defining[hang->defining_count++] = hang->threads[first].stack;
    if (last != first) {
        hang->defining[hang->defining_count++] = hang->threads[last].stack;
    }
}

ts_err ts_hang_analyse(pid_t pid, struct ts_hang **out, struct ts_diag *diag)
{
    struct ts_hang_sample before = {0}, after = {0};
    struct ts_hang *hang = NULL;
    ts_err err = ts_hang_sample_take(pid, &before, diag);
    if (err != TS_OK) {
        goto cleanup;
    }
    ts_sleep_ns(SAMPLE_NS);
    err = ts_hang_sample_take(pid, &after, diag);
    err = err == TS_OK ? make(pid, &after, &hang, diag) : err;
    err = err == TS_OK ? ts_hang_stacks_take(hang, diag) : err;
    if (err != TS_OK) {
        goto cleanup;
    }
    ts_hang_judge(hang, &before, &after);
    ts_hang_find_cycle(hang);
    ts_hang_put_into_words(hang);
    choose_defining(hang);
    *out = hang;
    hang = NULL;
cleanup:
    ts_hang_free(hang);
    ts_hang_sample_fini(&after);
    ts_hang_sample_fini(&before);
    return err;
}

void ts_hang_free(struct ts_hang *hang)
{
    if (hang == NULL) {
        return;
    }
    for (size_t i = 0; i < hang->thread_count; i++) {
        free(hang->threads[i].stack.frames);
    }
    free(hang->threads);
    free(hang->cycle);
    free(hang->defining);
    free(hang->gdb_text);
    free(hang->maps_text);
    free(hang);
}

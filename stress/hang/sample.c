#include "hang/sample.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static bool read_line(pid_t pid, pid_t tid, const char *name, char *text, size_t size)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, text, size - 1);
    if (file >= 0) {
        close(file);
    }
    text[got > 0 ? got : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return got > 0;
}

static void read_futex(pid_t pid, struct ts_hang_look *look)
{
    struct iovec here = {look->words, sizeof look->words};
    struct iovec there = {(void *)(uintptr_t)look->arguments[0], sizeof look->words};
    /* An object at the end of its mapping gives fewer bytes; the words beyond stay 0. */
    look->words_known = process_vm_readv(pid, &here, 1, &there, 1, 0) >= (ssize_t)sizeof look->words[0];
}

static bool look_at(pid_t pid, pid_t tid, struct ts_hang_look *look)
{
    char text[512];
    *look = (struct ts_hang_look){.tid = tid, .syscall = -1};
    if (!read_line(pid, tid, "stat", text, sizeof text)) {
        return false;
    }
    /* The state follows the last parenthesis: a name may hold some itself. */
    const char *bracket = strrchr(text, ')');
    look->state = bracket != NULL && bracket[1] == ' ' ? bracket[2] : '?';
    read_line(pid, tid, "comm", look->name, sizeof look->name);
    if (read_line(pid, tid, "schedstat", text, sizeof text)) {
        sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64, &look->run_ns, &look->queue_ns, &look->slices);
    }
    look->syscall_readable = read_line(pid, tid, "syscall", text, sizeof text);
    if (look->syscall_readable &&
        sscanf(text, "%" SCNd64 " %" SCNx64 " %" SCNx64 " %" SCNx64, &look->syscall, &look->arguments[0],
               &look->arguments[1], &look->arguments[2]) != 4) {
        look->syscall = -1; /* "running" */
    }
    read_line(pid, tid, "wchan", look->waits_in, sizeof look->waits_in);
    if (strcmp(look->waits_in, "0") == 0) {
        look->waits_in[0] = '\0';
    }
    if (look->syscall == SYS_futex) {
        read_futex(pid, look);
    }
    return true;
}

ts_err ts_hang_sample_take(pid_t pid, struct ts_hang_sample *sample, struct ts_diag *diag)
{
    char folder[64];
    size_t capacity = 0;
    ts_err err = TS_OK;
    *sample = (struct ts_hang_sample){.at_ns = ts_clock_ns()};
    snprintf(folder, sizeof folder, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(folder);
    if (tasks == NULL) {
        return ts_fail_errno(diag, errno, "look at the threads", folder);
    }
    for (struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
        pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (tid <= 0) {
            continue;
        }
        if (sample->count == capacity) {
            capacity = capacity == 0 ? 16 : capacity * 2;
            struct ts_hang_look *more = realloc(sample->looks, capacity * sizeof *more);
            if (more == NULL) {
                err = ts_fail_errno(diag, ENOMEM, "look at the threads", folder);
                break;
            }
            sample->looks = more;
        }
        sample->count += look_at(pid, tid, &sample->looks[sample->count]) ? 1 : 0;
    }
    closedir(tasks);
    if (err == TS_OK && sample->count == 0) {
        err = ts_fail(diag, TS_NOT_FOUND, "look at the threads", folder, "the process has ended");
    }
    if (err != TS_OK) {
        ts_hang_sample_fini(sample);
    }
    return err;
}

void ts_hang_sample_fini(struct ts_hang_sample *sample)
{
    free(sample->looks);
    *sample = (struct ts_hang_sample){0};
}

const struct ts_hang_look *ts_hang_sample_find(const struct ts_hang_sample *sample, pid_t tid)
{
    for (size_t i = 0; i < sample->count; i++) {
        if (sample->looks[i].tid == tid) {
            return &sample->looks[i];
        }
    }
    return NULL;
}

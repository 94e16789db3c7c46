#include "supervisor/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define US_PER_S 1000000

/* Of every process that was waited for; one life at a time makes the difference the life's own. */
static int64_t children_us(void)
{
    struct rusage all;
    if (getrusage(RUSAGE_CHILDREN, &all) != 0) {
        return TS_RECORD_NONE;
    }
    return ((int64_t)all.ru_utime.tv_sec + all.ru_stime.tv_sec) * US_PER_S + all.ru_utime.tv_usec +
           all.ru_stime.tv_usec;
}

void ts_usage_begin(struct ts_usage *usage)
{
    usage->sample_count = 0;
    usage->stride = 1;
    usage->looks = 0;
    usage->peak_rss_bytes = TS_RECORD_NONE;
    usage->cpu_ms = TS_RECORD_NONE;
    usage->cpu_begun_us = children_us();
}

void ts_usage_end(struct ts_usage *usage)
{
    int64_t now_us = children_us();
    if (now_us >= 0 && usage->cpu_begun_us >= 0) {
        usage->cpu_ms = (now_us - usage->cpu_begun_us) / 1000;
    }
}

/* The number behind `name` in the process's status; TS_RECORD_NONE. */
static int64_t status_number(const char *status, const char *name)
{
    const char *at = strstr(status, name);
    return at == NULL ? TS_RECORD_NONE : strtoll(at + strlen(name), NULL, 10);
}

static int64_t kib_to_bytes(int64_t kib)
{
    return kib < 0 ? TS_RECORD_NONE : kib * 1024;
}

static int64_t descriptors(pid_t pid)
{
    char path[64];
    int64_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return TS_RECORD_NONE;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

/* The counters are read one by one while they grow: a difference may be off by what came meanwhile. */
static int64_t on_the_way(const struct ts_board *board)
{
    int64_t ended = (int64_t)(ts_board_get(board, TS_COUNTER_results_executed) +
                              ts_board_get(board, TS_COUNTER_results_dropped) +
                              ts_board_get(board, TS_COUNTER_results_rejected) +
                              ts_board_get(board, TS_COUNTER_results_pending));
    int64_t left = (int64_t)ts_board_get(board, TS_COUNTER_results_offered) - ended;
    return left > 0 ? left : 0;
}

static void halve(struct ts_usage *usage)
{
    usage->sample_count /= 2;
    usage->stride *= 2;
    for (size_t i = 1; i < usage->sample_count; i++) {
        usage->samples[i] = usage->samples[2 * i];
    }
}

void ts_usage_look(struct ts_usage *usage, pid_t pid, const struct ts_board *board, int64_t at_ms)
{
    char path[64], status[4096];
    if (usage->looks++ % usage->stride != 0) {
        return;
    }
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, status, sizeof status - 1);
    if (file >= 0) {
        close(file);
    }
    status[got > 0 ? got : 0] = '\0';
    int64_t rss_bytes = kib_to_bytes(status_number(status, "VmRSS:"));
    if (rss_bytes < 0) {
        return; /* it is a zombie: there is nothing to see */
    }
    usage->peak_rss_bytes = kib_to_bytes(status_number(status, "VmHWM:"));
    if (usage->sample_count == TS_USAGE_SAMPLES) {
        halve(usage);
    }
    usage->samples[usage->sample_count++] = (struct ts_record_sample){
        .at_ms = at_ms,
        .rss_bytes = rss_bytes,
        .fds = descriptors(pid),
        .threads = status_number(status, "Threads:"),
        .on_the_way = on_the_way(board),
    };
}

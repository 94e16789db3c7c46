#include "supervisor/torment.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIST_EVERY_NS (10 * TS_NS_PER_MS)
#define BURST_MAX     64 /* signals at a time: what a supervisor that was late leaves out */
#define HOG_SPARE_S   5

/* Half as much to half as much again. */
static uint64_t about_ms(struct ts_torment *torment, uint64_t ns)
{
    uint64_t drawn = ns / 2 + ts_random_below(&torment->random, ns + 1);
    return drawn < (uint64_t)TS_NS_PER_MS ? 1 : drawn / (uint64_t)TS_NS_PER_MS;
}

static bool worker_is_ready(const struct ts_torment *torment)
{
    uint32_t phase = atomic_load_explicit(&torment->board->phase, memory_order_acquire); /* READY acquire */
    return phase == TS_BOARD_STARTING || phase == TS_BOARD_RUNNING || phase == TS_BOARD_CHECKING;
}

static void note_pause(struct ts_torment *torment)
{
    int64_t now_ns = ts_clock_ns();
    if (torment->stopped) {
        torment->paused_ns += now_ns - torment->stopped_ns;
    }
    torment->stopped_ns = now_ns;
}

static void go_on(struct ts_torment *torment)
{
    if (torment->stopped) {
        note_pause(torment);
        torment->stopped = false;
        kill(-torment->worker, SIGCONT);
    }
}

static void on_stop(uv_timer_t *timer)
{
    struct ts_torment *torment = timer->data;
    uint64_t next_ns = torment->faults.stop_every_ns;
    if (torment->stopped) {
        go_on(torment);
    } else if (worker_is_ready(torment) && kill(-torment->worker, SIGSTOP) == 0) {
        note_pause(torment);
        torment->stopped = true;
        torment->counts.stops++;
        next_ns = torment->faults.stop_ns;
    }
    uv_timer_start(timer, on_stop, about_ms(torment, next_ns), 0);
}

static void list_threads(struct ts_torment *torment)
{
    char path[64];
    int64_t now_ns = ts_clock_ns();
    if (torment->thread_count > 0 && now_ns - torment->listed_ns < LIST_EVERY_NS) {
        return;
    }
    torment->listed_ns = now_ns;
    torment->thread_count = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)torment->worker);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        long thread = strtol(entry->d_name, NULL, 10);
        if (thread > 0 && torment->thread_count < TS_TORMENT_THREADS) {
            torment->threads[torment->thread_count++] = (pid_t)thread;
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

static void on_storm(uv_timer_t *timer)
{
    struct ts_torment *torment = timer->data;
    int64_t now_ns = ts_clock_ns(), period_ns = TS_NS_PER_S / torment->faults.storm_hz;
    int64_t due = (now_ns - torment->stormed_ns) / period_ns;
    torment->stormed_ns += due * period_ns;
    if (!worker_is_ready(torment)) {
        return;
    }
    list_threads(torment);
    for (int64_t i = 0; i < due && i < BURST_MAX && torment->thread_count > 0; i++) {
        pid_t thread = torment->threads[ts_random_below(&torment->random, torment->thread_count)];
        torment->counts.signals +=
            syscall(SYS_tgkill, torment->worker, thread, TS_PROCESS_SIGNAL) == 0; /* it may just have ended */
    }
}

/* The nth of the processors that we may use, ours and so the worker's. */
static bool processor(struct ts_torment *torment, cpu_set_t *chosen)
{
    cpu_set_t ours;
    if (sched_getaffinity(0, sizeof ours, &ours) != 0 || CPU_COUNT(&ours) < 2) {
        return false;
    }
    uint64_t nth = ts_random_below(&torment->random, (uint64_t)CPU_COUNT(&ours));
    CPU_ZERO(chosen);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &ours) && nth-- == 0) {
            CPU_SET(i, chosen);
            return true;
        }
    }
    return false;
}

static void on_migrate(uv_timer_t *timer)
{
    struct ts_torment *torment = timer->data;
    cpu_set_t there;
    if (worker_is_ready(torment)) {
        torment->thread_count = 0; /* all of them, now */
        list_threads(torment);
        for (size_t i = 0; i < torment->thread_count; i++) {
            torment->counts.moves += processor(torment, &there) &&
                                     sched_setaffinity(torment->threads[i], sizeof there, &there) == 0;
        }
    }
    uv_timer_start(timer, on_migrate, about_ms(torment, torment->faults.migrate_ns), 0);
}

_Noreturn static void spin(pid_t supervisor, int64_t life_ms)
{
    struct rlimit limit = {.rlim_cur = (rlim_t)(life_ms / 1000) + HOG_SPARE_S,
                           .rlim_max = (rlim_t)(life_ms / 1000) + HOG_SPARE_S};
    setrlimit(RLIMIT_CPU, &limit);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN); /* of a terminal: the supervisor ends us */
    syscall(SYS_close_range, 3u, ~0u, 0u);
    while (getppid() == supervisor) {
        for (uint64_t i = 0; i < UINT64_C(1) << 24; i++) {
            __asm__ __volatile__("");
        }
    }
    _exit(0);
}

static void start_hogs(struct ts_torment *torment, int64_t life_ms)
{
    pid_t supervisor = getpid();
    while (torment->counts.hogs < torment->faults.hogs) {
        pid_t hog = fork();
        if (hog == 0) {
            spin(supervisor, life_ms);
        } else if (hog < 0) {
            return;
        }
        torment->hogs[torment->counts.hogs++] = hog;
    }
}

static void start_timer(struct ts_torment *torment, uv_loop_t *loop, uv_timer_t *timer, uv_timer_cb callback,
                        bool wanted, uint64_t first_ms, uint64_t repeat_ms)
{
    uv_timer_init(loop, timer);
    timer->data = torment;
    if (wanted) {
        uv_timer_start(timer, callback, first_ms, repeat_ms);
    }
}

void ts_torment_begin(struct ts_torment *torment, uv_loop_t *loop, const struct ts_process_faults *faults,
                      const struct ts_board *board, pid_t worker, uint64_t seed, int64_t life_ms)
{
    *torment = (struct ts_torment){.board = board, .worker = worker, .random = {.state = seed}};
    if (faults == NULL || !ts_process_faults_any(faults)) {
        return;
    }
    torment->faults = *faults;
    torment->begun = true;
    torment->stormed_ns = ts_clock_ns();
    bool migrates = faults->pin == TS_PIN_MIGRATE;
    start_timer(torment, loop, &torment->stop, on_stop, faults->stop_ns > 0,
                about_ms(torment, faults->stop_every_ns), 0);
    start_timer(torment, loop, &torment->storm, on_storm, faults->storm_hz > 0, 1, 1);
    start_timer(torment, loop, &torment->migrate, on_migrate, migrates, about_ms(torment, faults->migrate_ns),
                0);
    start_hogs(torment, life_ms);
}

int64_t ts_torment_paused_ms(struct ts_torment *torment)
{
    if (!torment->begun) {
        return 0;
    }
    note_pause(torment);
    int64_t paused_ms = torment->paused_ns / TS_NS_PER_MS;
    torment->paused_ns -= paused_ms * TS_NS_PER_MS;
    return paused_ms;
}

void ts_torment_end(struct ts_torment *torment)
{
    if (!torment->begun) {
        return;
    }
    torment->begun = false;
    go_on(torment);
    uv_close((uv_handle_t *)&torment->stop, NULL);
    uv_close((uv_handle_t *)&torment->storm, NULL);
    uv_close((uv_handle_t *)&torment->migrate, NULL);
    for (size_t i = 0; i < torment->counts.hogs; i++) {
        kill(torment->hogs[i], SIGKILL);
        while (waitpid(torment->hogs[i], NULL, 0) < 0 && errno == EINTR) {
        }
    }
}

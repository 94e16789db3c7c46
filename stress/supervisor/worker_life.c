#include "supervisor/worker_life.h"

#include "base/clock.h"
#include "supervisor/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define TICK_MS      50
#define TICK_MAX_MS  1000 /* a longer gap between two ticks means that the supervisor did not run */
#define STOP_WAIT_MS 3000
#define LATE_MS      1000 /* a worker that has lived so much longer than it was to does not know the time */
#define DRAIN_MS     500 /* for the pipe's end after the worker's: a child of it may hold the other side open */

struct watch {
    const struct ts_worker_life_request *request;
    struct ts_worker_life *life;
    uv_loop_t loop;
    uv_process_t process;
    uv_pipe_t output;
    uv_timer_t timer;
    struct ts_torment torment;
    char buffer[16384];
    int64_t started_ns;
    int64_t last_tick_ns;
    int64_t watched_ms;
    int64_t idle_ms;     /* since the heartbeat last grew */
    int64_t stopping_ms; /* since the worker was asked to stop */
    uint64_t heartbeat;
    bool stopping;
    bool exited;
    bool output_open;
};

static void keep(struct ts_worker_life *life, const char *text, size_t size, size_t limit)
{
    size_t room = limit > life->log_size ? limit - life->log_size : 0;
    if (size > room) {
        size = room;
        life->log_cut = true;
    }
    char *grown = size == 0 ? NULL : realloc(life->log, life->log_size + size + 1);
    if (grown == NULL) {
        life->log_cut = life->log_cut || size > 0;
        return;
    }
    memcpy(grown + life->log_size, text, size);
    life->log = grown;
    life->log_size += size;
    life->log[life->log_size] = '\0';
}

static void close_output(struct watch *watch)
{
    if (watch->output_open) {
        watch->output_open = false;
        uv_close((uv_handle_t *)&watch->output, NULL);
    }
    if (watch->exited && !uv_is_closing((uv_handle_t *)&watch->timer)) {
        uv_close((uv_handle_t *)&watch->timer, NULL);
    }
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct watch *watch = handle->data;
    *buffer = uv_buf_init(watch->buffer, sizeof watch->buffer);
}

static void on_output(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct watch *watch = stream->data;
    if (got > 0) {
        ts_words_feed(&watch->life->words, buffer->base, (size_t)got);
        keep(watch->life, buffer->base, (size_t)got, TS_LIFE_LOG_MAX);
    } else if (got < 0) {
        close_output(watch);
    }
}

static void on_drained(uv_timer_t *timer)
{
    close_output(timer->data);
}

static void on_worker_exit(uv_process_t *process, int64_t exit_status, int signal_number)
{
    struct watch *watch = process->data;
    watch->exited = true;
    ts_torment_end(&watch->torment);
    if (signal_number != SIGKILL) {
        watch->life->cause = TS_ENDED_BY_ITSELF; /* it was faster than the kill */
    }
    watch->life->exit_code = (int)exit_status;
    watch->life->signal = signal_number;
    watch->life->duration_ms = (ts_clock_ns() - watch->started_ns) / TS_NS_PER_MS;
    uv_close((uv_handle_t *)process, NULL);
    if (watch->output_open) {
        uv_timer_start(&watch->timer, on_drained, DRAIN_MS, 0);
    } else {
        uv_close((uv_handle_t *)&watch->timer, NULL);
    }
}

/* The whole group: a sanitizer's symbolizer must not outlive its worker. */
static void kill_worker(struct watch *watch, enum ts_ending_cause cause)
{
    watch->life->cause = cause;
    uv_timer_stop(&watch->timer);
    if (kill(-watch->process.pid, SIGKILL) != 0) {
        uv_process_kill(&watch->process, SIGKILL);
    }
}

/* What its threads do is looked at before the kill, and goes to its log. */
static void kill_hung(struct watch *watch, const char *what, int64_t after_ms)
{
    struct ts_worker_life *life = watch->life;
    struct ts_diag diag;
    char line[512], why[400] = "";
    char *text = NULL;
    size_t size = 0;
    ts_torment_end(&watch->torment); /* a stopped process would show nothing */
    if (ts_hang_analyse(watch->process.pid, &life->hang, &diag) == TS_OK) {
        ts_hang_sentence(life->hang, why, sizeof why);
    } else {
        ts_diag_line(&diag, why, sizeof why);
    }
    snprintf(life->hang_detail, sizeof life->hang_detail, "%s %" PRId64 " ms; %s", what, after_ms, why);
    int length = snprintf(line, sizeof line, "\nwatchdog: %s\n", life->hang_detail);
    length = length < (int)sizeof line ? length : (int)sizeof line - 1;
    keep(life, line, (size_t)length, SIZE_MAX);
    FILE *out = life->hang == NULL ? NULL : open_memstream(&text, &size);
    if (out != NULL) {
        ts_hang_write(life->hang, out);
        if (fclose(out) == 0) {
            keep(life, text, size, SIZE_MAX);
        }
        free(text);
    }
    kill_worker(watch, TS_ENDED_FOR_HANG);
}

static void follow_interrupts(struct watch *watch, int64_t delta_ms)
{
    int interrupts = ts_interrupt_count();
    if (interrupts == 0) {
        return;
    }
    if (!watch->stopping) {
        watch->stopping = true;
        ts_torment_end(&watch->torment);
        /* Relaxed: a request that covers no other data. */
        atomic_store_explicit(&watch->request->board->stop_requested, 1, memory_order_relaxed);
    } else {
        watch->stopping_ms += delta_ms;
    }
    if (interrupts > 1 || watch->stopping_ms >= STOP_WAIT_MS) {
        kill_worker(watch, TS_ENDED_FOR_INTERRUPT);
    }
}

static void follow_findings(struct watch *watch)
{
    struct ts_board *board = watch->request->board;
    /* Relaxed: only that there is one matters; the request to stop covers no other data. */
    if (atomic_load_explicit(&board->reports_ready, memory_order_relaxed) != 0 ||
        atomic_load_explicit(&board->violations_claimed, memory_order_relaxed) != 0) {
        atomic_store_explicit(&board->stop_requested, 1, memory_order_relaxed);
    }
}

/* A worker whose clock its faults hold back may never see that its time is up. */
static void follow_time(struct watch *watch)
{
    struct ts_board *board = watch->request->board;
    bool armed = board->faults.armed[TS_PROBE_CALL_CLOCK_BACKWARD] != 0 ||
                 board->faults.armed[TS_PROBE_CALL_CLOCK_FROZEN] != 0;
    if (armed && watch->watched_ms >= watch->request->for_ms + LATE_MS) {
        /* Relaxed: a request that covers no other data. */
        atomic_store_explicit(&board->stop_requested, 1, memory_order_relaxed);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    const struct ts_worker_life_request *request = watch->request;
    int64_t now_ns = ts_clock_ns();
    int64_t delta_ms = (now_ns - watch->last_tick_ns) / TS_NS_PER_MS;
    delta_ms = delta_ms > TICK_MAX_MS ? TICK_MAX_MS : delta_ms;
    delta_ms -= ts_torment_paused_ms(&watch->torment);
    delta_ms = delta_ms < 0 ? 0 : delta_ms;
    watch->last_tick_ns = now_ns;
    watch->watched_ms += delta_ms;
    watch->idle_ms += delta_ms;
    /* Relaxed: only growth matters. */
    uint64_t heartbeat = atomic_load_explicit(&request->board->heartbeat, memory_order_relaxed);
    if (heartbeat != watch->heartbeat) {
        watch->heartbeat = heartbeat;
        watch->idle_ms = 0;
    }
    ts_usage_look(&watch->life->usage, watch->process.pid, request->board,
                  (now_ns - watch->started_ns) / TS_NS_PER_MS);
    if (request->tick != NULL) {
        request->tick(request->board, request->user_data);
    }
    follow_interrupts(watch, delta_ms);
    follow_time(watch);
    if (request->until_finding) {
        follow_findings(watch);
    }
    if (watch->stopping || watch->life->cause != TS_ENDED_BY_ITSELF) {
        return;
    }
    if (watch->idle_ms >= request->hang_ms) {
        kill_hung(watch, "no progress for", watch->idle_ms);
    } else if (watch->watched_ms >= request->for_ms + request->hang_ms) {
        kill_hung(watch, "no end after", watch->watched_ms);
    }
}

static ts_err spawn(struct watch *watch, int output, struct ts_diag *diag)
{
    uv_stdio_container_t streams[3] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = output},
        {.flags = UV_INHERIT_FD, .data.fd = output},
    };
    uv_process_options_t options = {
        .exit_cb = on_worker_exit,
        .file = watch->request->arguments[0],
        .args = watch->request->arguments,
        .env = watch->request->environment,
        .flags = UV_PROCESS_DETACHED,
        .stdio_count = 3,
        .stdio = streams,
    };
    watch->started_ns = ts_clock_ns();
    watch->last_tick_ns = watch->started_ns;
    int status = uv_spawn(&watch->loop, &watch->process, &options);
    return status == 0 ? TS_OK : ts_fail_errno(diag, -status, "start worker", options.file);
}

static void last_line(struct ts_worker_life *life)
{
    size_t end = life->log_size;
    while (end > 0 && (life->log[end - 1] == '\n' || life->log[end - 1] == ' ')) {
        end--;
    }
    size_t start = end;
    while (start > 0 && life->log[start - 1] != '\n') {
        start--;
    }
    ts_snapshot_text(life->last_line, sizeof life->last_line, life->log + start, end - start);
}

ts_err ts_worker_life_run(const struct ts_worker_life_request *request, struct ts_worker_life *life,
                          struct ts_diag *diag)
{
    struct watch watch = {.request = request, .life = life};
    int ends[2];
    memset(life, 0, sizeof *life);
    ts_usage_begin(&life->usage);
    int status = uv_loop_init(&watch.loop);
    if (status != 0) {
        return ts_fail_errno(diag, -status, "start worker", "event loop");
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        int error_number = errno;
        uv_loop_close(&watch.loop);
        return ts_fail_errno(diag, error_number, "start worker", "pipe");
    }
    uv_timer_init(&watch.loop, &watch.timer);
    uv_pipe_init(&watch.loop, &watch.output, 0);
    uv_pipe_open(&watch.output, ends[0]);
    watch.process.data = watch.output.data = watch.timer.data = &watch;
    watch.output_open = true;
    ts_err error = spawn(&watch, ends[1], diag);
    close(ends[1]);
    if (error == TS_OK) {
        uv_read_start((uv_stream_t *)&watch.output, give_buffer, on_output);
        uv_timer_start(&watch.timer, on_tick, TICK_MS, TICK_MS);
        ts_torment_begin(&watch.torment, &watch.loop, request->faults, request->board, watch.process.pid,
                         request->seed, request->for_ms + request->hang_ms);
    } else {
        watch.exited = true;
        uv_close((uv_handle_t *)&watch.process, NULL);
        close_output(&watch);
    }
    uv_run(&watch.loop, UV_RUN_DEFAULT);
    TS_ASSERT(uv_loop_close(&watch.loop) == 0);
    life->torment = watch.torment.counts;
    ts_usage_end(&life->usage);
    if (error == TS_OK) {
        last_line(life);
    }
    return error;
}

void ts_worker_life_fini(struct ts_worker_life *life)
{
    ts_hang_free(life->hang);
    free(life->log);
    life->hang = NULL;
    life->log = NULL;
    life->log_size = 0;
}

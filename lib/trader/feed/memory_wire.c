#include "trader/feed/memory_wire.h"

#include "base/clock.h"
#include "trader/feed/sleeper.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define NEVER INT64_MAX

struct memory_wire {
    struct ts_wire wire;
    struct ts_memory_options options;
    struct ts_memory_source source;
    struct ts_memory_statistics statistics;
    struct ts_sleeper sleeper;
    uint32_t connection;
    int64_t open_due_ns;     /* NEVER when no attempt is under way */
    int64_t snapshot_due_ns; /* NEVER when none is asked for */
    bool open, mute;
    uint32_t refuse; /* attempts */
    bool pending;    /* step is the next one, due at step_due_ns */
    struct ts_memory_step step;
    int64_t step_due_ns;
    bool pinged_back;  /* the reader's ping is to be answered */
    _Atomic int ended; /* release ENDED by service, acquire ENDED by ts_memory_wire_ended */
};

static struct memory_wire *of(struct ts_wire *wire)
{
    return (struct memory_wire *)wire;
}

static void close_wire(struct ts_wire *wire)
{
    struct memory_wire *memory = of(wire);
    memory->open = false;
    memory->mute = false;
    memory->pinged_back = false;
    memory->open_due_ns = NEVER;
    memory->snapshot_due_ns = NEVER;
}

/* A frame that finds no room ends the connection; the inbox has said so to the session. */
static void say(struct memory_wire *memory, enum ts_wire_event_kind kind, const char *text, size_t length)
{
    struct ts_wire_event event = {.kind = kind,
                                  .connection = memory->connection,
                                  .time_ns = ts_clock_ns(),
                                  .text = text,
                                  .length = length};
    if (ts_inbox_push(memory->wire.inbox, &event) != TS_OK) {
        memory->statistics.overruns += memory->open;
        close_wire(&memory->wire);
    }
}

static void hang_up(struct memory_wire *memory, const char *why)
{
    close_wire(&memory->wire);
    memory->statistics.disconnects++;
    say(memory, TS_WIRE_CLOSED, why, strlen(why));
}

static void connect_wire(struct ts_wire *wire, uint32_t connection, const char *path)
{
    struct memory_wire *memory = of(wire);
    (void)path;
    close_wire(wire);
    memory->connection = connection;
    memory->open_due_ns = ts_clock_ns() + memory->options.open_ns;
}

static void ask_snapshot(struct ts_wire *wire, uint32_t connection, const char *path)
{
    struct memory_wire *memory = of(wire);
    (void)path;
    if (memory->open && memory->connection == connection) {
        memory->snapshot_due_ns = ts_clock_ns() + memory->options.open_ns;
    }
}

static void ping(struct ts_wire *wire)
{
    of(wire)->pinged_back = of(wire)->open && !of(wire)->mute;
}

static void open_due(struct memory_wire *memory, int64_t now_ns)
{
    memory->open_due_ns = NEVER;
    if (memory->refuse > 0) {
        memory->refuse--;
        memory->statistics.refused++;
        say(memory, TS_WIRE_CLOSED, "refused", strlen("refused"));
        return;
    }
    memory->open = true;
    memory->statistics.connects++;
    /* The script stood still meanwhile. */
    memory->step_due_ns = memory->pending ? now_ns + memory->step.after_ns : now_ns;
    say(memory, TS_WIRE_OPENED, NULL, 0);
}

static void answer_snapshot(struct memory_wire *memory)
{
    const char *text = NULL;
    size_t length = 0;
    memory->snapshot_due_ns = NEVER;
    if (memory->source.snapshot(memory->source.context, &text, &length)) {
        say(memory, TS_WIRE_SNAPSHOT, text, length);
    } else {
        say(memory, TS_WIRE_SNAPSHOT_FAILED, "HTTP status 503", strlen("HTTP status 503"));
    }
}

static void take_step(struct memory_wire *memory, int64_t now_ns)
{
    const struct ts_memory_step *step = &memory->step;
    int64_t late_ns = now_ns - memory->step_due_ns;
    memory->pending = false;
    switch (step->kind) {
    case TS_MEMORY_FRAME:
        memory->statistics.frames++;
        say(memory, TS_WIRE_FRAME, step->text, step->length);
        break;
    case TS_MEMORY_PING:
        memory->statistics.pings++;
        if (late_ns > memory->options.pong_ns) {
            hang_up(memory, "no pong in time");
        } else {
            memory->statistics.pongs++;
            say(memory, TS_WIRE_HEARD, NULL, 0);
        }
        break;
    case TS_MEMORY_DISCONNECT:
        memory->refuse = step->count;
        hang_up(memory, "going away");
        break;
    case TS_MEMORY_MUTE:
        memory->mute = true;
        memory->statistics.muted++;
        break;
    }
}

static bool fetch_step(struct memory_wire *memory)
{
    if (memory->pending || atomic_load_explicit(&memory->ended, memory_order_relaxed) != 0) { /* own store */
        return memory->pending;
    }
    memory->pending = memory->source.next(memory->source.context, &memory->step);
    if (memory->pending) {
        memory->step_due_ns += memory->step.after_ns;
    } else {
        atomic_store_explicit(&memory->ended, 1, memory_order_release); /* release ENDED */
    }
    return memory->pending;
}

/* Does what is due. Returns when the next is. */
static int64_t advance(struct memory_wire *memory)
{
    int64_t now_ns = ts_clock_ns();
    if (now_ns >= memory->open_due_ns) {
        open_due(memory, now_ns);
    }
    for (uint32_t i = 0; i < memory->options.batch_most && memory->open && !memory->mute; i++) {
        if (memory->pinged_back) {
            memory->pinged_back = false;
            say(memory, TS_WIRE_HEARD, NULL, 0);
        }
        if (now_ns >= memory->snapshot_due_ns) {
            answer_snapshot(memory);
        }
        if (!fetch_step(memory) || now_ns < memory->step_due_ns) {
            break;
        }
        take_step(memory, now_ns);
    }
    int64_t due_ns = memory->open_due_ns;
    if (memory->open && !memory->mute) {
        due_ns = memory->pending && memory->step_due_ns < due_ns ? memory->step_due_ns : due_ns;
        due_ns = memory->snapshot_due_ns < due_ns ? memory->snapshot_due_ns : due_ns;
    }
    return due_ns;
}

static void service(struct ts_wire *wire, int64_t until_ns)
{
    struct memory_wire *memory = of(wire);
    size_t before = wire->inbox->count;
    int64_t due_ns = advance(memory);
    if (wire->inbox->count == before && until_ns > ts_clock_ns()) {
        ts_sleeper_sleep(&memory->sleeper, due_ns < until_ns ? due_ns : until_ns);
        advance(memory);
    }
}

static void wake(struct ts_wire *wire)
{
    ts_sleeper_wake(&of(wire)->sleeper);
}

static void destroy(struct ts_wire *wire)
{
    ts_sleeper_fini(&of(wire)->sleeper);
    free(wire);
}

ts_err ts_memory_wire_create(const struct ts_memory_options *options, const struct ts_memory_source *source,
                             struct ts_wire **wire, struct ts_diag *diag)
{
    static const struct ts_wire_operations operations = {
        .connect = connect_wire,
        .ask_snapshot = ask_snapshot,
        .ping = ping,
        .close = close_wire,
        .service = service,
        .wake = wake,
        .destroy = destroy,
    };
    if (options->open_ns < 0 || options->pong_ns <= 0 || options->batch_most == 0) {
        return ts_fail(diag, TS_INVALID, "create memory wire", "feed", "a bound is not above 0");
    }
    struct memory_wire *memory = calloc(1, sizeof *memory);
    if (memory == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create memory wire", "feed", "no memory");
    }
    memory->options = *options;
    memory->source = *source;
    memory->wire.operations = &operations;
    close_wire(&memory->wire);
    ts_err err = ts_sleeper_init(&memory->sleeper, diag);
    if (err != TS_OK) {
        free(memory);
        return err;
    }
    *wire = &memory->wire;
    return TS_OK;
}

bool ts_memory_wire_ended(const struct ts_wire *wire)
{
    const struct memory_wire *memory = (const struct memory_wire *)wire;
    return atomic_load_explicit(&memory->ended, memory_order_acquire) != 0; /* acquire ENDED */
}

struct ts_memory_statistics ts_memory_wire_statistics(const struct ts_wire *wire)
{
    return ((const struct memory_wire *)wire)->statistics;
}

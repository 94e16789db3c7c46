#include "tape/recording.h"

#include "market/book.h"
#include "market/sequence.h"
#include "tape/gz_lines.h"
#include "tape/recording_line.h"
#include "tape/source_kind.h"
#include "tape/tick_file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_LINES 4096

static const char operation[] = "convert recording";

struct conversion {
    const char *path;
    struct ts_recording_counts *counts;
    struct ts_diag *diag;
    struct ts_tick_writer *writer; /* NULL when it only counts */
    struct ts_book book;
    bool synced; /* the book holds a snapshot */
    struct ts_sequence sequence;
    bool identified; /* the two members below are known */
    bool futures;
    char symbol[WINGCHUN_SYMBOL_SIZE];
    struct ts_message *waiting; /* diffs that came before the snapshot, in order */
    size_t waiting_count;
    size_t waiting_capacity;
};

static ts_err emit(struct conversion *conversion, struct ts_tick *tick)
{
    ts_tick_counts_add(&conversion->counts->ticks, tick->type);
    if (conversion->writer == NULL) {
        return TS_OK;
    }
    return ts_tick_writer_append(conversion->writer, tick, conversion->diag);
}

/* The book as it stands, at a receive time of its own: a waiting diff becomes known with the snapshot. */
static ts_err emit_depth(struct conversion *conversion, int64_t receive_ns, int64_t event_ns)
{
    struct ts_tick tick = {.receive_ns = receive_ns, .type = WINGCHUN_DEPTH, .size = sizeof tick.data.depth};
    struct wingchun_depth *depth = &tick.data.depth;
    memset(depth, 0, sizeof *depth);
    memcpy(depth->source_id, "binance", sizeof "binance");
    memcpy(depth->symbol, conversion->symbol, sizeof depth->symbol);
    memcpy(depth->exchange_id, "binance", sizeof "binance");
    depth->data_time_ns = event_ns;
    depth->instrument_type = conversion->futures ? WINGCHUN_FFUTURE : WINGCHUN_SPOT;
    ts_book_top(&conversion->book, depth);
    conversion->counts->crossed_books += ts_book_crossed(&conversion->book);
    return emit(conversion, &tick);
}

static ts_err change_book(struct conversion *conversion, const struct ts_message *message)
{
    if (ts_book_apply(&conversion->book, message->changes, message->change_count) != TS_OK) {
        return ts_fail(conversion->diag, TS_NO_MEMORY, operation, conversion->path, "no memory for the book");
    }
    return TS_OK;
}

static ts_err apply_diff(struct conversion *conversion, const struct ts_message *diff, int64_t receive_ns)
{
    enum ts_sequence_place place = ts_sequence_place(&conversion->sequence, diff);
    if (place == TS_SEQUENCE_STALE) {
        conversion->counts->depth_stale++;
        return TS_OK;
    }
    conversion->counts->sequence_gaps += place == TS_SEQUENCE_GAP;
    conversion->counts->depth_applied++;
    ts_sequence_advance(&conversion->sequence, diff);
    ts_err err = change_book(conversion, diff);
    return err == TS_OK ? emit_depth(conversion, receive_ns, diff->event_ns) : err;
}

/* Moves the diff out of the message, which is empty afterwards. */
static ts_err keep_waiting(struct conversion *conversion, struct ts_message *diff)
{
    if (conversion->waiting_count == conversion->waiting_capacity) {
        size_t capacity = conversion->waiting_capacity > 0 ? 2 * conversion->waiting_capacity : 64;
        struct ts_message *waiting = realloc(conversion->waiting, capacity * sizeof *waiting);
        if (waiting == NULL) {
            return ts_fail(conversion->diag, TS_NO_MEMORY, operation, conversion->path,
                           "%zu diffs before a snapshot", conversion->waiting_count);
        }
        conversion->waiting = waiting;
        conversion->waiting_capacity = capacity;
    }
    conversion->waiting[conversion->waiting_count++] = *diff;
    *diff = (struct ts_message){0};
    return TS_OK;
}

static void drop_waiting(struct conversion *conversion)
{
    for (size_t i = 0; i < conversion->waiting_count; i++) {
        ts_message_fini(&conversion->waiting[i]);
    }
    conversion->waiting_count = 0;
}

static ts_err take_snapshot(struct conversion *conversion, const struct ts_message *snapshot)
{
    conversion->counts->snapshots++;
    if (!conversion->identified) {
        return ts_fail(conversion->diag, TS_MALFORMED, operation, conversion->path,
                       "a snapshot before any event that names its symbol");
    }
    if (conversion->synced && snapshot->last_id <= conversion->sequence.last_id) {
        return TS_OK; /* the book is newer */
    }
    ts_book_clear(&conversion->book);
    conversion->synced = true;
    ts_sequence_begin(&conversion->sequence, snapshot->last_id);
    ts_err err = change_book(conversion, snapshot);
    if (err == TS_OK) {
        err = emit_depth(conversion, snapshot->receive_ns, snapshot->event_ns);
    }
    for (size_t i = 0; i < conversion->waiting_count && err == TS_OK; i++) {
        err = apply_diff(conversion, &conversion->waiting[i], snapshot->receive_ns);
    }
    drop_waiting(conversion);
    return err;
}

/* A snapshot names no symbol, so a recording can only hold one. */
static ts_err check_identity(struct conversion *conversion, const struct ts_message *message)
{
    if (!conversion->identified) {
        memcpy(conversion->symbol, message->symbol, sizeof conversion->symbol);
        conversion->futures = message->futures;
        conversion->identified = true;
        return TS_OK;
    }
    if (memcmp(conversion->symbol, message->symbol, sizeof conversion->symbol) != 0) {
        return ts_fail(conversion->diag, TS_MALFORMED, operation, conversion->path,
                       "symbol %.32s in a recording of %.32s", message->symbol, conversion->symbol);
    }
    if (conversion->futures != message->futures) {
        return ts_fail(conversion->diag, TS_MALFORMED, operation, conversion->path,
                       "a %s event in a recording of %s", message->futures ? "futures" : "spot",
                       conversion->futures ? "futures" : "spot");
    }
    return TS_OK;
}

static ts_err take_event(struct conversion *conversion, struct ts_message *message)
{
    struct ts_recording_counts *counts = conversion->counts;
    struct ts_tick tick = {.receive_ns = message->receive_ns};
    ts_err err = check_identity(conversion, message);
    if (err != TS_OK) {
        return err;
    }
    switch (message->kind) {
    case TS_MESSAGE_TICKER:
        counts->book_tickers++;
        tick.type = WINGCHUN_TICKER;
        tick.size = sizeof tick.data.ticker;
        tick.data.ticker = message->ticker;
        return emit(conversion, &tick);
    case TS_MESSAGE_TRADE:
        counts->trades++;
        tick.type = WINGCHUN_TRADE;
        tick.size = sizeof tick.data.trade;
        tick.data.trade = message->trade;
        return emit(conversion, &tick);
    default:
        counts->depth_diffs++;
        if (conversion->synced) {
            return apply_diff(conversion, message, message->receive_ns);
        }
        return keep_waiting(conversion, message);
    }
}

static ts_err take_line(struct conversion *conversion, struct ts_message *message, const char *line,
                        size_t length)
{
    struct ts_recording_counts *counts = conversion->counts;
    ts_err err = ts_recording_line_parse(message, line, length, conversion->path, conversion->diag);
    if (err != TS_OK) {
        return err;
    }
    if (message->receive_ns < counts->last_receive_ns) {
        return ts_fail(conversion->diag, TS_MALFORMED, operation, conversion->path,
                       "receive time %lld is before %lld", (long long)message->receive_ns,
                       (long long)counts->last_receive_ns);
    }
    if (counts->lines == 0) {
        counts->first_receive_ns = message->receive_ns;
    }
    counts->last_receive_ns = message->receive_ns;
    return message->kind == TS_MESSAGE_SNAPSHOT ? take_snapshot(conversion, message)
                                                : take_event(conversion, message);
}

static ts_err take_lines(struct conversion *conversion, struct ts_gz_lines *lines,
                         ts_recording_progress progress, void *user_data)
{
    struct ts_recording_counts *counts = conversion->counts;
    struct ts_message message = {0};
    char *line = NULL;
    size_t length = 0;
    ts_err err;
    while ((err = ts_gz_lines_next(lines, &line, &length, conversion->diag)) == TS_OK) {
        err = take_line(conversion, &message, line, length);
        if (err != TS_OK) {
            ts_diag_context(conversion->diag, "line %llu", (unsigned long long)counts->lines + 1);
            goto cleanup;
        }
        counts->lines++;
        if (progress != NULL && counts->lines % PROGRESS_LINES == 0) {
            progress(ts_gz_lines_read_bytes(lines), ts_gz_lines_total_bytes(lines), user_data);
        }
    }
    if (err != TS_END) {
        ts_diag_context(conversion->diag, "after line %llu", (unsigned long long)counts->lines);
        goto cleanup;
    }
    if (progress != NULL) {
        progress(ts_gz_lines_total_bytes(lines), ts_gz_lines_total_bytes(lines), user_data);
    }
    err = TS_OK;
cleanup:
    ts_message_fini(&message);
    return err;
}

static ts_err check_whole(const struct conversion *conversion)
{
    const struct ts_tick_counts *ticks = &conversion->counts->ticks;
    if (conversion->counts->lines == 0) {
        return ts_fail(conversion->diag, TS_MALFORMED, operation, conversion->path, "holds no line");
    }
    if (ticks->depth + ticks->ticker + ticks->trade == 0) {
        return ts_fail(conversion->diag, TS_MALFORMED, operation, conversion->path,
                       "yields no tick: depth diffs without a snapshot");
    }
    return TS_OK;
}

ts_err ts_recording_convert(const char *recording_path, const char *tick_path,
                            struct ts_recording_counts *counts, ts_recording_progress progress,
                            void *user_data, struct ts_diag *diag)
{
    struct conversion conversion = {.path = recording_path, .counts = counts, .diag = diag};
    struct ts_gz_lines *lines = NULL;
    *counts = (struct ts_recording_counts){0};
    ts_book_init(&conversion.book);
    ts_err err = ts_gz_lines_open(recording_path, &lines, diag);
    if (err != TS_OK) {
        goto cleanup;
    }
    if (tick_path != NULL) {
        err = ts_tick_writer_create(tick_path, &conversion.writer, diag);
        if (err != TS_OK) {
            goto cleanup;
        }
    }
    err = take_lines(&conversion, lines, progress, user_data);
    counts->depth_stale += conversion.waiting_count; /* no snapshot ever asked for them */
    if (err == TS_OK) {
        err = check_whole(&conversion);
    }
    if (err == TS_OK && conversion.writer != NULL) {
        err = ts_tick_writer_commit(conversion.writer, diag);
        conversion.writer = NULL;
    }
cleanup:
    ts_tick_writer_discard(conversion.writer);
    ts_gz_lines_close(lines);
    drop_waiting(&conversion);
    free(conversion.waiting);
    ts_book_fini(&conversion.book);
    return err;
}

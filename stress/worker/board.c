#include "worker/board.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNTER_NAME(name, text) #name,
#define COUNTER_TEXT(name, text) text,

const char *const ts_counter_names[TS_COUNTER_COUNT] = {TS_COUNTERS(COUNTER_NAME)};
const char *const ts_counter_texts[TS_COUNTER_COUNT] = {TS_COUNTERS(COUNTER_TEXT)};

static ts_err map_board(int file, const char *path, struct ts_board **board, struct ts_diag *diag)
{
    void *memory = mmap(NULL, sizeof **board, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) {
        return ts_fail_errno(diag, errno, "map board", path);
    }
    *board = memory;
    return TS_OK;
}

ts_err ts_board_create(const char *path, struct ts_board **board, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) {
        return ts_fail_errno(diag, errno, "create board", path);
    }
    /* Allocated, not sparse: a full disk is an error here and not a SIGBUS in the worker. */
    int status = posix_fallocate(file, 0, sizeof **board);
    if (status != 0) {
        error = ts_fail_errno(diag, status, "create board", path);
        unlink(path);
    } else {
        error = map_board(file, path, board, diag);
    }
    close(file);
    if (error == TS_OK) {
        memset(*board, 0, sizeof **board);
        (*board)->magic = TS_BOARD_MAGIC;
        (*board)->size = sizeof **board;
    }
    return error;
}

ts_err ts_board_open(const char *path, struct ts_board **board, struct ts_diag *diag)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return ts_fail_errno(diag, errno, "open board", path);
    }
    ts_err error = TS_OK;
    if (lseek(file, 0, SEEK_END) != (off_t)sizeof **board) {
        error = ts_fail(diag, TS_MISMATCH, "open board", path, "its size is not that of a board");
    } else {
        error = map_board(file, path, board, diag);
    }
    close(file);
    if (error == TS_OK && ((*board)->magic != TS_BOARD_MAGIC || (*board)->size != sizeof **board)) {
        ts_board_unmap(*board);
        error = ts_fail(diag, TS_MISMATCH, "open board", path, "not a board of this version");
    }
    return error;
}

void ts_board_unmap(struct ts_board *board)
{
    if (board != NULL) {
        munmap(board, sizeof *board);
    }
}

void ts_board_violation(struct ts_board *board, const char *name, const char *format, ...)
{
    /* Relaxed: it only hands out indices; each entry is published by its own `ready`. */
    uint32_t index = atomic_fetch_add_explicit(&board->violations_claimed, 1, memory_order_relaxed);
    if (index >= TS_BOARD_VIOLATIONS) {
        return;
    }
    struct ts_board_violation *violation = &board->violations[index];
    va_list arguments;
    snprintf(violation->name, sizeof violation->name, "%s", name);
    va_start(arguments, format);
    vsnprintf(violation->detail, sizeof violation->detail, format, arguments);
    va_end(arguments);
    atomic_store_explicit(&violation->ready, 1, memory_order_release); /* READY release */
}

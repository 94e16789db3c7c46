/* Apart from board.c because it runs inside a sanitizer's report: no instrumentation, no libc (raw_text.h).
 */
#include "worker/board.h"
#include "worker/raw_text.h"

/* Whether a text was, cut to its field, stored as `stored`. */
static bool is_stored(const char *stored, size_t size, const char *text)
{
    size_t i = 0;
    while (i + 1 < size && text[i] != '\0' && text[i] == stored[i]) {
        i++;
    }
    return i + 1 == size || text[i] == stored[i];
}

void ts_board_report(struct ts_board *board, const char *kind, const char *description, const char *title)
{
    uint32_t count =
        atomic_load_explicit(&board->reports_ready, memory_order_relaxed); /* one writer at a time */
    for (uint32_t i = 0; i < count; i++) {
        struct ts_board_report *known = &board->reports[i];
        if (is_stored(known->kind, sizeof known->kind, kind) &&
            is_stored(known->description, sizeof known->description, description) &&
            is_stored(known->title, sizeof known->title, title)) {
            known->count++;
            return;
        }
    }
    if (count == TS_BOARD_REPORTS) {
        board->reports_lost++;
        return;
    }
    struct ts_board_report *report = &board->reports[count];
    ts_raw_copy(report->kind, sizeof report->kind, kind);
    ts_raw_copy(report->description, sizeof report->description, description);
    ts_raw_copy(report->title, sizeof report->title, title);
    report->count = 1;
    atomic_store_explicit(&board->reports_ready, count + 1, memory_order_release); /* READY release */
}

void ts_board_retitle(struct ts_board *board, const char *title)
{
    uint32_t count =
        atomic_load_explicit(&board->reports_ready, memory_order_relaxed); /* one writer at a time */
    if (count > 0) {
        struct ts_board_report *report = &board->reports[count - 1];
        ts_raw_copy(report->title, sizeof report->title, title);
    }
}

/* Apart from board.c because it runs inside a sanitizer's report: no instrumentation, no libc (raw_text.h).
 */
#include "worker/board.h"
#include "worker/raw_text.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

/* Whether a text was, cut to its field, stored as `stored`. */
static bool is_stored(const char *stored, size_t size, const char *text)
{
    size_t i = 0;
    while (i + 1 < size && text[i] != '\0' && text[i] == stored[i]) {
        i++;
    }
    return i + 1 == size || text[i] == stored[i];
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        hash = (hash ^ (number >> (8 * i) & 0xff)) * FNV_PRIME;
    }
    return hash;
}

/* With its NUL, so that "ab" "c" and "a" "bc" differ. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * FNV_PRIME;
    } while (*text++ != '\0');
    return hash;
}

/* Modules by name: their numbers depend on the order in which a process met them. */
static uint64_t hash_stack(const struct ts_board *board, const struct ts_board_stack *stack)
{
    uint64_t hash = FNV_OFFSET;
    for (uint32_t i = 0; i < stack->frame_count; i++) {
        uint32_t module = stack->frames[i].module;
        hash = hash_text(hash, module < TS_BOARD_MODULES ? board->modules[module] : "");
        hash = hash_number(hash, stack->frames[i].offset);
    }
    return hash;
}

static bool defines(enum ts_board_role role, bool has_access)
{
    return has_access ? role == TS_BOARD_ACCESS : role == TS_BOARD_LOCK || role == TS_BOARD_OTHER;
}

static uint64_t key_of(const struct ts_board *board, const struct ts_board_report *report)
{
    bool has_access = false;
    uint64_t stacks = 0;
    for (uint32_t i = 0; i < report->stack_count; i++) {
        has_access |= report->stacks[i].role == TS_BOARD_ACCESS;
    }
    for (uint32_t i = 0; i < report->stack_count; i++) {
        if (defines((enum ts_board_role)report->stacks[i].role, has_access)) {
            stacks += hash_stack(board, &report->stacks[i]); /* a sum: their order is chance */
        }
    }
    return hash_number(hash_text(hash_text(FNV_OFFSET, report->kind), report->description), stacks);
}

struct ts_board_report *ts_board_report_begin(struct ts_board *board)
{
    /* Relaxed: one writer at a time. */
    struct ts_board_report *report =
        &board->reports[atomic_load_explicit(&board->reports_ready, memory_order_relaxed)];
    char *bytes = (char *)report;
    for (size_t i = 0; i < sizeof *report; i++) {
        bytes[i] = 0;
    }
    report->address.module = TS_BOARD_NO_MODULE;
    report->sequence = board->reports_made++;
    return report;
}

bool ts_board_report_end(struct ts_board *board, struct ts_board_report *report)
{
    /* Relaxed: one writer at a time. */
    uint32_t ready = atomic_load_explicit(&board->reports_ready, memory_order_relaxed);
    report->key = key_of(board, report);
    for (uint32_t i = 0; i < ready; i++) {
        if (board->reports[i].key == report->key) {
            board->reports[i].count++;
            return false;
        }
    }
    if (ready == TS_BOARD_REPORTS_KEPT) {
        board->reports_lost++;
        return false;
    }
    report->count = 1;
    atomic_store_explicit(&board->reports_ready, ready + 1, memory_order_release); /* READY release */
    return true;
}

uint32_t ts_board_module(struct ts_board *board, const char *path)
{
    /* A crash may come while another thread makes a report: each index is claimed, and a name that is being
     * written is at worst stored twice. Relaxed: whoever reads a name was given its index. */
    uint32_t count = __atomic_load_n(&board->module_count, __ATOMIC_RELAXED);
    for (;;) {
        for (uint32_t i = 0; i < count; i++) {
            if (is_stored(board->modules[i], sizeof board->modules[i], path)) {
                return i;
            }
        }
        if (count == TS_BOARD_MODULES) {
            return TS_BOARD_NO_MODULE;
        }
        if (__atomic_compare_exchange_n(&board->module_count, &count, count + 1, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            ts_raw_copy(board->modules[count], sizeof board->modules[count], path);
            return count;
        }
    }
}

#include "finding/tsan_log.h"

#include "finding/log_frame.h"

#include <ctype.h>
#include <string.h>

#define HEAD "WARNING: ThreadSanitizer: "

/* Copies the names out of "(mutexes: write M0, read M1)". */
static void copy_names(const struct ts_log_line *line, char *text)
{
    static const char begin[] = "(mutexes: ";
    const char *at = ts_log_line_find(line, begin);
    const char *end = line->text + line->length;
    size_t used = 0;
    for (at = at != NULL ? at + sizeof begin - 1 : end; at < end && *at != ')'; at++) {
        if (*at != 'M' || at + 1 == end || !isdigit((unsigned char)at[1])) {
            continue;
        }
        size_t length = 1;
        while (at + length < end && isdigit((unsigned char)at[length])) {
            length++;
        }
        size_t comma = used != 0 ? 2 : 0;
        if (used + comma + length >= TS_TSAN_MUTEXES_SIZE) {
            break;
        }
        memcpy(text + used, ", ", comma);
        memcpy(text + used + comma, at, length);
        used += comma + length;
        at += length - 1;
    }
    text[used] = '\0';
}

void ts_tsan_log_mutexes(const char *log, uint64_t sequence, struct ts_tsan_mutexes *mutexes)
{
    *mutexes = (struct ts_tsan_mutexes){0};
    struct ts_log_line line;
    uint64_t heads = 0;
    while (heads <= sequence && ts_log_next_line(&log, &line)) {
        heads += ts_log_line_find(&line, HEAD) != NULL;
    }
    if (heads <= sequence) {
        return;
    }
    unsigned accesses = 0;
    while (accesses < 2 && ts_log_next_line(&log, &line) && ts_log_line_find(&line, HEAD) == NULL) {
        if (ts_log_line_starts(&line, "  ") && ts_log_line_find(&line, " of size ") != NULL &&
            ts_log_line_find(&line, " by ") != NULL) {
            copy_names(&line, accesses == 0 ? mutexes->first : mutexes->second);
            accesses++;
        }
    }
}

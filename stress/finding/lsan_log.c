#include "finding/lsan_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool parse_head(const struct ts_log_line *line, struct ts_lsan_leak *leak)
{
    leak->direct = ts_log_line_starts(line, "Direct leak of ");
    if (!leak->direct && !ts_log_line_starts(line, "Indirect leak of ")) {
        return false;
    }
    char text[128];
    size_t length = line->length < sizeof text ? line->length : sizeof text - 1;
    memcpy(text, line->text, length);
    text[length] = '\0';
    return sscanf(text, "%*s leak of %" SCNu64 " byte(s) in %" SCNu64 " object(s)", &leak->size_bytes,
                  &leak->objects) == 2;
}

bool ts_lsan_log_next(const char **cursor, struct ts_lsan_leak *leak)
{
    struct ts_log_line line;
    *leak = (struct ts_lsan_leak){0};
    do {
        if (!ts_log_next_line(cursor, &line)) {
            return false;
        }
    } while (!parse_head(&line, leak));

    const char *ahead = *cursor;
    struct ts_log_frame frame;
    while (ts_log_next_line(&ahead, &line) && ts_log_frame_parse(&line, &frame)) {
        if (leak->frame_count < TS_LSAN_FRAMES) {
            leak->frames[leak->frame_count++] = frame;
        }
        *cursor = ahead;
    }
    return true;
}

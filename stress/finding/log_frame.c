#include "finding/log_frame.h"

#include <ctype.h>
#include <string.h>

bool ts_log_next_line(const char **cursor, struct ts_log_line *line)
{
    if (**cursor == '\0') {
        return false;
    }
    const char *end = strchrnul(*cursor, '\n');
    *line = (struct ts_log_line){.text = *cursor, .length = (size_t)(end - *cursor)};
    *cursor = *end == '\n' ? end + 1 : end;
    return true;
}

bool ts_log_line_starts(const struct ts_log_line *line, const char *prefix)
{
    size_t length = strlen(prefix);
    return line->length >= length && memcmp(line->text, prefix, length) == 0;
}

const char *ts_log_line_find(const struct ts_log_line *line, const char *part)
{
    return memmem(line->text, line->length, part, strlen(part));
}

/* Reads "1f0)" behind "+0x". */
static bool parse_offset(const char *digit, const char *end, uint64_t *offset)
{
    const char *first = digit;
    for (*offset = 0; digit < end && isxdigit((unsigned char)*digit); digit++) {
        int value = isdigit((unsigned char)*digit) ? *digit - '0' : tolower((unsigned char)*digit) - 'a' + 10;
        *offset = *offset << 4 | (uint64_t)value;
    }
    return digit > first && digit < end && *digit == ')';
}

/* The parenthesis that `end` is inside of; a path may have pairs of its own. NULL when there is none. */
static const char *opening(const char *begin, const char *end)
{
    int depth = 1;
    for (const char *at = end; at > begin; at--) {
        depth += (at[-1] == ')') - (at[-1] == '(');
        if (depth == 0) {
            return at;
        }
    }
    return NULL;
}

/* Reads "(module+0xoffset)" wherever it stands; what precedes may have parentheses too. */
static void parse_place(const char *text, const char *end, struct ts_log_frame *frame)
{
    const char *plus = text;
    while ((plus = memmem(plus, (size_t)(end - plus), "+0x", 3)) != NULL) {
        const char *module = opening(text, plus);
        size_t length = module != NULL ? (size_t)(plus - module) : 0;
        plus += 3;
        uint64_t offset;
        if (length != 0 && length < sizeof frame->module && parse_offset(plus, end, &offset)) {
            memcpy(frame->module, module, length);
            frame->module[length] = '\0';
            frame->offset = offset;
            return;
        }
    }
}

bool ts_log_frame_parse(const struct ts_log_line *line, struct ts_log_frame *frame)
{
    const char *end = line->text + line->length;
    const char *at = line->text;
    while (at < end && *at == ' ') {
        at++;
    }
    if (at == line->text || at + 1 >= end || *at != '#' || !isdigit((unsigned char)at[1])) {
        return false;
    }
    *frame = (struct ts_log_frame){0};
    for (at++; at < end && isdigit((unsigned char)*at); at++) {
        frame->number = 10 * frame->number + (unsigned)(*at - '0');
    }
    parse_place(at, end, frame);
    return true;
}

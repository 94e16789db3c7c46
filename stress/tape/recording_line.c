#include "tape/recording_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

ts_err ts_recording_line_split(const char *line, int64_t *receive_ns, const char **json, const char *subject,
                               struct ts_diag *diag)
{
    char *end = NULL;
    errno = 0;
    long long time_ns = strtoll(line, &end, 10);
    if (!isdigit((unsigned char)line[0]) || errno != 0 || *end != ' ') {
        return ts_fail(diag, TS_MALFORMED, "parse recording", subject, "bad receive time \"%.30s\"", line);
    }
    *receive_ns = time_ns;
    *json = end + 1;
    return TS_OK;
}

ts_err ts_recording_line_parse(struct ts_message *message, const char *line, size_t length,
                               const char *subject, struct ts_diag *diag)
{
    int64_t receive_ns = 0;
    const char *json = NULL;
    ts_err err = ts_recording_line_split(line, &receive_ns, &json, subject, diag);
    if (err != TS_OK) {
        return err;
    }
    return ts_message_parse(message, receive_ns, json, length - (size_t)(json - line), subject, diag);
}

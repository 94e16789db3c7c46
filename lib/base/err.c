#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[TS_ERR_COUNT] = {
    [TS_OK] = "ok",
    [TS_EMPTY] = "empty",
    [TS_FULL] = "full",
    [TS_END] = "end",
    [TS_LAGGED] = "lagged",
    [TS_CLOSED] = "closed",
    [TS_INVALID] = "invalid",
    [TS_UNKNOWN] = "unknown",
    [TS_MALFORMED] = "malformed",
    [TS_TRUNCATED] = "truncated",
    [TS_NOT_FOUND] = "not-found",
    [TS_MISMATCH] = "mismatch",
    [TS_LIMIT] = "limit",
    [TS_NO_MEMORY] = "no-memory",
    [TS_NO_SPACE] = "no-space",
    [TS_IO] = "io",
    [TS_TIMEOUT] = "timeout",
    [TS_DEADLOCK] = "deadlock",
    [TS_WRONG_THREAD] = "wrong-thread",
    [TS_ENVIRONMENT] = "environment",
};

const char *ts_err_name(ts_err code)
{
    return (unsigned)code < TS_ERR_COUNT ? names[code] : "unknown-error";
}

ts_err ts_fail(struct ts_diag *diag, ts_err code, const char *operation, const char *subject,
               const char *format, ...)
{
    if (diag != NULL) {
        va_list arguments;
        diag->code = code;
        snprintf(diag->operation, sizeof diag->operation, "%s", operation);
        snprintf(diag->subject, sizeof diag->subject, "%s", subject != NULL ? subject : "");
        va_start(arguments, format);
        vsnprintf(diag->text, sizeof diag->text, format, arguments);
        va_end(arguments);
    }
    return code;
}

static ts_err code_of_errno(int error_number)
{
    switch (error_number) {
    case ENOMEM:
        return TS_NO_MEMORY;
    case ENOSPC:
    case EDQUOT:
        return TS_NO_SPACE;
    case ENOENT:
        return TS_NOT_FOUND;
    default:
        return TS_IO;
    }
}

ts_err ts_fail_errno(struct ts_diag *diag, int error_number, const char *operation, const char *subject)
{
    char buffer[128];
    const char *text = strerror_r(error_number, buffer, sizeof buffer);
    return ts_fail(diag, code_of_errno(error_number), operation, subject, "%s", text);
}

void ts_diag_context(struct ts_diag *diag, const char *format, ...)
{
    if (diag == NULL) {
        return;
    }
    char context[sizeof diag->text];
    char whole[2 * sizeof diag->text + 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "%s: %s", context, diag->text);
    memcpy(diag->text, whole, sizeof diag->text - 1);
    diag->text[sizeof diag->text - 1] = '\0';
}

const char *ts_diag_line(const struct ts_diag *diag, char *line, size_t size)
{
    const char *separator = diag->subject[0] != '\0' ? ": " : "";
    snprintf(line, size, "%s%s%s: %s", diag->operation, separator, diag->subject, diag->text);
    for (char *c = line; *c != '\0'; c++) {
        if (*c == '\n' || *c == '\r') {
            *c = ' ';
        }
    }
    return line;
}

void ts_assert_failed(const char *expression, const char *file, int line, const char *function)
{
    fprintf(stderr, "assertion failed: %s, %s:%d, in %s\n", expression, file, line, function);
    abort();
}

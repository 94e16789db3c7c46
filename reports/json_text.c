#include "reports/json_text.h"

#include "reports/utf8.h"

#include <errno.h>
#include <stdlib.h>

json_t *ts_json_text(const char *format, ...)
{
    char *raw = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&raw, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return NULL;
    }
    char *clean = ts_utf8_clean(raw);
    json_t *text = clean != NULL ? json_string(clean) : NULL;
    free(clean);
    free(raw);
    return text;
}

ts_err ts_json_write(json_t *root, const char *operation, FILE *out, struct ts_diag *diag)
{
    if (root == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, operation, "", "no memory");
    }
    int dumped = json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    json_decref(root);
    if (dumped != 0 || fputc('\n', out) == EOF || fflush(out) != 0) {
        return ts_fail_errno(diag, errno != 0 ? errno : EIO, operation, "");
    }
    return TS_OK;
}

#include "cli/report_file.h"

#include "reports/contrast.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

ts_err ts_report_write(const struct ts_record *record, enum ts_report_format format, const char *path,
                       struct ts_diag *diag)
{
    char partial[PATH_MAX + 64];
    snprintf(partial, sizeof partial, "%s.partial.%d", path, (int)getpid());
    FILE *out = fopen(partial, "wxe");
    if (out == NULL) {
        return ts_fail_errno(diag, errno, "write report", path);
    }
    errno = 0;
    ts_err error = format == TS_REPORT_MARKDOWN
                       ? ts_contrast_markdown(record, out)
                       : ts_contrast_text(record, out, false, TS_CONTRAST_WIDTH_COLUMNS);
    if (error != TS_OK) {
        ts_fail(diag, error, "write report", path, "%s", ts_err_name(error));
    }
    if (fclose(out) != 0 && error == TS_OK) {
        error = ts_fail_errno(diag, errno, "write report", path);
    }
    if (error == TS_OK && rename(partial, path) != 0) {
        error = ts_fail_errno(diag, errno, "write report", path);
    }
    if (error != TS_OK) {
        unlink(partial);
    }
    return error;
}

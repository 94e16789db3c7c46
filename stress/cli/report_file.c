#include "cli/report_file.h"

#include "reports/stability_html.h"
#include "reports/stability_write.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

ts_err ts_report_write(const struct ts_stability *report, ts_report_writer writer, const char *path,
                       struct ts_diag *diag)
{
    char partial[PATH_MAX + 64];
    snprintf(partial, sizeof partial, "%s.partial.%d", path, (int)getpid());
    FILE *out = fopen(partial, "wxe");
    if (out == NULL) {
        return ts_fail_errno(diag, errno, "write report", path);
    }
    errno = 0;
    ts_err error = writer(report, out, diag);
    if (error != TS_OK) {
        snprintf(diag->subject, sizeof diag->subject, "%s", path); /* the writer knows only the stream */
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

static ts_err write_page(const struct ts_stability *report, FILE *out, struct ts_diag *diag)
{
    ts_err error = ts_stability_html(report, out);
    return error == TS_OK         ? TS_OK
           : error == TS_NO_SPACE ? ts_fail_errno(diag, ENOSPC, "write report", "html")
                                  : ts_fail(diag, error, "write report", "html", "%s", ts_err_name(error));
}

ts_err ts_report_write_folder(const struct ts_stability *report, const char *folder, struct ts_diag *diag)
{
    static const struct {
        const char *name;
        ts_report_writer writer;
    } files[] = {{"report.html", write_page},
                 {"report.md", ts_stability_markdown},
                 {"report.json", ts_stability_json}};
    char path[PATH_MAX + 32];
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return ts_fail_errno(diag, errno, "make folder", folder);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        ts_err error = ts_report_write(report, files[i].writer, path, diag);
        if (error != TS_OK) {
            return error;
        }
    }
    return TS_OK;
}

#include "reports/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

ts_err ts_input_open(const char *path, const char *operation, FILE **file, struct ts_diag *diag)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *file = descriptor >= 0 && fcntl(descriptor, F_SETFL, 0) == 0 ? fdopen(descriptor, "r") : NULL;
    if (*file != NULL) {
        return TS_OK;
    }
    ts_err error = ts_fail_errno(diag, errno, operation, path);
    if (descriptor >= 0) {
        close(descriptor);
    }
    return error;
}

ts_err ts_input_json(const char *path, const char *operation, json_t **value, struct ts_diag *diag)
{
    FILE *file;
    struct stat status;
    json_error_t where;
    *value = NULL;
    ts_err error = ts_input_open(path, operation, &file, diag);
    if (error != TS_OK) {
        return error;
    }
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        error = ts_fail(diag, TS_MALFORMED, operation, path, "is a directory");
    } else if ((*value = json_loadf(file, 0, &where)) == NULL) {
        error = ts_fail(diag, TS_MALFORMED, operation, path, "line %d: %s", where.line, where.text);
    }
    fclose(file);
    return error;
}

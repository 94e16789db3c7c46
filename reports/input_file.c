#include "reports/input_file.h"

#include <errno.h>
#include <fcntl.h>
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

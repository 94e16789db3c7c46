#include "cli/command.h"
#include "supervisor/environment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char ts_help_bench[] =
    "Hands its arguments to tickstorm-bench, which stands beside the flavours' folders.\n"
    "  tickstorm bench --help shows what it takes\n";

int ts_command_bench(int count, char **arguments)
{
    char folder[PATH_MAX], path[PATH_MAX + 32];
    struct ts_diag diag;
    (void)count;
    if (ts_workers_folder(folder, sizeof folder, &diag) != TS_OK) {
        return ts_complain("bench", &diag);
    }
    snprintf(path, sizeof path, "%s/tickstorm-bench", folder);
    execv(path, arguments);
    ts_fail(&diag, TS_ENVIRONMENT, "start benchmark", path, "%s: run ./ci/build", strerror(errno));
    return ts_complain("bench", &diag);
}

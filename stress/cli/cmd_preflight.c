#include "cli/command.h"
#include "supervisor/environment.h"

#include <stdio.h>

const char ts_help_preflight[] =
    "Lists what a run needs: the workers and the library of each flavour, a kernel setting that\n"
    "ThreadSanitizer can live with, the symbolizer; and what a gate insists on too (else 'warn'): workers "
    "that\n"
    "hold their sanitizer's runtime, gdb and the right to attach for the stacks of hung workers, two\n"
    "processors. Installs and changes nothing. ./ci/preflight checks what a build needs.\n\n"
    "Exit code 4 when something is missing; a warning is not.\n";

int ts_command_preflight(int count, char **arguments)
{
    const bool flavours[TS_FLAVOUR_COUNT] = {true, true, true, true};
    struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS];
    bool complete = true;
    if (count > 1) {
        return ts_usage("preflight", "unknown argument '%s'", arguments[1]);
    }
    size_t found = ts_environment_check(NULL, flavours, true, checks);
    for (size_t i = 0; i < found; i++) {
        printf("%-7s  %-22s  %s%s%s\n",
               checks[i].ok       ? "ok"
               : checks[i].needed ? "MISSING"
                                  : "warn",
               checks[i].name, checks[i].found, checks[i].ok ? "" : "  -> ", checks[i].mend);
        complete = complete && (checks[i].ok || !checks[i].needed);
    }
    return complete ? TS_EXIT_OK : TS_EXIT_ENVIRONMENT;
}

#include "cli/command.h"
#include "cli/run_command.h"

#include <string.h>

const char ts_help_resume[] =
    "Goes on with a run, contrast or gate that was killed: cells that had ended are taken from its record, "
    "the\n"
    "one that had begun goes on with its next life. Paths in its arguments (a plan, a tape) are read again,\n"
    "from the same working folder; a plan that makes other cells now is refused.\n"
    "Of a run whose record is whole only what comes after it is made again: the gate's files, the "
    "history.\n\n"
    "  --quiet              no progress\n\n"
    "Exit code as of the command that goes on; 3 without a partial record.\n\n"
    "  tickstorm resume runs/20260101T120000Z-1f3a4b5c6d7e\n";

int ts_command_resume(int count, char **arguments)
{
    bool quiet = count == 3 && strcmp(arguments[2], "--quiet") == 0;
    if (count != (quiet ? 3 : 2) || arguments[1][0] == '-') {
        return ts_usage("resume", "one folder, please");
    }
    return ts_run_resume(arguments[1], quiet);
}

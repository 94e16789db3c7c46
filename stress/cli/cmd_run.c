#include "cli/command.h"
#include "cli/run_command.h"

const char ts_help_run[] =
    "Runs each scenario in each chosen mode and flavour: one cell each, one after the other. A worker that\n"
    "crashes is started again until the cell's time is up.\n\n"
    "  --mode M,...         direct, locked, guarded, queued, or all (default queued)\n"
    "  --flavour F,...      plain, asan, tsan, or all (default plain)\n"
    "  --for DURATION       of each cell: 500ms, 10s, 2m (default 10s)\n"
    "  --seed N             repeats a run (default: random, printed)\n"
    "  --tape FILE          drive it with a recording instead of synthetic ticks\n"
    "  --speed X            of the tape: a factor, recorded, or max\n"
    "  --passes N           how often the tape is played, 0 for endless\n"
    "  --set KEY=VALUE      an option of a scenario (tickstorm list); may be repeated\n"
    "  --library FILE       a signal library instead of each flavour's own (default: SIGNAL_LIB_PATH, when "
    "set);\n"
    "                       one built without the flavour's sanitizer hides its races and memory errors\n"
    "  --out DIR            where record and logs go (default runs/<time>-<seed>-<pid>)\n"
    "  --hang DURATION      without progress for this long, a worker hangs (default 15s)\n"
    "  --json               the record's lines on stdout instead of the table\n"
    "  --quiet              no progress\n\n"
    "Exit code 1 when a cell failed, 5 when its hazard did not occur.\n\n"
    "  tickstorm run destroy-mid-callback --mode direct --flavour tsan --for 5s\n";

int ts_command_run(int count, char **arguments)
{
    return ts_run_command("run", count, arguments);
}

#include "cli/command.h"
#include "cli/run_command.h"

const char ts_help_contrast[] =
    "Runs the scenarios that tell the modes apart in all modes under all flavours and compares each cell "
    "with\n"
    "what it must show: unprotected delivery must fail, protected delivery must not. 'all' runs every "
    "scenario;\n"
    "names choose. Writes report.html, report.md and report.json beside the record.\n\n"
    "  --for DURATION       of the whole run: 60s, 2m (default 2m)\n"
    "  --mode M,...         only these modes: direct, locked, guarded, queued\n"
    "  --flavour F,...      only these flavours: plain, asan, tsan\n"
    "  --seed N             repeats a run (default: random, printed)\n"
    "  --tape FILE          drive it with a recording instead of synthetic ticks\n"
    "  --speed X            of the tape: a factor, recorded, or max\n"
    "  --passes N           how often the tape is played, 0 for endless\n"
    "  --set KEY=VALUE      an option of a scenario (tickstorm list); may be repeated\n"
    "  --library FILE       a signal library instead of each flavour's own (default: SIGNAL_LIB_PATH, when "
    "set);\n"
    "                       one built without the flavour's sanitizer hides its races and memory errors\n"
    "  --out DIR            where record, report and logs go (default runs/<time>-<random>)\n"
    "  --hang DURATION      without progress for this long, a worker hangs (default 15s)\n"
    "  --json               the record's lines on stdout instead of the table\n"
    "  --history FILE       the database; else $TICKSTORM_HISTORY, else runs/history.db\n"
    "  --no-history         leave the history alone\n"
    "  --quiet              no progress\n\n"
    "Exit code 1 when something failed that must not, 5 when what must fail did not or a hazard did not "
    "occur.\n\n"
    "  tickstorm contrast --for 60s\n";

int ts_command_contrast(int count, char **arguments)
{
    return ts_run_command("contrast", count, arguments, NULL);
}

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
    "  --faults SPEC        faults at the probes of library and host, as 'queue.push.full: 5%return' "
    "(tickstorm\n"
    "                       help faults); may be repeated\n"
    "  --fault-plan FILE    the same from a YAML file\n"
    "  --library FILE       a signal library instead of each flavour's own (default: SIGNAL_LIB_PATH, when "
    "set);\n"
    "                       one built without the flavour's sanitizer hides its races and memory errors\n"
    "  --plan FILE          the cells of a plan instead of scenarios, modes and flavours (tickstorm help "
    "gate)\n"
    "  --shard I/N          the I-th of N parts of a plan, in DIR/shard-I-of-N; auto/N, or auto: I (and N) "
    "from\n"
    "                       a Slurm array, an indexed Kubernetes job or GNU parallel. Give all parts one "
    "--seed,\n"
    "                       or the plan one\n"
    "  --out DIR            where record and logs go (default runs/<time>-<random>)\n"
    "  --hang DURATION      without progress for this long, a worker hangs (default 15s)\n"
    "  --json               the record's lines on stdout instead of the table\n"
    "  --history FILE       the database; else $TICKSTORM_HISTORY, else runs/history.db\n"
    "  --no-history         leave the history alone; a shard always does (tickstorm merge)\n"
    "  --quiet              no progress\n\n"
    "Exit code 1 when a cell failed, 5 when its hazard did not occur; with a plan, held against what its "
    "sets\n"
    "require, allow and forbid.\n\n"
    "  tickstorm run destroy-mid-callback --mode direct --flavour tsan --for 5s\n"
    "  tickstorm run --plan ci/gate.yaml --seed 0x5 --shard 2/4 --out shards\n";

int ts_command_run(int count, char **arguments)
{
    return ts_run_command("run", count, arguments, NULL);
}

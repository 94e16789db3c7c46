#include "cli/command.h"
#include "cli/run_command.h"

const char ts_help_gate[] =
    "Runs the cells of a plan and says PASS, FAIL or INCONCLUSIVE in one sentence, with numbers and bounds.\n"
    "The plan's canaries (planted defects) must be caught and their clean twins must pass, in this very\n"
    "environment; else the gate is blind and says so. Nothing is tried again until it is green.\n\n"
    "  --plan FILE          the plan, as ci/gate.yaml (needed)\n"
    "  --baseline FILE      known findings, each with signature, owner, issue, reason and expiry\n"
    "                       (default: the plan's own)\n"
    "  --for DURATION       instead of the plan's budget\n"
    "  --seed N             repeats a gate: the same cells in the same order with the same seeds\n"
    "  --out DIR            where record, logs, gate.json, summary.md, junit.xml and findings.sarif go\n"
    "  --history FILE       the database; else $TICKSTORM_HISTORY, else runs/history.db\n"
    "  --no-history         leave the history alone\n"
    "  --json, --quiet      as for run\n\n"
    "Under GitHub Actions it also annotates and appends to the job's summary.\n\n"
    "Exit code 0 PASS; 1 a new finding, or an outcome that must not be; 2 usage; 3 a bad plan or baseline;\n"
    "4 harness or environment; 5 inconclusive: a canary was missed, or a hazard did not occur; 7 policy: an\n"
    "entry of the baseline has expired.\n\n"
    "  tickstorm gate --plan ci/gate.yaml --for 3m\n";

int ts_command_gate(int count, char **arguments)
{
    return ts_run_command("gate", count, arguments, NULL);
}

#!/usr/bin/env bash
# Usage: bad_plugin_test.sh TICKSTORM
#
# The scenario bad-plugin with the real workers: in every mode and flavour the host refuses, drops or survives each
# defect; the one that no host survives ends in its class of crash.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { echo "usage: bad_plugin_test.sh TICKSTORM" >&2; exit 2; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
tickstorm=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset SIGNAL_LIB_PATH
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

expect 0 run bad-plugin --mode all --flavour all --for 900ms --seed 5 --quiet --no-history --out all
lacks all/record.jsonl '"type":"cell".*"hazard_count":[0-9][,}]'

expect 1 run bad-plugin --for 500ms --set plugin=abort --seed 5 --quiet --no-history --out abort
holds abort/record.jsonl '"type":"cell".*"outcome":"crash","class":"(abort|recursive-terminate)"'
expect 3 run bad-plugin --for 500ms --set plugin=none --quiet --no-history --out none
holds none/record.jsonl 'none is no defect'

finish_checks

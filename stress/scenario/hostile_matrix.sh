#!/usr/bin/env bash
# Usage: hostile_matrix.sh TICKSTORM
#
# Every kind of hostile tick x every delivery mode x every flavour, with the real workers: one life a mode and flavour
# runs each kind with an engine of its own, and all mixed. Nothing may crash or be reported, and every counter must be
# exact; but that tsan sees the race that direct mode is.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { echo "usage: hostile_matrix.sh TICKSTORM" >&2; exit 2; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
tickstorm=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export NO_COLOR=1
unset SIGNAL_LIB_PATH
# shellcheck source-path=SCRIPTDIR source=../cli/checks.sh
source "$here/../cli/checks.sh"

# One case for each kind of the list, and the mixed one.
kinds=$(grep -cE '^ *X\(' "$here/../../faults/hostile_tick.h")
cases=$((kinds + 1))
checks=$((checks + 1))
((kinds >= 30)) || fail "only $kinds kinds found in the list"

set_of() { # set_of NAME MODES FLAVOURS OUTCOMES
    printf '  - name: %s\n    scenarios: [hostile-ticks]\n    modes: %s\n    flavours: %s\n' "$1" "$2" "$3"
    printf '    for: 20s\n    lives: 1\n    settings: [rounds=1]\n    allowed: %s\n' "$4"
}
{
    printf 'name: hostile\nbudget: 4m\nsets:\n'
    set_of protected '[locked, guarded, queued]' '[plain, asan, tsan]' '[pass]'
    set_of direct '[direct]' '[plain, asan]' '[pass]'
    set_of direct-tsan '[direct]' '[tsan]' '[pass, race]'
} >plan.yaml
expect 0 run --plan plan.yaml --seed "${TICKSTORM_SEED:-0x5}" --out run

checked=0
for mode in direct locked guarded queued; do
    for flavour in plain asan tsan; do
        grep "\"type\":\"cell\".*\"mode\":\"$mode\",\"flavour\":\"$flavour\"" run/record.jsonl >line || fail "no $mode $flavour"
        if [[ $mode-$flavour != direct-tsan ]]; then holds line '"outcome":"pass"'; fi
        holds line '"lives":1,"restarts":0,'
        holds line "\"cases_run\":${cases},\"cases_exercised\":${cases}[,}]"
        lacks line '"hazard_count":0[,}]'
        lacks line '"(ticks_dropped|results_pending)":[1-9]'
        checked=$((checked + 1))
    done
done
lacks run/record.jsonl '"violations":\[[^]]'
# There may be none: the race of direct mode is one that ThreadSanitizer can miss.
grep '"type":"finding"' run/record.jsonl >findings || true
checks=$((checks + 1))
! grep -v '"kind":"race"' findings || fail "findings other than direct mode's race"
echo "$kinds kinds and their mixture in $checked modes and flavours"

# One kind alone; a kind that is none is told.
expect 0 run hostile-ticks --mode queued --flavour plain --for 300ms --set kind=crossed-book --out one
holds one/record.jsonl '"type":"cell".*"ticks_suspect":[1-9]'
holds one/record.jsonl '"type":"cell".*"counters":\{[^}]*"ticks_fed":[1-9]'
lacks one/record.jsonl '"type":"cell".*"ticks_rejected"'
expect 3 run hostile-ticks --for 1s --set kind=crossed-bok --out no-kind
holds stderr 'crossed-bok is no kind of hostile tick'

finish_checks

#!/usr/bin/env bash
# Usage: explore_scenario_test.sh TICKSTORM
#
# Scenarios under the explorer: a planted defect of each kind is found with its schedule, which brings it back every
# time, on either hand-off; its twin passes; faults are choices of the search.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { sed -n '2,4p' "$0" >&2; exit 2; }
tickstorm=$(realpath "$1")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export NO_COLOR=1 TICKSTORM_HISTORY=$work/history.db
unset TICKSTORM_WORKERS TSAN_OPTIONS
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

signature_of() {
    sed -n '/"type":"finding"/s/.*"signature":"\(0x[0-9a-f]*\)".*/\1/p' "$1/record.jsonl" | head -n 1
}

# Canary, what it must show.
while read -r canary kind; do
    expect 1 explore "$canary" --mode direct --for 300ms --out "$canary" --quiet
    holds "$canary/record.jsonl" "\"type\":\"finding\".*\"kind\":\"$kind\""
    holds "$canary/record.jsonl" '"schedule":"ts1\.a\.[-0-9:,=]+\.[-0-9a-f]+"'
    holds "$canary/record.jsonl" '"interleaving":"lives/0-0.interleaving.jsonl"'
    holds "$canary/lives/0-0.interleaving.jsonl" '^\{"type":"interleaving","format":1,.*"schedule":"ts1\.a\.'
    holds "$canary/lives/0-0.interleaving.jsonl" '^\{"step":[0-9]+,"thread":0,.*"file":"[^"]*\.c","line":[1-9]'
    signature=$(signature_of "$canary")
    expect 0 replay "$signature" --repeat 3 --quiet --trace --html "$canary.html"
    holds stdout '^ +step +main T0 '
    holds stdout '^ +[0-9]+ +(\(stands at\) )?[a-z ]+ (#[0-9]+ )?[a-z_/]+\.c:[0-9]+ '
    holds "$canary.html" '<tr class="(run|stuck)"'
    holds stdout "^$signature came back in 3 of 3 lives"
    expect 0 show "$signature"
    holds stdout '^schedule  ts1\.a\.[-0-9:,=]+\.[-0-9a-f]+$'
    expect 0 explore "$canary" --mode queued --for 300ms --quiet --no-history
done <<'CANARIES'
canary-race race
canary-use-after-free race
canary-deadlock deadlock
canary-hang deadlock
CANARIES

holds canary-deadlock/lives/0-0.interleaving.jsonl '"waited":true,"holder":1,"opener":7'
holds canary-hang/lives/0-0.interleaving.jsonl '"mark":"stuck"'

# Of a schedule that is too long to be kept whole, both accesses of the race are.
expect 1 explore canary-race --mode direct --points all --for 300ms --seed 1 --no-shrink --quiet --no-history --out accesses
for thread in 1 2; do
    holds accesses/lives/0-0.interleaving.jsonl "\"thread\":$thread,.*\"operation\":\"write\".*\"function\":\"count_up\".*\"named\":true"
done

# The schedule by hand, on the other hand-off, and with a wrong checksum.
schedule=$(sed -n 's/.*"schedule":"\(ts1[^"]*\)".*/\1/p' canary-race/record.jsonl | head -n 1)
seed=$(sed -n 's/.*"type":"life".*"seed":"\(0x[0-9a-f]*\)".*/\1/p' canary-race/record.jsonl | head -n 1)
[[ -n $seed ]] || fail "no seed of a life in canary-race/record.jsonl"
expect 1 explore canary-race --mode direct --for 2s --handoff futex --schedule "$schedule" --quiet --no-history
expect 3 explore canary-race --mode queued --for 2s --schedule ts1.a.nonsense.- --quiet --no-history --out nonsense
holds nonsense/record.jsonl 'character 7 of it is not valid'

expect 0 explore queue-overflow --mode queued --for 1s --faults 'queue.push.full: 30%return' --quiet --no-history --out faults
holds faults/record.jsonl '"fired":\{"queue.push.full":[1-9]'
# A fault that happens is a choice in the schedule, and stands in the columns at its probe's place.
expect 1 explore quiet-feed --mode direct --for 1s --seed 1 --faults '*: 20%return' --no-shrink --quiet --out choices
signature=$(signature_of choices)
chosen=$(sed -n 's/.*"type":"life".*"schedule":"\(ts1[^"]*\)".*/\1/p' choices/record.jsonl | head -n 1 | awk '{ print gsub(/=1/, "") }')
((chosen > 0)) || fail "no fault was chosen: $(head -c 600 choices/record.jsonl)"
expect 0 replay "$signature" --found --repeat 2 --quiet --trace
holds stdout "^$signature came back in 2 of 2 lives"
shown=$(awk '/ probe [a-z_\/]+\.[ch]:[0-9]+ [a-z_]+  <- the fault happens$/ { n++ } END { print n + 0 }' stdout)
((shown == chosen)) || fail "$shown faults in the columns, and $chosen in the schedule: $(grep probe stdout)"
lacks stdout ' probe (handler\.c|probe\.h)'
# What no fault brought about is not excused by one that is armed.
expect 3 explore queue-overflow --mode queued --for 1s --faults 'queue.push.full: 30%return' --set capacity=3 --quiet --no-history
expect 2 explore canary-race --strategy
expect 2 explore canary-race --mode nowhere
expect 2 explore canary-race --mode queued --for 300ms --time eager --quiet --no-history

finish_checks

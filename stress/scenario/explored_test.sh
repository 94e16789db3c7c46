#!/usr/bin/env bash
# Usage: explored_test.sh TICKSTORM
#
# Every scenario explored, whole lives of the engine under the scheduler: nothing is found where nothing may be, the
# hazard occurs all the same, and each schedule, run twice, does the same twice. Strategies that are not protected are
# caught, and the schedule brings the finding back.
#
# TICKSTORM_SEED: of the plan. Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { sed -n '2,8p' "$0" >&2; exit 2; }
tickstorm=$(realpath "$1")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export NO_COLOR=1 TICKSTORM_HISTORY=$work/history.db
unset TICKSTORM_WORKERS TSAN_OPTIONS SIGNAL_LIB_PATH
# shellcheck source-path=SCRIPTDIR source=../cli/checks.sh
source "$here/../cli/checks.sh"

# Each strategy of the mix has its turn five times, and each schedule a second one.
schedules=45
cat >queued.yaml <<PLAN
name: explored
budget: 40m
sets:
  - name: queued
    scenarios: [all]
    modes: [queued]
    flavours: [explore]
    for: 60s
    lives: 1
    settings: [explore.schedules=$schedules, explore.repeat=2]
    allowed: [pass]
PLAN
cat >direct.yaml <<PLAN
name: unprotected
budget: 40m
sets:
  - name: direct
    scenarios: [destroy-mid-callback, destroy-from-callback, double-destroy, strategy-churn]
    modes: [direct]
    flavours: [explore]
    for: 60s
    lives: 1
    settings: [explore.schedules=100]
    required: [race]
PLAN

# Every other cell: time is virtual in them, and they may share the machine.
shard() {
    mkdir "shard$1"
    cd "shard$1"
    expect 0 run --plan ../queued.yaml --shard "$1/2" --seed "${TICKSTORM_SEED:-0x5}" --out run --quiet --no-history
    exists "run/shard-$1-of-2/record.jsonl"
    lacks "run/shard-$1-of-2/record.jsonl" '"type":"finding"'
    finish_checks
}

# Of each scenario the first life is caught, and its first finding comes back.
unprotected() {
    local seed=$1 signature
    expect 0 run --plan direct.yaml --seed "$seed" --out "direct$seed" --quiet
    while read -r signature; do
        expect 0 replay "$signature" --repeat 3 --quiet
        holds stdout "^$signature came back in 3 of 3 lives"
    done < <(grep '"type":"finding".*"kind":"race"' "direct$seed/record.jsonl" |
        sed -E 's/.*"signature":"(0x[0-9a-f]*)".*"cell":([0-9]*).*/\2 \1/' | sort -k 1,1 -u | cut -d ' ' -f 2)
}

(shard 1) >shard1.out 2>&1 &
first=$!
(shard 2) >shard2.out 2>&1 &
second=$!
wait $first || fail "the first shard: $(cat shard1.out)"
wait $second || fail "the second shard: $(cat shard2.out)"
# No cell at all is told below.
grep -h '"type":"cell"' shard?/run/*/record.jsonl >cells || true
lacks cells '"hazard_count":0[,}]'
checks=$((checks + 1))
[[ $(wc -l <cells) -ge 34 ]] || fail "only $(wc -l <cells) scenarios explored"
# The default one, and each one twice. bad-plugin has one thread, and so one schedule for each strategy.
grep -v '"scenario":"bad-plugin"' cells >searched
checks=$((checks + 1))
[[ $(grep -cE "\"schedules\":$((2 * schedules + 1))[,}]" searched) == "$(wc -l <searched)" ]] ||
    fail "not all ran $schedules schedules twice: $(grep -oE '"(scenario|schedules)":[^,]*' searched | tr '\n' ' ')"

unprotected 0x1
unprotected 0x2
unprotected 0x5
finish_checks

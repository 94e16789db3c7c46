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

schedules=100
cat >plan.yaml <<PLAN
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
expect 0 run --plan plan.yaml --seed "${TICKSTORM_SEED:-0x5}" --out run --quiet --no-history
lacks run/record.jsonl '"type":"finding"'
# No cell at all is told below.
grep '"type":"cell"' run/record.jsonl >cells || true
lacks cells '"hazard_count":0[,}]'
checks=$((checks + 1))
[[ $(wc -l <cells) -ge 34 ]] || fail "only $(wc -l <cells) scenarios explored"
# The default one, and each one twice. bad-plugin has one thread, and so one schedule for each strategy.
grep -v '"scenario":"bad-plugin"' cells >searched
checks=$((checks + 1))
[[ $(grep -cE "\"schedules\":$((2 * schedules + 1))[,}]" searched) == "$(wc -l <searched)" ]] ||
    fail "not all ran $schedules schedules twice: $(grep -oE '"(scenario|schedules)":[^,]*' searched | tr '\n' ' ')"

# A seed whose first life meets the hazard within its schedules: some do not (destroy-mid-callback with 0x5 and 0x2), and
# how many lives follow depends on the machine.
for scenario in destroy-mid-callback destroy-from-callback double-destroy strategy-churn; do
    expect 1 explore "$scenario" --mode direct --schedules 100 --for 400ms --seed 0x1 --no-shrink --out "$scenario" --quiet
    holds "$scenario/record.jsonl" '"type":"finding".*"kind":"race"'
    signature=$(sed -n '/"type":"finding"/s/.*"signature":"\(0x[0-9a-f]*\)".*/\1/p' "$scenario/record.jsonl" | head -n 1)
    expect 0 replay "$signature" --repeat 3 --quiet
    holds stdout "^$signature came back in 3 of 3 lives"
done
finish_checks

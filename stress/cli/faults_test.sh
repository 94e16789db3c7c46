#!/usr/bin/env bash
# Usage: faults_test.sh TICKSTORM FAKE_WORKER
#
# Faults from the command line to the record: with the fake worker what a plan becomes and how it is shrunk, with the
# real ones that its faults happen. Prints each check that failed.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 2)) || { echo "usage: faults_test.sh TICKSTORM FAKE_WORKER" >&2; exit 2; }
tickstorm=$(realpath "$1") fake=$(realpath "$2")

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export NO_COLOR=1 TICKSTORM_HISTORY=$work/history.db
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

# What there is, and what is refused.
expect 0 faults list
holds stdout '^queue\.push\.full +fail +the result queue has no room$'
expect 0 faults list --json
holds stdout '"name": "table.factor.chosen"'
expect 0 faults check '*.full: 30%2*return; swarm: 50%'
holds stdout '^swarm: 50%; broadcast\.open\.full: 30%2\*return; .*queue\.push\.full: 30%2\*return'
expect 2 faults check 'queue.push.fulll: return'
holds stderr "unknown probe 'queue.push.fulll'; did you mean 'queue.push.full'"
expect 2 faults check 'queue.push.full: 30return'
holds stderr 'at character 20: want a percentage'
expect 2 run destroy-mid-callback --faults 'queue.pop.token: delay'
holds stderr "did you mean 'queue.pop.taken'"

# Real faults: they happen, are counted, and stand in the command that repeats the cell.
expect 0 run destroy-mid-callback --for 400ms --seed 5 --out real --quiet \
    --faults 'queue.push.full: 5%return' --faults 'queue.pop.taken@host: 3*sleep(1ms); queue.push.fill@host: delay'
holds real/record.jsonl '"type":"life".*"probes":\{"armed":\{.*"queue\.push\.full":1'
holds real/record.jsonl '"type":"cell".*"reached":\{.*"queue\.push\.full":[1-9][0-9]+.*"fired":\{.*"queue\.push\.full":[1-9]'
holds real/record.jsonl '"type":"cell".*"fired":\{.*"queue\.push\.fill":0.*"queue\.pop\.taken":3'
holds real/record.jsonl "\"command\":\"tickstorm run .* --faults 'queue\.push\.full: 5%return; queue\.pop\.taken@host: 3\*sleep"
holds stdout 'faults: 3 probes armed, 3 reached, 2 fired'
expect 0 report real
holds stdout 'faults: 3 probes armed'
expect 0 report real --format markdown
holds stdout '\| `queue\.push\.full` \| 1 \|'

# A life without what its set-up needs ends in the documented error, and the cell goes on; a refusal for another reason
# ends it.
expect 0 run depth-flood --for 400ms --seed 6 --out without --quiet --faults 'call.dlopen: 50%return'
holds without/record.jsonl '"type":"life".*"outcome":"pass".*"detail":"refused: load signal library.*"died":false'
holds without/record.jsonl '"type":"cell".*"outcomes":\{"pass":[2-9]'
expect 3 run depth-flood --for 400ms --seed 7 --out absent --quiet --library /absent.so --faults 'call.malloc: delay'
holds absent/record.jsonl '"type":"cell".*"lives":1,.*refused: '

# What the faults bring about is no finding: ticks that find no room before a clock that jumps says that the wait is over,
# a result that the queue drops and that so wakes nobody, a clock that never reaches the end of a life.
expect 0 run hostile-ticks --for 500ms --seed 0x11 --out dropped --quiet \
    --faults 'pipeline.offer.full: 20%return; call.clock_gettime.forward@host: 0.3%return'
holds dropped/record.jsonl '"type":"life".*"outcome":"pass".*"ticks_dropped":[1-9]'
expect 0 run quiet-feed --for 300ms --seed 0x21 --out unwoken --quiet --faults 'queue.push.full: 20%return'
holds unwoken/record.jsonl '"type":"life".*"results_dropped":[1-9]'
expect 0 run plugin-reload --for 100ms --hang 5s --seed 7 --out frozen --quiet --faults 'call.clock_gettime.frozen: return'
holds frozen/record.jsonl '"type":"life".*"outcome":"pass"'

# A probe that no scenario reaches tests nothing. Left out are calls that library, host and scenarios do not make: the
# wrappers of these are tried by faults.calls alone.
for cell in 'queue-overflow queued' 'quiet-feed queued' 'destroy-mid-callback guarded' 'destroy-mid-callback direct' \
    'broadcast-churn direct' 'callback-reentry queued' 'trader-mode-switch queued' 'coordinator-callbacks queued'; do
    read -r scenario mode <<<"$cell"
    "$tickstorm" run "$scenario" --mode "$mode" --for 250ms --seed 3 --quiet --no-history --out cover \
        --faults '*: count' >stdout 2>stderr || true # how it ends is not the question
    grep '"type":"cell"' cover/record.jsonl | grep -oE '"reached":\{[^}]*\}' | grep -oE '"[a-z_.]+":[1-9]' |
        cut -d '"' -f 2 >>reached
    rm -r cover
done
"$tickstorm" faults list | cut -d ' ' -f 1 | sort >probes
checks=$((checks + 1))
unreached=$(sort -u reached | comm -13 - probes | grep -vxE 'call\.(realloc|strdup|mmap|read\.short)' || true)
[[ -z $unreached ]] || fail "no scenario reaches ${unreached//$'\n'/ }"

# The same from a plan of faults, and in a set of a plan.
cat >faults.yaml <<'YAML'
faults:
  - point: queue.push.full
    chance: 5%
    action: return
YAML
expect 0 run destroy-mid-callback --for 200ms --seed 5 --out plan --quiet --fault-plan faults.yaml
holds plan/record.jsonl '"faults":"queue\.push\.full: 5%return"'
expect 0 faults check faults.yaml
sed 's/action: return/action: often/' faults.yaml >bad.yaml
expect 3 run destroy-mid-callback --fault-plan bad.yaml
holds stderr 'bad.yaml: entry 1'
cat >sets.yaml <<'YAML'
name: t
budget: 1s
sets:
  - name: s
    scenarios: [destroy-mid-callback]
    modes: [queued]
    flavours: [plain]
    lives: 1
    faults: "*: 1%spin(3)"
YAML
expect 0 run --plan sets.yaml --for 300ms --seed 5 --out sets --quiet
holds sets/record.jsonl '"faults":"\*: 1%spin\(3\)"'
sed 's/\*: 1%spin/nothing: spin/' sets.yaml >bad.yaml
expect 3 run --plan bad.yaml --seed 5
holds stderr 'nothing'

# Shrinking, with a worker that fails when one point may fire three times.
for flavour in plain asan tsan explore; do
    mkdir -p "workers/$flavour"
    cp "$fake" "workers/$flavour/tickstorm-worker"
    : >"workers/$flavour/libsignal.so"
done
export TICKSTORM_WORKERS=$work/workers
expect 0 shrink destroy-mid-callback --set order=faulted --for 60ms --need 1/1 --seed 0x1 --out shrunk \
    --faults 'swarm: 90%; queue.*: 10%delay'
holds stdout '^1 of 9 rules, after [0-9]+ tries'
holds stdout '^faults  queue\.push\.full: 10%3\*delay$'
holds stdout "--set order=faulted --faults 'queue\.push\.full: 10%3\*delay'"
exists shrunk/001/record.jsonl
sed -n '/^try/p' stderr >first
expect 0 shrink destroy-mid-callback --set order=faulted --for 60ms --need 1/1 --seed 0x1 --out again \
    --faults 'swarm: 90%; queue.*: 10%delay'
sed -n '/^try/p' stderr >second
checks=$((checks + 1))
cmp -s first second || fail "two shrinkings took different steps"
expect 5 shrink destroy-mid-callback --set order=faulted --for 60ms --out borne --faults 'queue.push.full: 2*delay'
holds stdout 'the plan did not fail: 0 of 3 lives'
# Lives that end in the documented error are lives: those after them show the failure.
expect 0 shrink destroy-mid-callback --set order=faulted --for 60ms --need 1/8 --seed 0x1 --out refusing \
    --faults 'call.dlopen: return; queue.*: delay'
holds stdout '^faults  queue\.push\.full: 3\*delay$'
holds refusing/001/record.jsonl '"type":"life".*"exit_code":3.*"outcome":"pass".*"detail":"refused: plugin has no'
holds refusing/001/record.jsonl '"type":"life".*"outcome":"invariant"'
expect 2 shrink destroy-mid-callback --need 3/2 --faults 'queue.push.full: delay'
expect 2 shrink destroy-mid-callback --mode all --faults 'queue.push.full: delay'
expect 2 shrink destroy-mid-callback

# From a finding, which its own run's faults brought about.
expect 1 run destroy-mid-callback --set order=faulted --for 100ms --seed 0x1 --out found --quiet \
    --faults 'queue.*: delay'
signature=$(grep -oE '"type":"finding","signature":"0x[0-9a-f]+' found/record.jsonl | grep -oE '0x[0-9a-f]+' | head -n 1)
expect 0 shrink "$signature" --need 1/1 --life 60ms --out of-finding
holds stdout '^faults  queue\.push\.full: 3\*delay$'
expect 0 repro "$signature" --lives 1 --quiet --out reproduced
holds reproduced/record.jsonl '"type":"cell".*"faults":"queue\.\*: delay"'

finish_checks

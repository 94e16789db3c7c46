#!/usr/bin/env bash
# Usage: shard_test.sh TICKSTORM FAKE_WORKER
#
# A plan in shards: each cell is run once by exactly one of them, whoever starts them, and merged it counts once.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 2)) || { echo "usage: shard_test.sh TICKSTORM FAKE_WORKER" >&2; exit 2; }
tickstorm=$(realpath "$1") fake=$(realpath "$2")

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for flavour in plain asan tsan; do
    mkdir -p "workers/$flavour"
    cp "$fake" "workers/$flavour/tickstorm-worker"
    : >"workers/$flavour/libsignal.so"
done
export TICKSTORM_WORKERS=$work/workers NO_COLOR=1
unset TICKSTORM_HISTORY SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_MIN SLURM_ARRAY_TASK_MAX SLURM_ARRAY_TASK_COUNT
unset JOB_COMPLETION_INDEX PARALLEL_SEQ
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

cat >plan.yaml <<'PLAN'
name: shards
budget: 6s
seed: 0x5
sets:
  - name: protected
    scenarios: [destroy-mid-callback, queue-overflow]
    modes: [locked, queued]
    flavours: [plain, asan, tsan]
    for: 150ms
PLAN

# cells FOLDER...: what their records ran, sorted.
cells() {
    cat "${@/%//record.jsonl}" |
        grep -oE '"type":"cell".*"scenario":"[^"]*","mode":"[^"]*","flavour":"[^"]*"' |
        sed -E 's/.*"scenario":"([^"]*)","mode":"([^"]*)","flavour":"([^"]*)"/\1 \2 \3/' | sort
}

# same FOLDERS...: between them they ran the whole plan's cells once.
same() {
    checks=$((checks + 1))
    cells "$@" >ran || true # none: the comparison says so
    cmp -s whole.cells ran || fail "$* ran other cells: $(diff whole.cells ran | head -n 5)"
}

run() { expect "$1" run --plan plan.yaml --quiet --no-history "${@:2}"; }

run 0 --out whole
cells whole >whole.cells
checks=$((checks + 1))
(($(sort -u whole.cells | wc -l) == 12 && $(wc -l <whole.cells) == 12)) || fail "the plan: $(cat whole.cells)"
for i in 1 2 3; do
    run 0 --shard $i/3 --out thirds
    exists thirds/shard-$i-of-3/record.jsonl
done
same thirds/shard-{1,2,3}-of-3
run 0 --shard 2/3 --out thirds
holds stderr 'this shard has run'

# A shard of another seed or plan is not this one, whether it has ended or was killed.
mkdir -p killed/shard-1-of-3
head -n 3 thirds/shard-1-of-3/record.jsonl >killed/shard-1-of-3/record.jsonl.partial
sed 's/150ms/160ms/' plan.yaml >longer.yaml
for i in thirds killed; do
    run 3 --seed 6 --shard 1/3 --out $i
    holds stderr 'other cells than its arguments make now'
    expect 3 run --plan longer.yaml --shard 1/3 --out $i --quiet --no-history
    holds stderr 'what they are held to or how they run has changed since'
done
run 0 --shard 1/3 --out killed
exists killed/shard-1-of-3/record.jsonl

# The schedulers' own numbers.
for i in 0 1 2; do
    JOB_COMPLETION_INDEX=$i run 0 --shard auto/3 --out jobs
    SLURM_ARRAY_TASK_ID=$((i + 5)) SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=7 run 0 --shard auto --out slurm
done
same jobs/shard-{1,2,3}-of-3
same slurm/shard-{1,2,3}-of-3
for i in 0 2 4; do
    SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=5 SLURM_ARRAY_TASK_STEP=2 \
        run 0 --shard auto --out steps
done
same steps/shard-{1,2,3}-of-3
PARALLEL_SEQ=12 run 0 --shard auto/12 --out last
exists last/shard-12-of-12/record.jsonl

# What is no shard.
for bad in 0/3 4/3 1/0 x/3 1/x -1/3 1/-3 1/3x 1//3 1/ /3 '' ' 1/3' 3 1.5/3 auto auto/ auto/0 999999999999/3 1/4294967297; do
    run 2 --shard "$bad" --out bad
    gone bad
done
JOB_COMPLETION_INDEX=3 run 2 --shard auto/3 --out bad
PARALLEL_SEQ=x run 2 --shard auto/3 --out bad
SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=3 run 2 --shard auto/3 --out bad # part of an array
SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=4 SLURM_ARRAY_TASK_STEP=2 run 2 --shard auto --out bad
SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=7 run 2 --shard auto --out bad
expect 2 run destroy-mid-callback --shard 1/2 --out bad
run 2 --shard 13/13 --out bad
gone bad

# A budget that does not do for the plan's cells.
run 2 --for 1s --shard 1/3 --out bad
holds stderr 'a budget of 1.0 s is too small: 12 cells have times of their own, 1.8 s in all'
gone bad

# Shards of a plan without a seed agree on nothing: each needs the same --seed.
sed '/^seed:/d' plan.yaml >seedless.yaml
expect 2 run --plan seedless.yaml --shard 1/3 --out bad --quiet --no-history
holds stderr 'the same --seed'
gone bad
for i in 1 2 3; do
    expect 0 run --plan seedless.yaml --seed 9 --shard $i/3 --out seedless --quiet --no-history
done
same seedless/shard-{1,2,3}-of-3

# A shard that failed, and one that was interrupted, stay so when they are started again.
sed 's/locked, queued/direct/; s/150ms/60ms\n    allowed: [pass]/' plan.yaml >failing.yaml
for _ in 1 2; do
    expect 1 run --plan failing.yaml --shard 1/2 --out failed --quiet --no-history
done
# A verdict on a part would pass for one on the plan.
expect 2 gate --plan plan.yaml --shard 1/3 --out gates --quiet --no-history
holds stderr 'a shard is run and merged, not judged'
gone gates
sed 's/150ms/2s/; s/budget: 6s/budget: 24s/' plan.yaml >long.yaml
set -m
"$tickstorm" run --plan long.yaml --shard 1/3 --out stopped --quiet --no-history >stdout 2>stderr &
stopped=$!
set +m
until [[ -s stopped/shard-1-of-3/record.jsonl.partial ]]; do sleep 0.05; done # from then on it takes an interrupt
kill -INT $stopped
wait $stopped 2>/dev/null || true # asked again below
expect 130 run --plan long.yaml --shard 1/3 --out stopped --quiet --no-history

# GNU parallel, killed in the middle and resumed.
if command -v parallel >/dev/null; then
    fan() {
        PARALLEL_HOME=$work/parallel parallel --will-cite -j 2 --joblog log --resume "$tickstorm" run --plan \
            plan.yaml --shard '{}/4' --out fan --quiet --no-history ::: 1 2 3 4
    }
    mkdir parallel
    set -m
    fan >fan.out 2>&1 &
    group=$!
    set +m
    for _ in {1..200}; do
        if compgen -G 'fan/*/record.jsonl.partial' >/dev/null; then break; fi
        sleep 0.01
    done
    sleep 0.2
    kill -KILL -- -$group
    # parallel gives each job a process group of its own
    for pid in $(pgrep -f "$tickstorm run --plan plan.yaml --shard ./4 --out fan"); do
        if [[ $(readlink "/proc/$pid/cwd") == "$work" ]]; then kill -KILL "$pid" 2>/dev/null || true; fi
    done
    wait $group 2>/dev/null || true # killed
    checks=$((checks + 1))
    compgen -G 'fan/*/record.jsonl.partial' >/dev/null || fail "no shard was in the middle: $(ls fan fan/*)"
    checks=$((checks + 1))
    fan >fan.out 2>&1 || fail "parallel --resume: $(cat fan.out)"
    same fan/shard-{1,2,3,4}-of-4
    merged=fan
else
    echo "GNU parallel is not there: not tried"
    merged=thirds
fi

# Merged, and merged again: each cell once.
holds <(cat $merged/*/record.jsonl) '"type":"end"'
for _ in 1 2; do
    expect 0 merge $merged --history all.db
done
holds stdout '^lives added +0$'
expect 0 history --json --history all.db
checks=$((checks + 2))
shards=$(find $merged -name record.jsonl | wc -l)
(($(grep -o '"id":' stdout | wc -l) == shards)) || fail "merged: $(cat stdout)"
[[ $(grep -oE '"cells":[0-9]+' stdout | awk -F: '{ n += $2 } END { print n }') == 12 ]] || fail "cells: $(cat stdout)"

finish_checks

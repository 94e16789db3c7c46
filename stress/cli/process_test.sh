#!/usr/bin/env bash
# Usage: process_test.sh TICKSTORM
#
# Faults of the process as a whole, with the real worker: each is done and counted, none is taken for a failure, nothing
# is left behind; and a worker that is killed at a probe is followed by a life that starts clean.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { echo "usage: process_test.sh TICKSTORM" >&2; exit 2; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A name of its own, to tell what is left of it from other runs on this machine.
tickstorm=$work/torment-$$
ln "$(realpath "$1")" "$tickstorm" 2>/dev/null || cp "$1" "$tickstorm"
TICKSTORM_WORKERS=$(dirname "$(realpath "$1")")
export TICKSTORM_WORKERS
cd "$work"
unset SIGNAL_LIB_PATH
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

torment() { # torment NAME FAULTS: one second of it
    expect 0 run depth-flood --flavour plain --for 1s --seed 5 --quiet --no-history --faults "$2" --out "$1"
    holds "$1/record.jsonl" '"type":"cell".*"lives":1,.*"outcome":"pass"'
}

nothing_is_left() {
    checks=$((checks + 1))
    ! pgrep -x "${tickstorm##*/}" >left || fail "left behind: $(tr '\n' ' ' <left)"
}

# places FAULTS: where each thread of a worker under them may run, the host's first.
places() {
    local worker run
    : >places
    "$tickstorm" run depth-flood --flavour plain --for 1s --seed 5 --quiet --no-history --faults "$1" --out places-out \
        >stdout 2>stderr &
    run=$!
    for ((i = 0; i < 100; i++)); do
        worker=$(pgrep -P "$run" -f tickstorm-worker) || true
        if [[ -n $worker && $(find "/proc/$worker/task" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l) -ge 5 ]]; then
            sleep 0.1 # a thread goes to its place before its body, and is listed before that
            cat "/proc/$worker/status" "/proc/$worker"/task/*/status 2>/dev/null |
                sed -n 's/^Cpus_allowed_list:\t//p' >places || true
            break
        fi
        sleep 0.02
    done
    wait "$run"
    rm -r places-out
    checks=$((checks + 1))
    (($(wc -l <places) >= 6)) || fail "the threads of a worker under '$1' were not seen: $(wc -l <places)"
}

places 'process.hogs: 1'
free=$(sort -u places)
torment one 'process.pin: one'
places 'process.pin: one'
checks=$((checks + 1))
[[ $(sort -u places) =~ ^[0-9]+$ ]] || fail "pinned to one processor: $(sort -u places | tr '\n' ' ')"
torment split 'process.pin: split'
if [[ ! $free =~ ^[0-9]+$ ]]; then
    places 'process.pin: split'
    host=$(head -n 1 places)
    checks=$((checks + 1))
    [[ $host =~ ^[0-9]+$ && $(grep -cx "$host" places) == 2 ]] || # in its own row and in the process's
        fail "the library's threads are not apart from the host's: $(tr '\n' ' ' <places)"
fi
torment storm 'process.storm: 2kHz'
holds storm/record.jsonl '"process":\{"stops":0,"signals":[1-9][0-9]{2}'
torment hogs 'process.hogs: 3'
holds hogs/record.jsonl '"hogs":3\}'
nothing_is_left
torment stop 'process.stop: 20ms/50ms'
holds stop/record.jsonl '"process":\{"stops":[1-9]'
if (($(nproc) > 1)); then
    torment migrate 'process.pin: migrate(5ms)'
    holds migrate/record.jsonl '"moves":[1-9][0-9]{2}'
fi

# All of it at once, under a sanitizer.
expect 0 run destroy-mid-callback --mode guarded --flavour tsan --for 2s --seed 5 --quiet --no-history --out all \
    --faults 'process.pin: migrate(10ms); process.hogs: 1; process.stop: 10ms/100ms; process.storm: 500Hz'
holds all/record.jsonl '"type":"cell".*"outcome":"pass"'

# A pause of the supervisor's own making is no hang, however long.
expect 0 run depth-flood --flavour plain --for 1500ms --hang 600ms --seed 5 --quiet --no-history --out pause \
    --faults 'process.stop: 2s/200ms'
holds pause/record.jsonl '"type":"life".*"outcome":"pass".*"process":\{"stops":[1-9]'

# Killed in the middle of a push: told, no failure, and the next life starts clean.
expect 0 run depth-flood --flavour plain --for 1s --seed 5 --quiet --no-history --out kill \
    --faults 'queue.push.commit@model-scan: #500 kill'
holds kill/record.jsonl '"type":"life".*"signal":9.*"outcome":"pass".*"killed at queue.push.commit, as its faults say"'
holds kill/record.jsonl '"type":"cell".*"restarts":[1-9]'
lacks kill/record.jsonl '"type":"life".*"violations":\[\{'

# Hogs die with a supervisor that was killed.
"$tickstorm" run depth-flood --flavour plain --for 20s --quiet --no-history --out killed --faults 'process.hogs: 2' &
supervisor=$!
for ((i = 0; i < 100; i++)); do
    [[ $(pgrep -cx "${tickstorm##*/}") == 3 ]] && break
    sleep 0.05
done
checks=$((checks + 1))
((i < 100)) || fail "no hogs were started"
kill -9 $supervisor
wait $supervisor || true
for ((i = 0; i < 100; i++)); do
    pgrep -x "${tickstorm##*/}" >/dev/null || break
    sleep 0.05
done
nothing_is_left

expect 2 run depth-flood --faults 'process.hogs: many' --out never
holds stderr 'process.hogs'
finish_checks

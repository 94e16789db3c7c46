#!/usr/bin/env bash
# Usage: real_test.sh TICKSTORM TAPES PLUGINS
#
# The command end to end with the real workers: what must fail fails in every flavour, what must not does not, and bad
# input gets its exit code. TAPES: a folder of recordings, may be absent; PLUGINS: broken signal libraries.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 3)) || { echo "usage: real_test.sh TICKSTORM TAPES PLUGINS" >&2; exit 2; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
tickstorm=$(realpath "$1") tapes=$(realpath -m "$2") plugins=$(realpath "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export NO_COLOR=1
unset SIGNAL_LIB_PATH
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

cell() { # cell FILE FLAVOUR MODE: the cell's line of a record
    grep "\"type\":\"cell\".*\"mode\":\"$3\",\"flavour\":\"$2\"" "$1/record.jsonl" >line
}

# The canary: direct callbacks, which every flavour must catch in its own way.
expect 1 run destroy-mid-callback --mode direct --flavour plain,asan,tsan --for 3s --seed 7 --out direct
cell direct plain direct
holds line '"outcome":"crash"'
holds line '"pure-virtual-call":'
cell direct asan direct
holds line '"memory-error":'
holds direct/record.jsonl '"type":"life","cell":1,.*"description":"heap-use-after-free"'
cell direct tsan direct
holds line '"race":'
holds direct/record.jsonl '"kind":"race".*"description":"data-race"'

# A sanitizer that was silenced is a blind detector, whatever crashes; a worker that cannot start is not restarted.
printf 'race:*\n' >suppressions
TSAN_OPTIONS=suppressions=$work/suppressions \
    expect 5 contrast destroy-mid-callback --mode direct --flavour tsan --for 2s --seed 7 --out silenced
holds silenced/record.jsonl 'detector may be blind'
TSAN_OPTIONS=no_such_option expect 5 run depth-flood --flavour tsan --for 5s --out stillborn
holds stillborn/record.jsonl '"type":"cell".*"lives":3,'

# Its clean twins, on the same seed.
expect 0 run destroy-mid-callback --mode locked,guarded,queued --flavour plain,asan,tsan --for 700ms --seed 7 --out twins
lacks twins/record.jsonl '"outcome":"(race|memory-error|crash|hang|invariant|leak|inconclusive)"'
lacks twins/record.jsonl '"type":"cell".*"hazard_count":0[,}]'

expect 0 run queue-overflow --mode locked,guarded,queued --flavour plain,asan,tsan --for 1500ms --seed 7 --out overflow
lacks overflow/record.jsonl '"type":"cell".*"hazard_count":0[,}]'
expect 0 run depth-flood --mode locked,guarded,queued --flavour plain,asan,tsan --for 500ms --seed 7 --out flood
lacks flood/record.jsonl '"type":"cell".*"hazard_count":0[,}]'

# Every on_factor of a plain life that came to its end has its latency; nobody else has any.
checks=$((checks + 1))
awk '
    { match($0, /"cell":[0-9]+/); cell = FILENAME ": " substr($0, RSTART, RLENGTH) }
    /"type":"cell"/ && /"flavour":"plain"/ { plain[cell] = 1 }
    /"type":"life"/ {
        calls[cell] += match($0, /"factor_calls":[0-9]+/) ? substr($0, RSTART + 15, RLENGTH - 15) : 0
        if (match($0, /"buckets":\[[^}]*\]\]/)) {
            count = split(substr($0, RSTART, RLENGTH), rows, /\],?\[?/)
            for (i = 1; i <= count; i++) if (match(rows[i], /,[0-9]+$/)) timed[cell] += substr(rows[i], RSTART + 1)
        }
    }
    END {
        for (cell in calls) {
            cells += cell in plain
            if (timed[cell] + 0 != (cell in plain ? calls[cell] : 0)) { print cell ": " timed[cell] + 0 " latencies of " calls[cell] " calls"; bad = 1 }
        }
        exit bad || cells != 6
    }' overflow/record.jsonl flood/record.jsonl || fail "latencies of lives"

# Each policy alone, with the smallest queue.
for policy in drop-newest drop-oldest block reject; do
    expect 0 run queue-overflow --for 700ms --set policy=$policy --set capacity=1 --out "policy-$policy"
done
expect 3 run queue-overflow --for 1s --set policy=dorp-newest --out bad-policy
holds stderr 'dorp-newest'
expect 3 run queue-overflow --for 1s --set capacity=3 --out bad-capacity
holds stderr 'queue_capacity.*power of two'

# Libraries that cannot work are refused by name.
expect 3 run depth-flood --for 1s --library "$plugins/libbad-lacks-create.so" --out no-create
holds stderr 'no symbol signal_create'
expect 3 run depth-flood --for 1s --library "$plugins/libbad-wrong-size.so" --out wrong-size
holds stderr "Depth has 400 bytes, the host's 393"
expect 3 run destroy-mid-callback --mode direct --for 1s --library "$plugins/libbad-lacks-poll.so" --out no-stats
holds stderr 'the scenarios need what it lacks: .*signal_stats'
SIGNAL_LIB_PATH=/nonexistent/libsignal.so expect 3 run depth-flood --for 1s --out no-library
holds stderr '/nonexistent/libsignal.so'

# The recordings run whole: every tick fed, nothing dropped.
tape_runs_whole() { # tape_runs_whole NAME TICKS DEPTHS
    expect 0 run depth-flood --tape "$tapes/$1" --passes 1 --for 60s --seed 1 --out "tape-$1"
    holds "tape-$1/record.jsonl" "\"type\":\"life\".*\"ticks_fed\":$2,\"ticks_depth\":$3[,}]"
    holds "tape-$1/record.jsonl" "\"type\":\"life\".*\"results_offered\":$3,\"results_executed\":$3[,}]"
    lacks "tape-$1/record.jsonl" '"(ticks_dropped|results_dropped|results_rejected|results_pending)":[1-9]'
}
if [[ -d $tapes ]]; then
    tape_runs_whole usdm_btcusdt_20240808.gz 93950 6548
    tape_runs_whole spot_ethusdt_20240808.gz 33616 3433
    # The coordinator's backtests, averages, sweeps and checks, on what was traded.
    expect 0 run coordinator-load --flavour plain --for 500ms --tape "$tapes/spot_ethusdt_20240808.gz" --out on-tape
    holds on-tape/record.jsonl '"detail":"[1-9][0-9]* times 1000 tasks on the tape.s trades in'
else
    echo "skipped: there is no folder $tapes of recordings"
fi

finish_checks

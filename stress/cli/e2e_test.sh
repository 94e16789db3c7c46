#!/usr/bin/env bash
# Usage: e2e_test.sh TICKSTORM FAKE_WORKER
#
# The command end to end, with a worker that ends as it is told (fake_worker.c). Prints each check that failed.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 2)) || { echo "usage: e2e_test.sh TICKSTORM FAKE_WORKER" >&2; exit 2; }
tickstorm=$(realpath "$1") fake=$(realpath "$2")

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for flavour in plain asan tsan explore; do
    mkdir -p "workers/$flavour"
    cp "$fake" "workers/$flavour/tickstorm-worker"
    : >"workers/$flavour/libsignal.so"
done
export TICKSTORM_WORKERS=$work/workers NO_COLOR=1
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

one="destroy-mid-callback"
# run_as NAME HOW CODE [OPTIONS]: one short cell whose worker ends so.
run_as() {
    local name=$1 how=$2 code=$3
    shift 3
    expect "$code" run $one --for 300ms --seed 0x1 --out "$name" --set "order=$how" "$@"
}

seeds() {
    grep -oE "\"type\":\"(life|cell)\".*\"seed\":\"0x[0-9a-f]+\"" "$1" | grep -E '"life":0|"mode":"queued"' |
        grep -oE '"seed":"0x[0-9a-f]+"' | head -n 2 | tr '\n' ' '
}

# A run that finds nothing, and what it leaves.
part_passing() {
    run_as passing pass 0
    holds passing/record.jsonl '"type":"run","format":2'
    # The source that the command was built from, as the build wrote it down.
    source_state=$(tail -n 1 "$(dirname "$tickstorm")/source_state.c")
    [[ $source_state =~ \{\"(.*)\",\ ([01]), ]]
    holds passing/record.jsonl "\"commit\":\"${BASH_REMATCH[1]}\",\"dirty\":$( ((BASH_REMATCH[2])) && echo 'true,.*"diff":"[0-9]+ bytes' || echo false)"
    holds passing/record.jsonl '"type":"life","cell":0,"life":0,.*"outcome":"pass"'
    holds passing/record.jsonl '"type":"cell".*"outcome":"pass".*"expect":null,.*"as_expected":true.*"hazard_count":3'
    holds passing/record.jsonl '"type":"end","verdict":"clean"'
    holds stdout 'Clean: nothing found in 1 cell, 1 life'
    gone passing/record.jsonl.partial
    gone passing/scratch
    gone passing/lives

    run_as brief short 0 --for 2s
    holds brief/record.jsonl '"life":2'
    holds brief/record.jsonl '"restarts":0'

    # The printed command repeats the cell's seed and its lives' seeds; the same cell of a matrix has them, too.
    expect 0 run $one queue-overflow --mode locked,queued --for 100ms --seed 0x1 --out matrix
    checks=$((checks + 2))
    matrix=$(grep '"scenario":"destroy-mid-callback","mode":"queued"' matrix/record.jsonl | grep -oE '"seed":"0x[0-9a-f]+"')
    [[ -n $(seeds passing/record.jsonl) && $(seeds passing/record.jsonl) == "$(seeds brief/record.jsonl)" ]] ||
        fail "the same seed gives other lives"
    [[ $(seeds passing/record.jsonl) == *"$matrix"* ]] || fail "a cell has another seed in a matrix"
}

# Each way to fail, as the record tells it.
part_failing() {
    # Time for many lives, though three are looked for: how many fit is the machine's to say.
    run_as crashing signal:11 1 --for 2s
    holds crashing/record.jsonl '"signal":11,"outcome":"crash","class":"segmentation-violation"'
    holds crashing/record.jsonl '"type":"cell".*"restarts":[1-9]'
    checks=$((checks + 1))
    (($(find crashing/lives -name '*.log' | wc -l) == 3)) || fail "three logs of one kind are kept"
    run_as bus signal:7 1
    holds bus/record.jsonl '"class":"bus-error"'
    run_as heap 'words:corrupted size vs. prev_size' 1
    holds heap/record.jsonl '"signal":6,"outcome":"crash","class":"heap-corruption"'
    holds heap/lives/0-0.log 'corrupted size'
    run_as racing fail 1 --flavour tsan
    holds racing/record.jsonl '"outcome":"race".*"kind":"race",.*"title":"host_strategy_destroy / on_factor"'
    holds stdout 'repeat  tickstorm run destroy-mid-callback --mode queued --flavour tsan --for 300ms --seed 0x1 --set'
    run_as overrun fail 1 --flavour asan
    holds overrun/record.jsonl '"outcome":"memory-error"'
    run_as circling livelock 1 --flavour explore
    holds circling/record.jsonl '"exit_code":88,"signal":null,"outcome":"hang","class":null,.*"kind":"livelock"'
    holds circling/record.jsonl '"type":"finding".*"kind":"livelock"'
    run_as broken violation 1
    holds broken/record.jsonl '"outcome":"invariant".*"name":"accounting"'
    run_as hanging hang 1 --hang 400ms
    holds hanging/record.jsonl '"outcome":"hang".*no progress for [0-9]+ ms; .*main'
    holds hanging/lives/0-0.log 'watchdog: no progress'
    if gdb -nx -batch -p $$ </dev/null >/dev/null 2>&1; then
        holds hanging/lives/0-0.log '^ *#0 ' # and the stacks, where gdb may attach
    fi
    run_as endless stubborn 1 --hang 1s # beside others: what beats is not to be late
    holds endless/record.jsonl '"outcome":"hang".*no end after'
    run_as chatty chatter 0
    run_as killed signal:9 5
    holds killed/record.jsonl '"outcome":"inconclusive".*killed from outside'
    run_as asked signal:15 5
    holds asked/record.jsonl '"outcome":"inconclusive".*killed from outside \(SIGTERM\)'
    lacks asked/record.jsonl '"type":"finding"'
    run_as refused refuse 3
    holds refused/record.jsonl '"lives":1,.*refused: plugin has no signal_poll_callbacks'
    run_as misused usage 2
    holds misused/record.jsonl 'did not take its arguments: tickstorm-worker: bad value'
    run_as silent silent:86 5
    holds silent/record.jsonl 'sanitizer ended the worker without a report'
    run_as idle quiet 5
    holds stdout 'hazard not exercised'
}

# Contrast, its report, JSON.
part_contrast() {
    expect 0 contrast $one --for 3s --seed 7 --out contrast
    holds contrast/record.jsonl 'As expected: direct failed in 3 of 3 cells that must fail .*locked, guarded, queued showed nothing in 9 cells'
    exists contrast/report.md
    expect 0 report contrast
    holds stdout 'As expected'
    expect 0 report contrast/record.jsonl --format markdown --out again.md
    checks=$((checks + 1))
    cmp -s again.md contrast/report.md || fail "the report written later differs"
    expect 5 contrast $one --mode direct --flavour plain --for 200ms --out blind --set order=pass
    holds blind/record.jsonl 'Inconclusive in 1 of 1 cell.*detector may be blind'
    expect 1 contrast $one --mode queued --flavour plain --for 200ms --out wrong --set order=fail
    holds wrong/record.jsonl 'Unexpected in 1 of 1 cells.*pure-virtual-call'
    expect 0 run $one --for 100ms --seed 1 --out as-json --json --quiet
    checks=$((checks + 2))
    cmp -s stdout as-json/record.jsonl || fail "--json prints something other than the record"
    [[ ! -s stderr ]] || fail "--quiet is not quiet: $(cat stderr)"
}

# Names, values and folders that are wrong.
part_wrong() {
    cp -r "$work/workers" workers
    export TICKSTORM_WORKERS=$PWD/workers
    # A history that cannot be had is no failure of the run, which says how it gets in later.
    echo "no database" >notes
    run_as unindexed pass 0 --history notes
    holds stderr 'notes'
    holds stderr 'the record is whole: tickstorm history import unindexed$'

    expect 2 run destroy-mid-calback
    holds stderr "unknown scenario 'destroy-mid-calback'; did you mean 'destroy-mid-callback'"
    expect 2 run $one --mode qeued
    holds stderr "did you mean 'queued'"
    expect 2 run $one --flavour tsann
    holds stderr "did you mean 'tsan'"
    expect 2 run $one --set ordre=both
    holds stderr "unknown setting 'ordre'; did you mean 'order'"
    expect 2 run $one --flavuor=tsan
    holds stderr "unknown option 'flavuor'; did you mean 'flavour'"
    expect 2 run $one --for 10
    holds stderr "bad --for '10'"
    expect 2 gate
    holds stderr 'which --plan\?'
    expect 2 contarst
    holds stderr "did you mean 'contrast'"
    expect 2 run $one --for 100ms --out unindexed
    holds stderr 'holds a record already'
    for command in list "list --json" "help run" --help --version preflight; do
        # shellcheck disable=SC2086 # words, on purpose
        expect 0 $command
    done
    expect 4 bench
    expect 3 run $one --for 100ms --tape no-such.gz --out taped
    gone taped
    mkdir folder
    expect 3 run $one --for 100ms --tape folder --out taped
    holds stderr 'folder: a directory, not a gzip file'
    gone taped
    expect 3 tape folder
    expect 3 report no-such.jsonl
    mv workers/asan/tickstorm-worker moved
    expect 4 run $one --flavour asan --out missing
    holds stderr 'run ./ci/build'
    gone missing
    expect 4 preflight
    mv moved workers/asan/tickstorm-worker
    if [[ -e /dev/full ]]; then
        checks=$((checks + 1))
        code=0
        "$tickstorm" list >/dev/full 2>stderr || code=$?
        ((code == 4)) || fail "a full disk behind stdout: exit code $code"
    fi
}

# A symbolizer that falls silent once the run has begun costs seconds and the names, and is told.
part_symbolizer() {
    mkdir silent-bin
    cat >silent-bin/llvm-symbolizer-19 <<SCRIPT
#!/bin/sh
echo >>$PWD/starts
[ \$(wc -l <$PWD/starts) -ge 2 ] && exec sleep 100
exec $(command -v llvm-symbolizer-19 llvm-symbolizer | head -n 1) "\$@"
SCRIPT
    chmod +x silent-bin/llvm-symbolizer-19
    begun=$SECONDS
    PATH=$PWD/silent-bin:$PATH run_as nameless fail 1 --flavour tsan --quiet
    ((SECONDS - begun < 20)) || fail "a silent symbolizer cost $((SECONDS - begun)) s"
    holds stderr 'warning: .*silent-bin/llvm-symbolizer-19 ended or did not answer: from here on stacks have no names'
    checks=$((checks + 1))
    (($(grep -c warning stderr) == 1)) || fail "told more than once: $(cat stderr)"
}

# Two runs at once get two folders.
part_two() {
    "$tickstorm" run $one --for 300ms --seed 5 --quiet >first 2>&1 &
    first=$!
    "$tickstorm" run $one --for 300ms --seed 5 --quiet >second 2>&1 &
    second=$!
    checks=$((checks + 2))
    wait $first || fail "first of two runs: $(cat first)"
    wait $second || fail "second of two runs: $(cat second)"
    (($(find runs -name record.jsonl | wc -l) == 2)) || fail "two runs at once: $(find runs)"
}

# start NAME HOW: a long run in the background whose first worker is at work; sets supervisor and worker. With job
# control, or a background command would ignore SIGINT.
start() {
    set -m
    "$tickstorm" run $one --for 60s --out "$1" --set "order=$2" >"$1.stdout" 2>"$1.stderr" &
    supervisor=$!
    set +m
    worker=''
    for _ in {1..200}; do
        worker=$(pgrep -P $supervisor -f tickstorm-worker || true) # none yet: the loop looks again
        if [[ -n $worker && -s $1/scratch/board ]]; then break; fi
        sleep 0.05
    done
    sleep 0.3
    [[ -n $worker ]] || fail "$1: no worker came up"
}

# ended PID: gone within 5 s.
ended() {
    checks=$((checks + 1))
    for _ in {1..100}; do
        if ! kill -0 "$1" 2>/dev/null; then return; fi
        sleep 0.05
    done
    fail "process $1 lives on"
}

# interrupted NAME: the run exits 130 with a whole record that says so.
interrupted() {
    local code=0
    checks=$((checks + 1))
    wait "$supervisor" || code=$?
    ((code == 130)) || fail "$1: exit code $code, not 130"
    ended "$worker"
    holds "$1/record.jsonl" '"type":"cell".*"interrupted":true'
    holds "$1/record.jsonl" '"type":"end","verdict":"interrupted".*"interrupted":true'
    gone "$1/record.jsonl.partial"
    gone "$1/scratch"
}

# Ends that somebody asks for, politely or not.
part_stops() {
    start polite pass
    kill -INT $supervisor
    interrupted polite
    start stubborn stubborn
    kill -TERM $supervisor
    interrupted stubborn
    holds stubborn/record.jsonl 'did not follow the request to stop'
    start hasty stubborn
    kill -INT $supervisor
    sleep 0.2
    begun=$SECONDS
    kill -INT $supervisor
    interrupted hasty
    ((SECONDS - begun <= 2)) || fail "the second Ctrl-C waits"

    # kill -9 of the supervisor leaves no worker and a partial record that is told as such.
    start orphan pass
    kill -KILL $supervisor
    wait $supervisor 2>/dev/null || true # it was killed: its status is not what is asked
    ended "$worker"
    exists orphan/record.jsonl.partial
    gone orphan/record.jsonl
    expect 0 report orphan
    holds stdout 'no end line'
}

# A machine that stands still (both processes stopped) does not make a worker hang.
part_standstill() {
    set -m
    "$tickstorm" run $one --for 3s --hang 2s --out standstill >standstill.stdout 2>&1 &
    supervisor=$!
    set +m
    sleep 0.7
    worker=$(pgrep -P $supervisor -f tickstorm-worker)
    kill -STOP "$worker" $supervisor
    sleep 2.5
    kill -CONT $supervisor
    sleep 0.3
    kill -CONT "$worker" || fail "standstill: the worker was killed"
    checks=$((checks + 1))
    wait $supervisor || fail "standstill: $(cat standstill.stdout)"
}

# Most of the time goes by in sleeps of the workers: the parts run side by side, each in a folder of its own.
pids=()
for part in passing failing contrast wrong symbolizer two standstill; do
    mkdir "$part"
    (
        cd "$part"
        "part_$part"
        finish_checks
    ) >"$part.out" 2>&1 &
    pids+=("$part:$!")
done
# In the foreground, for a shell's background commands ignore SIGINT.
part_stops
for part in "${pids[@]}"; do
    checks=$((checks + 1))
    wait "${part#*:}" || fail "part ${part%:*}: $(cat "${part%:*}.out")"
done
finish_checks

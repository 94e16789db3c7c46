#!/usr/bin/env bash
# Usage: shrink_explored_test.sh TICKSTORM PROGRAMS
#
# Schedules found at random are shrunk to the fewest preemptions that the bug needs, the order that decides is named with
# its lines, and the shrunk schedule as well as the one that was found comes back each time, on both hand-offs alike. A
# budget of schedules leads to the same result each time, and where it ends is told.
# PROGRAMS: the folder stress/explore/programs.

set -euo pipefail
tickstorm=$(realpath "$1")
programs=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# field FILE NAME: a number or string of a finding's file.
field() {
    sed -n "s/.*\"$2\":\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p" "$1"
}

# shrinks NAME SOURCE FLAGS SCHEDULES TRIES KIND PREEMPTIONS A B: some finding of this kind is left with so many
# preemptions, and its ordering names the two lines.
shrinks() {
    local name=$1 source=$2 flags=$3 schedules=$4 tries=$5 kind=$6 preemptions=$7 first=$8 second=$9 file met='' code=0
    # Flags are words.
    # shellcheck disable=SC2086
    "$tickstorm" cc -g -O1 $flags "$programs/bugs/$source" -o "$name"
    "$tickstorm" explore --strategy random --seed 1 --schedules "$schedules" --shrink-tries "$tries" --shrink-for 10m \
        --out "$name.found" --quiet \
        -- "./$name" >out 2>&1 || code=$?
    ((code == 1)) || fail "explore ./$name: exit code $code, not 1"
    for file in "$name.found"/*.json; do
        [[ -f $file ]] || break
        replays "$name" "$file"
        replays "$name" "$file" --found
        interleaves "$name" "$file"
        if [[ $(field "$file" kind) == "$kind" && $(field "$file" preemptions) == "$preemptions" ]] &&
            (($(field "$file" preemptions_found) > preemptions)) &&
            grep -qE "\"ordering\":\"[^\"]*fails when [^\"]*$source:$first [^\"]* comes before [^\"]*$source:$second " "$file"; then
            met=yes
        fi
    done
    if [[ -z $met ]]; then
        fail "$name: no $kind with $preemptions preemptions, line $first before line $second"
        cat out
    fi
}

# The file of the finding's interleaving: the shrunk schedule's, with as many preemptions marked, and its end.
interleaves() {
    local name=$1 file=$2 steps=${2%.json}.interleaving.jsonl
    [[ $(field "$file" interleaving) == "${steps##*/}" ]] || fail "$name: $file names no interleaving"
    "$tickstorm" replay "$file" --html page.html -- "./$name" >out.page 2>&1 || true
    [[ $(grep -c '<tr class="switch"' page.html) == "$(field "$file" preemptions)" ]] || fail "$name: the page of $file"
    head -n 1 "$steps" | grep -qF "\"schedule\":\"$(field "$file" schedule)" || fail "$name: $steps: not the schedule of $file"
    [[ $(grep -c '"mark":"stopped"' "$steps") == "$(field "$file" preemptions)" ]] ||
        fail "$name: $steps marks other preemptions than $(field "$file" preemptions)"
    if [[ $(field "$file" kind) == deadlock && $(field "$file" description) != lock-order-inversion ]]; then
        tail -n 1 "$steps" | grep -qE '"mark":"stuck".*"operation":"lock".*"holder":' || fail "$name: $steps: who waits at the end?"
    fi
}

replays() {
    local name=$1 file=$2 handoff code
    for handoff in fsbase futex; do
        code=0
        "$tickstorm" replay "${@:2}" --repeat 10 --handoff $handoff -- "./$name" >"out.$handoff" 2>&1 || code=$?
        if ((code == 2 || code == 4)) && [[ $handoff == fsbase ]]; then
            return 0 # this machine has one hand-off
        fi
        if ((code != 1)) || ! grep -q '^10 runs: 10 with findings, 0 different from the first, 0 left' "out.$handoff"; then
            fail "$name: ${*:2} with $handoff"
            tail -n 20 "out.$handoff"
        fi
    done
    cmp -s out.fsbase out.futex || fail "$name: the hand-offs differ: ${*:2}"
}

# One seed, one result, though the budget cuts it short.
steady() {
    local run code
    "$tickstorm" cc -g -O1 "$programs/bugs/aba_stack.c" -o steady
    for run in one two; do
        code=0
        "$tickstorm" explore --strategy random --seed 1 --schedules 5 --shrink-tries 60 --shrink-for 10m --out $run --quiet -- ./steady >$run.out 2>&1 || code=$?
        ((code == 1)) || fail "explore ./steady: exit code $code, not 1"
        grep -q '^ *shrinking was cut short after 6[0-9] schedules, with [0-9]* of [0-9]* deviations left: its budget was used up' $run.out ||
            fail "steady: no word of the budget: $(cat $run.out)"
        grep -hq '"shrinking":"tries"' $run/*.json || fail "steady: no file says how it ended"
    done
    cmp <(cd one && sed 's/"command":"[^"]*"//' ./*.json) <(cd two && sed 's/"command":"[^"]*"//' ./*.json) ||
        fail "steady: two results of one seed"
}

# part NAME COMMAND...: in a folder of its own, beside the others. Nothing in it depends on time.
parts=()
part() {
    mkdir "part.$1"
    (
        cd "part.$1"
        "${@:2}"
        ((failures == 0))
    ) >"$1.out" 2>&1 &
    parts+=("$1:$!")
}

livelocked() {
    shrinks polite after_you.c '' 10 300 livelock 1 13 14
    grep -q '"fewest":true' polite.found/*.json || fail "polite: not all schedules without a preemption were run"
}

part aba shrinks aba aba_stack.c '' 60 300 crash 3 20 32
part cycle shrinks cycle lock_cycle.c -DTHREADS=3 30 1000 deadlock 1 16 17
part polite livelocked
part steady steady
for part in "${parts[@]}"; do
    wait "${part#*:}" || fail "${part%:*}: $(cat "${part%:*}.out")"
done
((failures == 0))

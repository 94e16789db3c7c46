#!/usr/bin/env bash
# Usage: shrink_scenario_test.sh TICKSTORM
#
# What an explored scenario found is shrunk: by explore at once, by shrink again; what is left comes back each time, on
# both hand-offs, with the same words of ThreadSanitizer, and so does the schedule that was found.
#
# Exit codes: 0 all held, 1 some did not, 2 usage.

set -euo pipefail
(($# == 1)) || { sed -n '2,4p' "$0" >&2; exit 2; }
tickstorm=$(realpath "$1")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export NO_COLOR=1 TICKSTORM_HISTORY=$work/history.db TMPDIR=$work
unset TICKSTORM_WORKERS TSAN_OPTIONS
# shellcheck source-path=SCRIPTDIR source=checks.sh
source "$here/checks.sh"

# number FILE NAME: a number of a shrunk schedule's file.
number() { sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p" "$1"; }

# reports DIR: what ThreadSanitizer said in each life, numbers of this process aside.
reports() {
    local log
    for log in "$1"/lives/*.log; do
        sed -E 's/0x[0-9a-f]+/0x/g; s/(pid|tid)=[0-9]+/\1=/g' "$log" | cksum
    done
}

# comes_back SIGNATURE NAME [--found]: two lives on each hand-off, all four alike.
comes_back() {
    local signature=$1 name=$2 handoff
    for handoff in fsbase futex; do
        expect 0 replay "$signature" --repeat 2 --handoff $handoff --quiet --out "$name.$handoff" "${@:3}"
        holds stdout "^$signature came back in 2 of 2 lives"
    done
    [[ $(reports "$name.fsbase" | wc -l) == 2 ]] || fail "$name: no logs of two lives"
    [[ $(cat <(reports "$name.fsbase") <(reports "$name.futex") | sort -u | wc -l) == 1 ]] ||
        fail "$name: ThreadSanitizer says different things: $(cat <(reports "$name.fsbase") <(reports "$name.futex"))"
}

# A finding of the suite's own defect, at random: some life has one that a few switches bring about.
expect 1 explore quiet-feed --mode direct --for 1s --seed 1 --no-shrink --out found --quiet
[[ ! -e found/schedules ]] || fail "--no-shrink left schedules"
life=$(sed -n 's/.*"type":"life","cell":0,"life":\([0-9]*\),.*"schedule":"ts1\.a\.[0-9].*/\1/p' found/record.jsonl | head -n 1)
signature=$(sed -n "/\"type\":\"finding\".*\"life\":${life:-none}[,}]/s/.*\"signature\":\"\(0x[0-9a-f]*\)\".*/\1/p" found/record.jsonl | head -n 1)
[[ -n $signature ]] || fail "nothing that needs a switch was found"
comes_back "$signature" as_found --found
expect 2 shrink "$signature" --life 4s
holds stderr 'so many --tries, not in a --life'
expect 0 shrink "$signature" --tries 300
holds stdout "^shrunk  $signature from [0-9]* preemptions to [0-9]*"
file=found/schedules/$signature.json
before=$(sed -n 's/.*"schedule_found":"\([^"]*\)".*/\1/p' "$file") after=$(sed -n 's/.*"schedule":"\([^"]*\)".*/\1/p' "$file")
((${#after} < ${#before})) || fail "the schedule is not shorter: $before, $after"
(($(number "$file" preemptions) <= $(number "$file" preemptions_found))) || fail "more preemptions than before: $(cat "$file")"
comes_back "$signature" shrunk

# A deadlock ends the worker in each try. It comes without a switch, and that is said.
expect 1 explore canary-deadlock --mode direct --for 300ms --out deadlock --quiet
holds stdout 'needs no switch that could be left out'
holds stdout '^ +shrunk to the end, in [0-9]+ schedules: no step leads further'
signature=$(sed -n '/"type":"finding"/s/.*"signature":"\(0x[0-9a-f]*\)".*/\1/p' deadlock/record.jsonl | head -n 1)
holds "deadlock/schedules/$signature.json" '"preemptions":0,'
comes_back "$signature" deadlock_again

# Ctrl-C while it shrinks: what was found is all told, as far as it was shrunk, and what was shrunk is kept.
"$tickstorm" explore quiet-feed --mode direct --for 500ms --seed 1 --shrink-tries 100000 --shrink-for 10m --out stopped >stopped.out 2>&1 &
explorer=$!
until [[ -e stopped/record.jsonl ]] || ! kill -0 "$explorer" 2>/dev/null; do sleep 0.05; done
code=0
kill -INT "$explorer"
wait "$explorer" || code=$?
((code == 1)) || fail "interrupted while it shrank: exit code $code, not 1"
holds stopped.out '(shrinking was cut short after .*|not shrunk|not all tried): it was interrupted'
[[ $(grep -cE '^(shrunk|found)   ?0x' stopped.out) == $(grep -c '"type":"finding"' stopped/record.jsonl) ]] ||
    fail "not every finding is told: $(cat stopped.out)"
for signature in $(sed -n 's/^shrunk  \(0x[0-9a-f]*\).*/\1/p' stopped.out); do
    holds "stopped/schedules/$signature.json" '"shrinking":"(stopped|whole|tries|time)"'
done
expect 2 explore quiet-feed --shrink-for soon
holds stderr "bad --shrink-for 'soon'"

# A life has its schedules, and the next one other ticks.
expect 0 explore spsc-wrap --mode queued --schedules 10 --for 1500ms --no-history --quiet --out seeds
lives=$(grep -c '"type":"life"' seeds/record.jsonl)
seeds=$(sed -n 's/.*"type":"life".*"seed":"\(0x[0-9a-f]*\)".*/\1/p' seeds/record.jsonl | sort -u | wc -l)
((lives > 1 && seeds == lives)) || fail "$lives lives with $seeds seeds"

leftovers=$(find "$work" -maxdepth 1 -name 'tickstorm-worker-*')
[[ -z $leftovers ]] || fail "left behind: $leftovers"

finish_checks

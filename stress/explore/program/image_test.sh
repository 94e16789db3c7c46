#!/usr/bin/env bash
# Usage: image_test.sh TICKSTORM PROGRAM.C
#
# Schedules that run one after the other in one memory find it as the first one did, whatever the one before left
# behind, and are those that run in memories of their own.
#
# Exit codes: 0 all held, 1 some did not.

set -euo pipefail
tickstorm=$(realpath "$1")
program=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

IFS=.- read -r major minor _ < <(uname -r)
if [[ $(uname -m) != x86_64 ]] || ((major < 6 || (major == 6 && minor < 7))); then
    echo "this system has no memory that can be put back: not tried"
    exit 77
fi

# explored NAME EXIT-CODE MODE PROGRAM [ARGUMENT]: its lines go to NAME.lines, its findings to NAME.found.
explored() {
    local name=$1 expected=$2 code=0 options=()
    [[ $3 != fork ]] || options=(--fork)
    "$tickstorm" explore --schedules 60 --strategy random --seed 7 --no-shrink --quiet --out "$name" "${options[@]}" \
        -- "./$4" "$name.lines" "${@:5}" >"$name.out" 2>&1 || code=$?
    ((code == expected)) || { fail "$name: exit code $code, not $expected"; head -n 30 "$name.out"; }
    (cd "$name" 2>/dev/null && grep -ho '"schedule": *"[^"]*"' 0x*.json | sort) >"$name.found" || true # none: empty
    grep -o '[0-9]* of them different' "$name.out" >"$name.classes" || fail "$name: no number of different schedules"
    [[ $(wc -l <"$name.lines") -ge 60 ]] || fail "$name: $(wc -l <"$name.lines") schedules began"
}

# alike NAME GRANDPARENT: all its schedules began alike, below that program.
alike() {
    [[ $(sort -u "$1.lines" | wc -l) == 1 ]] || { fail "$1: its schedules begin differently"; sort "$1.lines" | uniq -c; }
    grep -q " of $2 mapped " "$1.lines" || { fail "$1: not below $2"; head -n 1 "$1.lines"; }
}

for runtime in tsan empty; do
    options=()
    [[ $runtime != empty ]] || options=(--empty-runtime)
    "$tickstorm" cc "${options[@]}" -std=gnu11 -pthread "$program" -o $runtime
    explored $runtime-own 0 memory $runtime
    explored $runtime-fork 0 fork $runtime
    alike $runtime-own $runtime
    alike $runtime-fork tickstorm
    cmp -s $runtime-own.classes $runtime-fork.classes || fail "$runtime: $(paste $runtime-own.classes $runtime-fork.classes)"
    explored $runtime-dies 1 memory $runtime dies
    explored $runtime-dies-fork 1 fork $runtime dies
    alike $runtime-dies $runtime
    cmp -s $runtime-dies.found $runtime-dies-fork.found || fail "$runtime: the findings differ"
    [[ -s $runtime-dies.found ]] || fail "$runtime: nothing was found"
done
((failures == 0)) && echo "memory is put back"

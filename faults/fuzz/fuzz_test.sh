#!/usr/bin/env bash
# Usage: fuzz_test.sh TARGET SEEDS [-dict=FILE]
#
# One fuzz target in a test: its seeds, then a few seconds of fuzzing from them. ci/fuzz runs it long.
#
# Exit codes: 0 nothing found, 1 a finding (its input is printed), 2 usage.

set -euo pipefail
(($# >= 2)) || { echo "usage: fuzz_test.sh TARGET SEEDS [-dict=FILE]" >&2; exit 2; }
target=$1 seeds=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/corpus"
# The environment of other tests must not blind the sanitizers here.
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

found() {
    tail -n 60 "$work/log"
    for input in "$work"/found-*; do
        [[ -e $input ]] && { echo "$(basename "$input"), base64:"; base64 -w 100 "$input"; }
    done
    exit 1
}

inputs=$(find "$seeds" -type f | wc -l)
((inputs > 0)) || { echo "no seed in $seeds"; exit 1; }
options=(-timeout=20 -rss_limit_mb=2048 "-artifact_prefix=$work/found-")
"$target" "${options[@]}" -runs=0 "$seeds" >"$work/log" 2>&1 || found
"$target" "${options[@]}" -max_total_time=3 -print_final_stats=1 "$@" "$work/corpus" "$seeds" >"$work/log" 2>&1 || found
executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
# A target that is refused every input, or hangs at the first, tests nothing.
((${executed:-0} > inputs)) || { tail -n 20 "$work/log"; echo "executed ${executed:-nothing}"; exit 1; }
echo "$inputs seeds and $executed inputs in 3 s, nothing found"

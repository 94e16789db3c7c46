#!/usr/bin/env bash
# Usage: replay.sh TICKSTORM FOLDER [TIMES [PATTERN]]
#
# Replays what explore.sh found into FOLDER: each finding TIMES times (default 100) on each hand-off, in the shrunk
# schedule and in the one that was found. Every run must show the finding, all must be alike (words of ThreadSanitizer
# included), and both hand-offs must say the same. PATTERN: only programs whose name matches.
#
# FOLDER/replays.tsv holds a line for each: program, finding, schedule, verdict. One that has its line is not run again.
#
# Exit codes: 0 all came back alike, 1 not so, 2 usage.

set -euo pipefail
if (($# < 2 || $# > 4)); then
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
tickstorm=$(realpath "$1")
cd "$2"
times=${3:-100} pattern=${4:-.}
[[ $times =~ ^[1-9][0-9]*$ ]] || { echo "'$times' is no number of times" >&2; exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
touch replays.tsv

# What it says, or "alike".
judge() {
    local handoff code
    for handoff in fsbase futex; do
        code=0
        "$tickstorm" replay "${@:2}" --repeat "$times" --handoff $handoff -- "./$1" >"$scratch/$handoff" 2>&1 || code=$?
        if ((code != 1)) || ! grep -q "^$times runs: $times with findings, 0 different from the first, 0 left" "$scratch/$handoff"; then
            echo "$handoff: exit code $code, $(tail -n 1 "$scratch/$handoff")"
            return
        fi
    done
    if cmp -s "$scratch/fsbase" "$scratch/futex"; then echo alike; else echo "the hand-offs differ"; fi
}

for file in *.findings/0x*.json; do
    [[ -f $file && $file != *.interleaving.* ]] || continue
    name=${file%%.findings/*} finding=${file##*/}
    [[ $name =~ $pattern ]] || continue
    for schedule in shrunk found; do
        key=$name$'\t'${finding%.json}$'\t'$schedule
        if grep -qF "$key" replays.tsv; then continue; fi
        options=()
        [[ $schedule != found ]] || options=(--found)
        printf '%s\t%s\n' "$key" "$(judge "$name" "$file" "${options[@]}")" >>replays.tsv
    done
done
awk -F'\t' '{ n++; if ($4 != "alike") { print; bad++ } } END { printf "%d schedules, %d not alike\n", n, bad; exit bad > 0 || n == 0 }' replays.tsv

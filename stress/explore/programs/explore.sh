#!/usr/bin/env bash
# Usage: explore.sh TICKSTORM FOLDER [PATTERN] [-- OPTIONS...]
#
# Explores every program of programs.tsv whose name matches PATTERN (an extended regular expression; all): each bug until
# what is expected has shown itself, each clean twin for as long as a budget lasts. OPTIONS go to tickstorm explore (default:
# --schedules 10000 --for 20s, and --for 5s for a clean twin). Two at a time.
#
# FOLDER/results.tsv holds a line for each: name, expected, verdict (found, missed, clean, accused, failed), schedules,
# seconds, what was found. A program that has its line is not run again.
#
# Exit codes: 0 all bugs found and no twin accused, 1 not so, 2 usage.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if (($# < 2)); then
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
tickstorm=$(realpath "$1")
mkdir -p "$2"
folder=$(cd "$2" && pwd)
shift 2
pattern=.
if (($# > 0)) && [[ $1 != -- ]]; then
    pattern=$1
    shift
fi
if (($# > 0)); then shift; fi
export TICKSTORM=$tickstorm FOLDER=$folder HERE=$here OPTIONS=$*
results=$folder/results.tsv
touch "$results"

# One program: build, explore, judge.
one() {
    local name=$1 file=$2 defines=$3 expected=$4 what stop budget code=0 verdict schedules seconds words
    [[ $defines != - ]] || defines=
    case $expected in
    assert) what=assertion ;;
    exit-*) what=exit ;;
    clean) what= ;;
    *) what=$expected ;;
    esac
    budget='--schedules 10000 --for 20s'
    [[ $expected != clean ]] || budget='--for 5s'
    stop=${what:+--stop-at $what}
    # shellcheck disable=SC2086 # options are words
    if ! "$TICKSTORM" cc -std=gnu11 -pthread $defines "$HERE/$file" -o "$FOLDER/$name" >"$FOLDER/$name.build" 2>&1; then
        code=build
    else
        rm -rf "$FOLDER/$name.findings"
        "$TICKSTORM" explore ${OPTIONS:-$budget} --seed 1 $stop --json --out "$FOLDER/$name.findings" \
            -- "$FOLDER/$name" >"$FOLDER/$name.json" 2>"$FOLDER/$name.log" || code=$?
    fi
    # A program that was not built has no output; its verdict is "failed" all the same.
    words=$(grep -o '"what":"[a-z-]*"' "$FOLDER/$name.json" 2>/dev/null | cut -d '"' -f 4 | sort | uniq -c |
        awk '{ printf "%s%s", n++ ? "," : "", $2 }')
    schedules=$(grep -o '"schedules": [0-9]*' "$FOLDER/$name.json" 2>/dev/null | tail -n 1 | cut -d ' ' -f 2)
    seconds=$(grep -o '"seconds": [0-9.]*' "$FOLDER/$name.json" 2>/dev/null | tail -n 1 | cut -d ' ' -f 2)
    case $expected:$code in
    *:build | *:[2-9]*) verdict=failed ;;
    clean:0) verdict=clean ;;
    clean:*) verdict=accused ;;
    *) case ,$words, in *",$what,"*) verdict=found ;; *) verdict=missed ;; esac ;;
    esac
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$expected" "$verdict" "${schedules:--}" "${seconds:--}" "${words:--}" \
        >>"$FOLDER/results.tsv"
}
export -f one

awk -F'\t' -v pattern="$pattern" '!/^#/ && $1 ~ pattern { print $1, $2, $3, $4 }' "$here/programs.tsv" |
    while read -r name file defines expected; do
        grep -q "^$name	" "$results" || printf '%s\0%s\0%s\0%s\0' "$name" "$file" "$defines" "$expected"
    done | xargs -0 -r -n 4 -P 2 bash -c 'one "$@"' _
awk -F'\t' '{ count[$3]++; if ($3 != "found" && $3 != "clean") { print; bad = 1 } }
    END { for (verdict in count) printf "%s %d\n", verdict, count[verdict]; exit bad }' "$results"

#!/usr/bin/env bash
# Usage: programs.sh build|check COMPILER FOLDER [FLAGS...]
#
# The programs of programs.tsv, built into FOLDER.
#   build   all of them, each as FOLDER/NAME, with FLAGS (-fsanitize=thread, wraps of a scheduler, what one likes)
#   check   table and folder agree; every program compiles without a warning; every clean one, under ThreadSanitizer, runs
#           five times without a report and says 0
#
# Exit codes: 0 as it should be, 1 findings (one a line), 2 usage.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here table=$here/programs.tsv strict='-std=gnu11 -O1 -g -pthread -Wall -Wextra -Werror' runs=5

if (($# < 3)) || [[ $1 != build && $1 != check ]]; then
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
action=$1 compiler=$2 folder=$3
shift 3
mkdir -p "$folder"
findings=0
finding() {
    printf '%s\n' "$*"
    findings=$((findings + 1))
}

# entries [PATTERN]: name, file and defines of the lines whose expectation matches, a line each.
entries() {
    awk -F'\t' -v pattern="${1:-.}" '!/^#/ && $4 ~ pattern { print $1 " " $2 ($3 == "-" ? "" : " " $3) }' "$table"
}

# compile FLAGS...: every entry on stdin, two at a time.
compile() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    COMPILER=$compiler HERE=$here FOLDER=$folder FLAGS="$strict $*" xargs -P 2 -L 1 bash -c '
        name=$1 file=$2
        shift 2
        # The flags are words.
        "$COMPILER" $FLAGS "$@" "$HERE/$file" -o "$FOLDER/$name" || { echo "$name: does not compile"; exit 1; }' _
}

check_table() {
    local name file defines expected class threads preemptions tsan rest entry count
    while IFS=$'\t' read -r name file defines expected class threads preemptions tsan rest; do
        entry="$name: $class, $defines:"
        if [[ -z $tsan || -n $rest ]]; then finding "$entry not eight columns"; fi
        if [[ ! -f $here/$file ]]; then finding "$entry no file $file" && continue; fi
        if [[ ! $threads =~ ^[0-9]+$ || ! $preemptions =~ ^[0-9]+$ ]]; then finding "$entry not a number"; fi
        case $tsan in silent | race | lock-order | memory) ;; *) finding "$entry unknown report '$tsan'" ;; esac
        case $file:$expected in
        clean/*:clean) grep -q '^// Right because: ' "$here/$file" || finding "$entry does not say why it is right" ;;
        bugs/*:assert | bugs/*:crash | bugs/*:deadlock | bugs/*:lost-wakeup | bugs/*:livelock | bugs/*:race | bugs/*:exit-*)
            grep -q '^// Fails when: ' "$here/$file" || finding "$entry does not say when it fails"
            # Entries made by defines count in terms of these.
            if [[ $defines == - ]]; then count=$preemptions; else count='([0-9]+|THREADS)'; fi
            grep -qE "^// Preemptions: $count\\b" "$here/$file" ||
                finding "$entry its head does not say $preemptions preemptions"
            ;;
        *) finding "$entry '$expected' is no expectation for $file" ;;
        esac
    done < <(grep -v '^#' "$table")
    while read -r name; do
        finding "$name: twice in the table"
    done < <(entries | cut -d ' ' -f 1 | sort | uniq -d)
    while read -r file; do
        finding "$file: only in the folder"
    done < <(comm -13 <(entries | cut -d ' ' -f 2 | sort -u) <(cd "$here" && printf '%s\n' bugs/*.c clean/*.c | sort))
    while IFS=: read -r file name; do
        [[ -f $here/bugs/$name ]] || finding "$file: no such twin: $name"
    done < <(cd "$here" && grep -H '^// Twin of: ' clean/*.c | sed 's/: *// ; s,// Twin of: ,:,' |
        awk -F: '{ n = split($2, twins, ", "); for (i = 1; i <= n; i++) print $1 ":" twins[i] }')
}

# Two at a time; a line for each that fails.
run_clean() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    entries '^clean$' | cut -d ' ' -f 1 | FOLDER=$folder RUNS=$runs \
        TSAN_OPTIONS=report_thread_leaks=0:halt_on_error=1:exitcode=86:second_deadlock_stack=1:atexit_sleep_ms=0 xargs -P 2 -L 1 bash -c '
        log=$FOLDER/$1.log code=0
        for ((i = 0; i < RUNS && code == 0; i++)); do
            timeout -k 1 20 "$FOLDER/$1" >"$log" 2>&1 </dev/null || code=$?
        done
        if ((code != 0)); then echo "$1: exit code $code: $(head -n 3 "$log" | tr "\n" " ")"; fi
        exit $((code != 0))' _
}

if [[ $action == build ]]; then
    entries | compile "$@"
    exit
fi
check_table
((findings == 0)) || exit 1
entries '^clean$' | compile -fsanitize=thread || finding "a clean program does not compile"
entries | awk '$2 ~ /^bugs/' | compile -fsyntax-only || finding "a program with a bug does not compile"
((findings == 0)) || exit 1
run_clean || finding "a clean program fails"
echo "$(entries | wc -l) programs, $(entries '^clean$' | wc -l) of them clean and run $runs times, $findings finding(s)"
((findings == 0))

#!/usr/bin/env bash
# Usage: programs.sh build|check COMPILER FOLDER [FLAGS...]
#
# The programs of programs.tsv, built into FOLDER.
#   build   all of them, each as FOLDER/NAME, with FLAGS (-fsanitize=thread, wraps of a scheduler, what one likes)
#   check   table and folder agree; every program compiles without a warning; every clean one, under ThreadSanitizer, runs
#           twice without a report and says 0
#
# Exit codes: 0 as it should be, 1 findings (one a line), 2 usage.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here table=$here/programs.tsv strict='-std=gnu11 -O1 -g -pthread -Wall -Wextra -Werror' runs=2

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

# link_clean FLAGS...: the clean programs as one, FOLDER/clean (run_clean.c).
link_clean() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    entries '^clean$' | COMPILER=$compiler HERE=$here FOLDER=$folder FLAGS="$strict $*" xargs -P 2 -L 1 bash -c '
        name=$1 file=$2
        shift 2
        # The flags are words.
        "$COMPILER" $FLAGS "$@" "-Dmain=main_${name//-/_}" -c "$HERE/$file" -o "$FOLDER/$name.o" ||
            { echo "$name: does not compile"; exit 1; }' _ || return 1
    entries '^clean$' | awk '{ name = $1; gsub("-", "_", name); printf "CLEAN(\"%s\", main_%s)\n", $1, name }' >"$folder/clean.inc"
    local objects
    mapfile -t objects < <(entries '^clean$' | awk -v folder="$folder" '{ print folder "/" $1 ".o" }')
    # shellcheck disable=SC2086 # the flags are words
    "$compiler" $strict "$@" -I "$folder" "$here/run_clean.c" "${objects[@]}" -o "$folder/clean"
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

# Two at a time; a line for each that fails, and the beginning of what it wrote.
run_clean() {
    local name failed=0
    printf '%s\n' 0 1 |
        TSAN_OPTIONS=report_thread_leaks=0:halt_on_error=1:exitcode=86:second_deadlock_stack=1:atexit_sleep_ms=0 \
            xargs -P 2 -I '{}' "$folder/clean" '{}' 2 "$runs" "$folder" >"$folder/failed" || failed=1
    while IFS=: read -r name _; do
        finding "$name: $(head -n 3 "$folder/$name.log" | tr '\n' ' ')"
    done <"$folder/failed"
    return "$failed"
}

if [[ $action == build ]]; then
    entries | compile "$@"
    exit
fi
check_table
((findings == 0)) || exit 1
link_clean -fsanitize=thread || finding "a clean program does not compile"
# Entries of one file that differ in a number are compiled as one; those of equal defines by one process, for to start a
# compiler takes longer than to read such a program.
# shellcheck disable=SC2016 # expanded by the inner shell
entries | awk -v here="$here" '$2 ~ /^bugs/ {
        defines = $0
        sub(/^[^ ]* [^ ]* ?/, "", defines)
        key = $2 " " defines
        gsub(/=[0-9]+/, "", key)
        if (!seen[key]++) files[defines] = files[defines] " " here "/" $2
    }
    END { for (defines in files) print defines files[defines] }' |
    COMPILER=$compiler FLAGS=$strict xargs -P 2 -L 1 bash -c '"$COMPILER" $FLAGS -fsyntax-only "$@"' _ ||
    finding "a program with a bug does not compile"
((findings == 0)) || exit 1
run_clean || finding "a clean program fails"
echo "$(entries | wc -l) programs, $(entries '^clean$' | wc -l) of them clean and run $runs times, $findings finding(s)"
((findings == 0))

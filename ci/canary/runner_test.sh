#!/usr/bin/env bash
# Usage: runner_test.sh PROGRAM
#
# The runner of the tests (ci/criterion_main.c) on a PROGRAM (runner.c) whose tests end in every way: those that must not
# pass do not, and it says why.
#
# Exit codes: 0 all held, 1 some did not.

set -euo pipefail
program=$1 failures=0

# expect CODE ARGUMENTS...: what it prints goes to output.
expect() {
    local code=0
    output=$("$program" "${@:2}" 2>&1) || code=$?
    if ((code != $1)); then
        echo "FAILED: exit code $code, not $1: ${*:2}"
        failures=$((failures + 1))
    fi
}

# says COUNT REGEX: in so many lines.
says() {
    local count
    count=$(grep -cE -- "$2" <<<"$output") || count=0
    if ((count != $1)); then
        printf 'FAILED: %d lines, not %d, with /%s/ in:\n%s\n' "$count" "$1" "$2" "$output"
        failures=$((failures + 1))
    fi
}

expect 1
says 1 '^good::is_skipped: skipped: for reason 7$'
says 0 '^good::(holds|aborts|exits): '
says 3 '^torn down$'
says 1 '^bad::goes_on: .*runner\.c:[0-9]+: first of 2$'
says 1 "^bad::goes_on: .*: as strings, .* is false: 'this' and 'that'$"
says 1 '^bad::stops: .*: nothing is NULL$'
says 1 '^bad::is_not_set_up: .*: in its set-up$'
says 0 '^went on$'
says 1 '^bad::leaves: its process left before the end of the test$'
says 1 '^bad::ends_otherwise: its process ended with status 3$'
says 1 '^bad::crashes: its process was ended by signal 11 '
says 1 '^bad::does_not_crash: its process ended with status 0, not by signal 6$'
says 1 '^bad::takes_too_long: .*: its time was up$'
says 1 '^bad::is_left_by_another_thread: ended by another thread than its own$'
says 1 '^tests: 13, failed: 9, skipped: 1$'

expect 0 --filter 'good/*' -j 1
says 1 '^tests: 4, failed: 0, skipped: 1$'
expect 1 --filter 'god/*'
expect 0 --list
says 1 '^bad/leaves$'
expect 2 --fliter 'good/*'
says 1 '^usage: '
((failures == 0))

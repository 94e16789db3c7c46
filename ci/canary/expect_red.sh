#!/usr/bin/env bash
# Usage: expect_red.sh REGEX... -- COMMAND...
#
# Runs the command and succeeds only when it ended with a non-zero status and printed something for every REGEX. What
# it printed is shown either way, so that a canary that stayed alive can be looked at.
#
# Exit codes: 0 red for the reasons given, 1 green or red for another reason, 2 usage.

set -euo pipefail

reasons=()
while (($#)) && [[ $1 != -- ]]; do
    reasons+=("$1")
    shift
done
if (($# < 2 || ${#reasons[@]} == 0)); then
    echo "usage: expect_red.sh REGEX... -- COMMAND..." >&2
    exit 2
fi
shift

status=0
output=$("$@" 2>&1) || status=$?
printf '%s\n' "$output"
if ((status == 0)); then
    echo "canary: green, although a defect is planted"
    exit 1
fi
for reason in "${reasons[@]}"; do
    if ! grep -Eq -- "$reason" <<<"$output"; then
        echo "canary: red with status $status, but nothing says /$reason/"
        exit 1
    fi
done
echo "canary: red with status $status, as it must be"

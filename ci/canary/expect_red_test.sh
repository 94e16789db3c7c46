#!/usr/bin/env bash
# The judge of the canaries must itself refuse a green program, and a red one that fails for another reason.

set -euo pipefail

judge=$(dirname "${BASH_SOURCE[0]}")/expect_red.sh

# expect CODE ARGUMENTS...
expect() {
    local code=$1 status=0
    shift
    bash "$judge" "$@" || status=$?
    if ((status != code)); then
        echo "FAILED: exit $status, expected $code: expect_red.sh $*"
        exit 1
    fi
}

expect 0 'data race' 'by T[0-9]' -- bash -c 'echo "data race"; echo "by T1" >&2; exit 86'
expect 1 'data race' -- bash -c 'echo "data race"'
expect 1 'data race' -- bash -c 'echo "cannot start"; exit 86'
expect 1 'data race' 'by T[0-9]' -- bash -c 'echo "data race"; exit 86'
expect 2 'data race'
expect 2 -- true

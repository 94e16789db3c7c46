#!/usr/bin/env bash
# ci/seeded on a made-up checkout: what applies, what does not, what reaches beyond lib/.
#
# Exit codes: 0 all held, 1 some did not.

set -euo pipefail
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/ci" "$work/lib" "$work/stress" "$work/faults/seeded"
cp "$here/seeded" "$here/lib.sh" "$work/ci/"
printf '%s\n' one two three four five >"$work/lib/a.c"
cp "$work/lib/a.c" "$work/stress/a.c"

failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# patch NAME FILE OLD NEW
patch() {
    printf '%s\n' "id: 1" '' "--- a/$2" "+++ b/$2" '@@ -2,3 +2,3 @@' ' two' "-$3" "+$4" ' four' \
        >"$work/faults/seeded/$1.patch"
}

# expect CODE PATTERN [ARGUMENTS]
expect() {
    local code=0 want=$1 pattern=$2
    shift 2
    bash "$work/ci/seeded" --check "$@" >"$work/out" 2>&1 || code=$?
    ((code == want)) || fail "--check $*: exit code $code, not $want: $(<"$work/out")"
    grep -qE "$pattern" "$work/out" || fail "--check $* does not say '$pattern': $(<"$work/out")"
}

patch 01-applies lib/a.c three 3
expect 0 '^1 patches, 0 do not apply'
cmp -s "$work/lib/a.c" "$work/stress/a.c" || fail "a check changed lib"

patch 02-moved-on lib/a.c drei 3
expect 1 '^does not apply: faults/seeded/02-moved-on.patch'
expect 0 '^1 patches, 0 do not apply' 1
expect 1 '^1 patches, 1 do not apply' 2

# A line of context that changed is no match: there is no fuzz.
rm "$work/faults/seeded/02-moved-on.patch"
sed -i 's/four/vier/' "$work/lib/a.c"
expect 1 '^does not apply: faults/seeded/01-applies.patch'
sed -i 's/vier/four/' "$work/lib/a.c"

# Lines that moved are one.
sed -i '1i zero' "$work/lib/a.c"
expect 0 '^1 patches, 0 do not apply'

patch 03-elsewhere stress/a.c three 3
expect 1 'faults/seeded/03-elsewhere.patch: touches more than lib/'
patch 03-elsewhere lib/../stress/a.c three 3
expect 1 'does not apply: faults/seeded/03-elsewhere.patch'
expect 2 'no such patch' 77

echo "$failures failed"
((failures == 0))

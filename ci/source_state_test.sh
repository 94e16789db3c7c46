#!/usr/bin/env bash
# What a binary says of its source: of a checkout that is clean, changed, changed a lot, and of none.

set -euo pipefail
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CEILING_DIRECTORIES=$work GIT_CONFIG_GLOBAL=/dev/null
# shellcheck source-path=SCRIPTDIR source=../stress/cli/checks.sh
source "$here/../stress/cli/checks.sh"
cd "$work"

clang=$(command -v clang-19 || command -v clang-14 || command -v clang)
printf '#include "supervisor/machine.h"\n#include <stdio.h>\nint main(void) { fputs(ts_source_state.diff, stdout); }\n' >say.c

state() { # state CHECKOUT: to state.c, and the diff that it holds to told
    bash "$here/cmake/source_state.sh" "$1" "$work/state.c"
    "$clang" -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$here/../stress" say.c state.c -o say
    ./say >told
}

mkdir none
state none
holds state.c 'ts_source_state = \{"unknown", 0, diff\};'

git init -q tree
seq 1 100 >tree/file
git -C tree add file
git -C tree -c user.name=n -c user.email=e commit -qm first
commit=$(git -C tree rev-parse --short=12 HEAD)
state tree
holds state.c "ts_source_state = \\{\"$commit\", 0, diff\\};"
checks=$((checks + 1))
[[ ! -s told ]] || fail "a clean checkout has a diff"

# Nothing new: the file is left alone, or every build would compile it.
touch -d '2001-02-03' state.c
state tree
checks=$((checks + 1))
[[ $(date -r state.c +%Y) == 2001 ]] || fail "written again, and nothing had changed"

# Changed, with whatever the change holds.
printf 'say "\\n" \001 \377\n' >>tree/file
state tree
holds state.c "ts_source_state = \\{\"$commit\", 1, diff\\};"
git -C tree -c core.abbrev=12 diff HEAD >whole
checks=$((checks + 1))
{ echo "$(wc -c <whole) bytes of changes, SHA-256 $(sha256sum <whole | cut -c1-64):"; cat whole; } | cmp - told ||
    fail "the diff is not git's"
# Staged counts as well; more than 64 KiB are cut behind a line.
seq 1 30000 >tree/file
git -C tree add file
state tree
git -C tree -c core.abbrev=12 diff HEAD >whole
checks=$((checks + 1))
read -r bytes _ _ _ _ sum _ _ shown _ <told
[[ $bytes == $(wc -c <whole) && ${sum%;} == $(sha256sum <whole | cut -c1-64) ]] || fail "not the whole's size and hash: $bytes $sum"
checks=$((checks + 1))
sed 1d told >part
((shown == $(wc -c <part) && shown <= 65536 && shown > 65000)) || fail "$shown bytes shown of $(wc -c <part)"
checks=$((checks + 1))
head -n "$(wc -l <part)" whole | cmp - part || fail "not cut behind a line"

finish_checks

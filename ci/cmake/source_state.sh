#!/usr/bin/env bash
# Usage: source_state.sh CHECKOUT FILE
#
# Writes FILE, C: the commit of the checkout, and how its tracked files differ from that. It runs with every build, so
# that what a binary says of its source is what it was built from. FILE stays untouched when nothing changed.
#
# The diff is git's, at most 64 KiB of it, cut behind a line; before it stands how long the whole is, and its SHA-256.
# What git does not track is not in it: a new source has to be named in a tracked CMakeLists.txt first.

set -euo pipefail
(($# == 2)) || { echo "usage: source_state.sh CHECKOUT FILE" >&2; exit 2; }
readonly MOST=65536
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_OPTIONAL_LOCKS=0 LC_ALL=C

: >"$work/shown"
dirty=0
if commit=$(git rev-parse --short=12 HEAD 2>"$work/errors"); then
    git -c core.abbrev=12 -c diff.algorithm=myers -c diff.noprefix=false -c diff.mnemonicPrefix=false diff --no-color \
        --no-ext-diff --no-textconv HEAD -- >"$work/diff"
    bytes=$(wc -c <"$work/diff")
    if ((bytes > 0)); then
        dirty=1
        sum=$(sha256sum <"$work/diff")
        if ((bytes > MOST)); then
            head -c "$MOST" "$work/diff" | sed '$d' >"$work/part"
            cut="; the first $(wc -c <"$work/part") of them:"
        else
            cp "$work/diff" "$work/part"
            cut=":"
        fi
        { echo "$bytes bytes of changes, SHA-256 ${sum%% *}$cut"; cat "$work/part"; } >"$work/shown"
    fi
else
    commit=unknown # no git here, or no checkout: an unpacked archive
fi

{
    printf '#include "supervisor/machine.h"\n\nstatic const char diff[] = {'
    # No NUL may end the text early.
    tr '\0' '?' <"$work/shown" | od -An -v -tu1 -w32 | sed 's/ *\([0-9]\+\)/(char)\1,/g'
    printf '0};\n\nconst struct ts_source_state ts_source_state = {"%s", %d, diff};\n' "$commit" "$dirty"
} >"$work/state.c"
cmp -s "$work/state.c" "$2" || cp "$work/state.c" "$2"

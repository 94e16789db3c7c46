#!/usr/bin/env bash
# Usage: probe_free_test.sh SOURCE BUILD OBJDUMP
#
# Probes are free where they are off: the machine code of each bare object that has probes in its source is that of the
# same source with the probes deleted, relocations and all. The deleting is done here, on the text, so that it does not
# rest on the macros. A plain object, in which probes are on, must differ, else the comparison sees nothing.
#
# And each point of the catalog stands somewhere (those of calls to libc apart, which are the worker's).

set -euo pipefail
source=$1 build=$2 objdump=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'FAIL: %s\n' "$*" >&2
    exit 1
}

while read -r point; do
    grep -rqE "TS_PROBE(_PAUSE)?\($point\)" "$source/lib" || fail "no site has the point $point of the catalog"
done < <(grep -oE 'X\([A-Z][A-Z_]+' "$source/lib/base/probe_points.h" | sed 's/X(//' | grep -vE '^(CALL_|ID$)')

cp -r "$source/lib" "$work/lib"
mapfile -t files < <(cd "$work" && grep -lE 'TS_PROBE(_PAUSE|_CHILD|_BEGIN)?\(' lib/*/*.[ch] | grep -vE '/probe\.[ch]$')
((${#files[@]} >= 10)) || fail "only ${#files[@]} files with probes found"
for file in "${files[@]}"; do
    # Emptied lines stay: an assertion's line number is code.
    sed -i -E \
        -e 's/^ *#include "base\/probe\.h"$//' \
        -e 's/^ *TS_PROBE_(PAUSE|CHILD|BEGIN)\(.*\);$//' \
        -e 's/TS_PROBE\([A-Z_]+\) \? [A-Z0-9]+ : //' \
        -e 's/TS_PROBE\([A-Z_]+\) \|\|//' \
        -e 's/ \|\| TS_PROBE\([A-Z_]+\)//' \
        -e '/^ *if \(TS_PROBE\([A-Z_]+\)\) \{$/,/^ *\}$/s/.*//' "$work/$file"
    ! grep -n 'TS_PROBE' "$work/$file" || fail "$file: a probe in a form that this test cannot delete"
done

# What compiles the bare objects, asked for once: ninja takes its time to read the build.
(cd "$build" && find lib -path '*.bare.dir/*.o') >"$work/objects"
xargs ninja -C "$build" -t commands <"$work/objects" >"$work/commands"

# The object's own command, from the copy.
compile_deleted() {
    local object=$1 command
    command=$(grep -F -- " -o $object " "$work/commands" | tail -n 1)
    command=${command//"$source/lib"/"$work/lib"}
    command=${command//"-ffile-prefix-map=$source/="/"-ffile-prefix-map=$work/="}
    command=${command//" -o $object "/" -o $work/deleted.o "}
    command=$(sed -E 's/ -MD -MT [^ ]+ -MF [^ ]+//' <<<"$command")
    (cd "$build" && eval "$command")
}

code() {
    "$objdump" -dr --no-show-raw-insn "$1" | sed -E '1,/^Disassembly/{/file format/d}'
}

compared=0 hidden=0
for file in "${files[@]}"; do
    [[ $file == *.c ]] || continue
    name=$(basename "$file")
    object=$(grep -F -- ".bare.dir/$name.o" "$work/objects" | head -n 1) || fail "$file: no bare object"
    compile_deleted "$object"
    cmp -s <(code "$build/$object") <(code "$work/deleted.o") ||
        fail "$file: with probes off its code is not what it is without them: $(diff <(code "$build/$object") \
            <(code "$work/deleted.o") | head -n 5)"
    if cmp -s <(code "$build/${object/.bare.dir/.plain.dir}") <(code "$work/deleted.o"); then
        hidden=$((hidden + 1))
    fi
    compared=$((compared + 1))
done
((hidden == 0)) || fail "$hidden objects with probes on have the code of those without"
printf 'probes off: %d objects, machine code equal to that of the source without probes\n' "$compared"
